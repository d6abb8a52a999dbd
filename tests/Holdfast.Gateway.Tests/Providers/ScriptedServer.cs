using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>
/// A provider on loopback that sends exactly the bytes that a test tells it to, when it is told to: the test holds both
/// ends of the conversation.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<IDisposable> _connections = [];

    public ScriptedServer(int backlog = 100)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(backlog);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public Uri Url => new($"http://127.0.0.1:{EndPoint.Port}/v1");

    /// <summary>Takes the next connection and reads the request on it.</summary>
    public async Task<ScriptedConnection> RequestAsync()
    {
        var connection = await ConnectionAsync();
        await connection.ReadRequestAsync();
        return connection;
    }

    /// <summary>Takes the next connection, whatever comes on it.</summary>
    public async Task<ScriptedConnection> ConnectionAsync()
    {
        var connection = new ScriptedConnection(await _listener.AcceptAsync().SoonAsync());
        lock (_connections)
            _connections.Add(connection);
        return connection;
    }

    /// <summary>Stops listening: whoever connects now is refused.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        lock (_connections)
            _connections.ForEach(connection => connection.Dispose());
    }
}

/// <summary>One connection with the request that came on it.</summary>
internal sealed class ScriptedConnection(Socket socket) : IDisposable
{
    /// <summary>The head of a stream without a length: it ends when the connection does.</summary>
    public const string StreamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

    public string Head { get; private set; } = "";

    public string Body { get; private set; } = "";

    /// <summary>A header of the request; null without one.</summary>
    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim()).SingleOrDefault();

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent)).AsTask().SoonAsync();
    }

    /// <summary>A whole answer with its length; the connection is for no second one.</summary>
    public Task AnswerAsync(int status, string body, params string[] headers) =>
        AnswerAndStayAsync(status, body, [.. headers, "connection: close"]);

    /// <summary>A whole answer with its length; the connection stays open.</summary>
    public Task AnswerAndStayAsync(int status, string body, params string[] headers)
    {
        var type = headers.Any(header => header.StartsWith("content-type:", StringComparison.OrdinalIgnoreCase))
            ? "" : "content-type: application/json\r\n";
        var more = string.Concat(headers.Select(header => header + "\r\n"));
        return SendAsync($"HTTP/1.1 {status} X\r\n{type}{more}"
            + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    /// <summary>Sends <see cref="StreamHead"/> and events.</summary>
    public Task BeginStreamAsync(params string[] events) => SendAsync(StreamHead + string.Concat(events));

    /// <summary>The head of a chunked stream.</summary>
    public Task BeginChunkedAsync() => SendAsync(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");

    public Task ChunkAsync(string text) => SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    /// <summary>Ends our side in order.</summary>
    public void Fin() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset, which takes back nothing that was sent before.</summary>
    public async Task ResetAsync()
    {
        await ArrivedAsync();
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Ends once the other side has closed the connection, in whatever way.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[1024]).SoonAsync() > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset by the other side: closed as well.
        }
    }

    public async Task ReadRequestAsync()
    {
        var received = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer).SoonAsync();
            received.Write(buffer, 0, read);
            var text = Encoding.Latin1.GetString(received.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (read == 0 || (end >= 0 && IsWhole(text, end)))
            {
                Head = end < 0 ? text : text[..end];
                Body = end < 0 ? "" : Encoding.UTF8.GetString(received.ToArray().AsSpan(end + 4));
                return;
            }
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>
    /// Ends once the other side's system has all that was sent: on a busy machine a reset may overtake what is still on
    /// its way through the loopback device.
    /// </summary>
    private Task ArrivedAsync()
    {
        // Linux's numbers: IPPROTO_TCP, TCP_INFO, and where tcpi_unacked stands in that.
        const int tcp = 6, info = 11, unacknowledged = 24;
        var state = new byte[unacknowledged + sizeof(uint)];
        return Soon.UntilAsync(() =>
        {
            socket.GetRawSocketOption(tcp, info, state);
            return BitConverter.ToUInt32(state, unacknowledged) == 0;
        });
    }

    private bool IsWhole(string text, int end)
    {
        Head = text[..end];
        return text.Length - end - 4 >= int.Parse(Header("content-length") ?? "0");
    }
}
