using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.Bench.InstantUpstream;

// Answers every POST at once, over bare sockets, so that it costs as little as may be beside what is measured.
// A body with "stream":true gets the streamed answer.
var events = Number("--events", 50);
var perWrite = Number("--events-per-write", 5);
var intervalMs = Number("--interval-ms", 0);

var plain = CannedAnswers.Plain();
byte[][] writes = [.. CannedAnswers.Events(events).Chunk(perWrite).Select(CannedAnswers.Framed)];
writes[0] = [.. CannedAnswers.StreamHead(), .. writes[0]];
writes[^1] = [.. writes[^1], .. "0\r\n\r\n"u8];
if (intervalMs == 0)
{
    await Console.Error.WriteLineAsync($"plain {plain.Length} bytes, streamed {writes.Sum(write => write.Length)} "
        + $"bytes in {writes.Length} writes");
}

using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
listener.Listen(4096);
Console.WriteLine($"listening on http://{listener.LocalEndPoint}");
while (true)
{
    var socket = await listener.AcceptAsync();
    socket.NoDelay = true;
    _ = ServeAsync(socket);
}

async Task ServeAsync(Socket socket)
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

async Task AnswerAsync(Socket socket, bool streamed)
{
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
static int? RequestLength(ReadOnlySpan<byte> received)
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
            && System.Text.Ascii.EqualsIgnoreCase(lines[..Name], "content-length:"u8))
        {
            var value = lines[Name..].TrimStart((byte)' ');
            return System.Buffers.Text.Utf8Parser.TryParse(value, out int bytes, out int _)
                ? head + 4 + bytes
                : throw new InvalidDataException("content-length");
        }
    }

    throw new InvalidDataException("a request without content-length");
}

int Number(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
