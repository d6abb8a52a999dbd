using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Bench.InstantUpstream;

/// <summary>
/// Answers each request of a connection at once; one with <c>"stream":true</c> gets the streamed answer.
/// </summary>
/// <param name="plain">The whole plain answer.</param>
/// <param name="writes">The streamed answer; each part is sent by itself.</param>
/// <param name="intervalMs">The time between two parts.</param>
/// <param name="serviceMs">The time until the answer, or its first part.</param>
internal sealed class Upstream(byte[] plain, byte[][] writes, int intervalMs, int serviceMs)
{
    public async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[256 * 1024];
        var length = 0;
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                if (read == 0)
                {
                    return;
                }

                length += read;
                while (RequestLength(buffer.AsSpan(0, length)) is { } end && end <= length)
                {
                    var streamed = buffer.AsSpan(0, end).IndexOf("\"stream\":true"u8) >= 0;
                    buffer.AsSpan(end, length - end).CopyTo(buffer);
                    length -= end;
                    await AnswerAsync(socket, streamed);
                }
            }
        }
        catch (SocketException)
        {
            // The other side left.
        }
    }

    private async Task AnswerAsync(Socket socket, bool streamed)
    {
        if (serviceMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(serviceMs), TimeProvider.System);
        }

        if (!streamed)
        {
            await socket.SendAsync(plain);
            return;
        }

        for (var i = 0; i < writes.Length; i++)
        {
            if (i > 0 && intervalMs > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(intervalMs), TimeProvider.System);
            }

            await socket.SendAsync(writes[i]);
        }
    }

    // Null until the head is there.
    private static int? RequestLength(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return null;
        }

        var lines = received[..head];
        for (var i = lines.IndexOf("\r\n"u8); i >= 0; i = lines.IndexOf("\r\n"u8))
        {
            lines = lines[(i + 2)..];
            const int Name = 15;
            if (lines.Length > Name && lines[Name - 1] == ':'
                && Ascii.EqualsIgnoreCase(lines[..Name], "content-length:"u8))
            {
                var value = lines[Name..].TrimStart((byte)' ');
                return Utf8Parser.TryParse(value, out int bytes, out int _)
                    ? head + 4 + bytes
                    : throw new InvalidDataException("content-length");
            }
        }

        throw new InvalidDataException("a request without content-length");
    }
}
