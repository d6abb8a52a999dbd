using System.Net.Sockets;

namespace Holdfast.System.Tests.Gateway;

/// <summary>A connection to a scripted server, and all that can be done to it.</summary>
internal sealed class ScriptedConnection(Socket socket, Stream stream, CancellationToken ending)
{
    /// <summary>The test is over.</summary>
    public CancellationToken Ending => ending;

    /// <param name="bytes">What is sent.</param>
    /// <param name="longestSegment">Segments have a random length up to it; 0: all in one.</param>
    /// <param name="random">Draws the lengths; not needed where there is one.</param>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, int longestSegment = 0, Random? random = null)
    {
        while (bytes.Length > 0)
        {
            var most = longestSegment == 0 ? bytes.Length : random!.Next(1, longestSegment + 1);
            var segment = bytes[..Math.Min(most, bytes.Length)];
            await stream.WriteAsync(segment, ending);
            bytes = bytes[segment.Length..];
            await Task.Yield();
        }
    }

    /// <summary>Sends a FIN.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends a RST, which also takes back what the other side has not read yet.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <summary>Says nothing until the other side has left.</summary>
    public async Task UntilClosedAsync()
    {
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, ending) > 0)
            {
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // It left with a RST.
        }
    }
}
