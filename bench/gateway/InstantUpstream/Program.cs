using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.Bench.InstantUpstream;

// Answers every POST at once (or after --service-ms), over bare sockets, so that it costs as little as may be beside
// what is measured.
var events = Number("--events", 50);
var perWrite = Number("--events-per-write", 5);
var intervalMs = Number("--interval-ms", 0);
var serviceMs = Number("--service-ms", 0);

var plain = CannedAnswers.Plain();
byte[][] writes = [.. CannedAnswers.Events(events).Chunk(perWrite).Select(CannedAnswers.Framed)];
writes[0] = [.. CannedAnswers.StreamHead(), .. writes[0]];
writes[^1] = [.. writes[^1], .. "0\r\n\r\n"u8];
if (intervalMs == 0)
{
    await Console.Error.WriteLineAsync($"plain {plain.Length} bytes, streamed {writes.Sum(write => write.Length)} "
        + $"bytes in {writes.Length} writes");
}

var upstream = new Upstream(plain, writes, intervalMs, serviceMs);
using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
listener.Listen(4096);
Console.WriteLine($"listening on http://{listener.LocalEndPoint}");
while (true)
{
    var socket = await listener.AcceptAsync();
    socket.NoDelay = true;
    _ = upstream.ServeAsync(socket);
}

int Number(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
