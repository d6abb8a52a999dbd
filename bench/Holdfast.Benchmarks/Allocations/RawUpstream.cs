using System.Net;
using System.Net.Sockets;

namespace Holdfast.Benchmarks.Allocations;

/// <summary>
/// An upstream on its own threads over blocking sockets: it allocates nothing for a request, so what is allocated in
/// this process is the doing of the server under test.
/// </summary>
internal sealed class RawUpstream : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[][] _writes;

    /// <param name="writes">What each request is answered with; each part is sent by itself.</param>
    public RawUpstream(IReadOnlyList<byte[]> writes)
    {
        _writes = [.. writes];
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public Uri Url => new($"http://{_listener.LocalEndPoint}/v1/chat/completions");

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                socket.NoDelay = true;
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private void Serve(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[64 * 1024];
        try
        {
            while (RawHttp.Receive(socket, buffer, RawHttp.LengthOfRequest) > 0)
            {
                foreach (var write in _writes)
                {
                    socket.Send(write);
                }
            }
        }
        catch (SocketException)
        {
            // The other side left.
        }
    }
}
