using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Tests.ExtensionsAi.Sdks;

/// <summary>Answers every request on a socket of its own with the same bytes, and closes the connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    // Bound and never listening: connections are refused, and nobody else gets the port.
    private static readonly Socket Deaf = Bound();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string? _answer;

    private LoopbackServer(string? answer)
    {
        _answer = answer;
        _listener.Start();
        Address = AddressOf(_listener.LocalEndpoint);
        _ = ServeAsync();
    }

    /// <summary>An address where nobody listens.</summary>
    public static Uri Nobody => AddressOf(Deaf.LocalEndPoint!);

    public Uri Address { get; }

    public static LoopbackServer Answers(
        int status, string body, string headers = "", string type = "application/json") => new(
        $"HTTP/1.1 {status} Said\r\ncontent-type: {type}\r\nconnection: close\r\n{headers}"
        + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Breaks off within the body.</summary>
    public static LoopbackServer Breaks() =>
        new("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");

    /// <summary>Takes the request and says nothing.</summary>
    public static LoopbackServer StaysSilent() => new(null);

    public void Dispose() => _listener.Dispose();

    private static Uri AddressOf(EndPoint end) => new($"http://127.0.0.1:{((IPEndPoint)end).Port}");

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var caller = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(caller.GetStream());
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            await ReadRequestAsync(stream);
            // Until the caller has had enough and closes.
            if (_answer is null)
                await stream.CopyToAsync(Stream.Null);
            else
                await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer));
        }
        catch (IOException)
        {
            // The caller has left, and may come again.
        }
    }

    // Whole, or closing the socket would reset the connection under the answer.
    private static async Task ReadRequestAsync(NetworkStream stream)
    {
        var bytes = new byte[65_536];
        var read = 0;
        while (true)
        {
            var more = await stream.ReadAsync(bytes.AsMemory(read));
            if (more == 0)
                throw new EndOfStreamException("the caller left within its request");
            read += more;
            var text = Encoding.UTF8.GetString(bytes, 0, read);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0)
                continue;
            var length = text[..head].Split("\r\n")
                .FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
            var isWhole = length is not null
                ? read >= head + 4 + int.Parse(length["content-length:".Length..].Trim())
                : !text[..head].Contains("chunked", StringComparison.OrdinalIgnoreCase)
                    || text.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
            if (isWhole)
                return;
        }
    }
}
