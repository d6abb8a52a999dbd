using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Holdfast.System.Tests.Gateway;

/// <summary>What a scripted provider sends, byte for byte, and how it is torn into segments.</summary>
/// <param name="Bytes">Head and body.</param>
/// <param name="Close">Closes the connection behind it.</param>
internal sealed record ScriptedAnswer(byte[] Bytes, bool Close)
{
    /// <summary>The longest segment; segments have a random length up to it. 0: all in one.</summary>
    public int LongestSegment { get; init; }

    public int Seed { get; init; }

    /// <summary>Sent once <see cref="Gate"/> is complete.</summary>
    public byte[] Later { get; init; } = [];

    public Task Gate { get; init; } = Task.CompletedTask;

    public static ScriptedAnswer Json(int status, string body, params string[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new ScriptedAnswer([.. Encoding.Latin1.GetBytes(
            $"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {bytes.Length}\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n"), .. bytes], Close: false);
    }
}

internal sealed record ScriptedRequest(string Head, string Body);

/// <summary>A provider, or whoever else, on a bare TCP socket that answers what the test says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<ScriptedRequest, ScriptedConnection, Task<bool>> _serve;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;

    /// <param name="answer">What it answers to a request.</param>
    /// <param name="certificate">With its key: connections are encrypted. Null: they aren't.</param>
    /// <param name="port">Where it listens; 0: on a free port.</param>
    public ScriptedServer(
        Func<ScriptedRequest, ScriptedAnswer> answer, X509Certificate2? certificate = null, int port = 0)
        : this((request, connection) => AnswerAsync(answer(request), connection), certificate, port)
    {
    }

    /// <param name="serve">
    /// Does what it wants with a request's connection; true: and another request may come over it.
    /// </param>
    /// <param name="certificate">With its key: connections are encrypted. Null: they aren't.</param>
    /// <param name="port">Where it listens; 0: on a free port.</param>
    public ScriptedServer(Func<ScriptedRequest, ScriptedConnection, Task<bool>> serve,
        X509Certificate2? certificate = null, int port = 0)
    {
        _serve = serve;
        _certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        var scheme = certificate is null ? "http" : "https";
        Url = new Uri($"{scheme}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    public ConcurrentQueue<ScriptedRequest> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token)));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var connection = new NetworkStream(socket, ownsSocket: true);
        var received = new List<byte>();
        try
        {
            await using var stream = await EncryptAsync(connection);
            var scripted = new ScriptedConnection(socket, stream, _ending.Token);
            while (await ReadAsync(stream, received) is { } request)
            {
                Requests.Enqueue(request);
                if (!await _serve(request, scripted))
                {
                    return;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or AuthenticationException)
        {
            // The gateway has left, or the test is over.
        }
    }

    private async Task<Stream> EncryptAsync(Stream connection)
    {
        if (_certificate is null)
        {
            return connection;
        }

        var encrypted = new SslStream(connection);
        await encrypted.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _ending.Token);
        return encrypted;
    }

    private static async Task<bool> AnswerAsync(ScriptedAnswer answer, ScriptedConnection connection)
    {
        await connection.SendAsync(answer.Bytes, answer.LongestSegment, new Random(answer.Seed));
        await answer.Gate.WaitAsync(connection.Ending);
        await connection.SendAsync(answer.Later, answer.LongestSegment, new Random(answer.Seed));
        if (answer.Close)
        {
            connection.Finish();
        }

        return !answer.Close;
    }

    private async Task<ScriptedRequest?> ReadAsync(Stream stream, List<byte> received)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var bytes = received.ToArray();
            var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Encoding.Latin1.GetString(bytes, 0, end);
                var length = head.Split("\r\n")
                    .Where(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase))
                    .Select(line => int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)).FirstOrDefault();
                if (bytes.Length >= end + 4 + length)
                {
                    received.RemoveRange(0, end + 4 + length);
                    return new ScriptedRequest(head, Encoding.UTF8.GetString(bytes, end + 4, length));
                }
            }

            var read = await stream.ReadAsync(buffer, _ending.Token);
            if (read == 0)
            {
                return null;
            }

            received.AddRange(buffer.AsSpan(0, read));
        }
    }
}
