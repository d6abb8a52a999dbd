using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Benchmarks.Allocations;

/// <summary>As much of HTTP as both ends of the measurement need, without an allocation.</summary>
internal static class RawHttp
{
    private const int NameLength = 15;

    /// <summary>Says how long the message at the start of the bytes is; 0 as long as that is unknown.</summary>
    public delegate int LengthOf(ReadOnlySpan<byte> received);

    /// <summary>Receives one whole message.</summary>
    /// <returns>Its length; 0 when the other side has closed.</returns>
    public static int Receive(Socket socket, byte[] buffer, LengthOf lengthOf)
    {
        var received = 0;
        while (true)
        {
            var read = socket.Receive(buffer.AsSpan(received));
            if (read == 0)
            {
                return 0;
            }

            received += read;
            if (lengthOf(buffer.AsSpan(0, received)) is > 0 and var length && received >= length)
            {
                return length;
            }
        }
    }

    public static int LengthOfRequest(ReadOnlySpan<byte> received) => LengthByHead(received);

    /// <summary>By content-length, else to the chunk that ends it.</summary>
    public static int LengthOfAnswer(ReadOnlySpan<byte> received) =>
        LengthByHead(received) is > 0 and var length ? length
            : received.EndsWith("\r\n0\r\n\r\n"u8) ? received.Length : 0;

    private static int LengthByHead(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        var lines = head < 0 ? default : received[..head];
        for (var i = lines.IndexOf("\r\n"u8); i >= 0; i = lines.IndexOf("\r\n"u8))
        {
            lines = lines[(i + 2)..];
            if (lines.Length > NameLength && Ascii.EqualsIgnoreCase(lines[..NameLength], "content-length:"u8)
                && Utf8Parser.TryParse(lines[NameLength..].TrimStart((byte)' '), out int bytes, out _))
            {
                return head + 4 + bytes;
            }
        }

        return 0;
    }
}
