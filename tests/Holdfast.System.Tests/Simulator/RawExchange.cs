using System.Net.Sockets;
using System.Text;

namespace Holdfast.System.Tests.Simulator;

/// <summary>One request on a bare socket, and how the connection really ended.</summary>
internal sealed class RawExchange : IDisposable
{
    private const string EndOfChunks = "0\r\n\r\n";

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly MemoryStream _received = new();

    public string Text => Encoding.UTF8.GetString(_received.ToArray());

    public bool EndedByReset { get; private set; }

    public bool EndedWhole => Text.EndsWith(EndOfChunks, StringComparison.Ordinal);

    public static async Task<RawExchange> SendAsync(Uri url, string body)
    {
        var exchange = new RawExchange();
        await exchange._socket.ConnectAsync(url.Host, url.Port);
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer k\r\n"
            + $"anthropic-version: 2023-06-01\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + $"Content-Length: {bytes.Length}\r\n\r\n";
        await exchange._socket.SendAsync(Encoding.ASCII.GetBytes(head));
        await exchange._socket.SendAsync(bytes);
        return exchange;
    }

    /// <summary>Reads until the text is there; the connection stays open.</summary>
    public async Task ReadUntilAsync(string text)
    {
        await ReadUntilAsync(so => so.Contains(text, StringComparison.Ordinal));
        Assert.Contains(text, Text, StringComparison.Ordinal);
    }

    /// <summary>Reads until the text so far is as awaited; the connection stays open.</summary>
    public async Task ReadUntilAsync(Func<string, bool> isThere)
    {
        while (!isThere(Text) && await ReadAsync())
        {
        }
    }

    public async Task ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }
    }

    /// <summary>Reads until nothing comes for a while; the connection must not end meanwhile.</summary>
    public async Task ReadUntilQuietAsync(TimeSpan wait)
    {
        while (!await StaysQuietAsync(wait))
        {
            Assert.True(await ReadAsync(), "the connection has ended");
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> StaysQuietAsync(TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(wait, TimeProvider.System);
        try
        {
            await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, limit.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task<bool> ReadAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        var buffer = new byte[8192];
        try
        {
            var read = await _socket.ReceiveAsync(buffer, limit.Token);
            _received.Write(buffer, 0, read);
            return read > 0;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            EndedByReset = true;
            return false;
        }
    }
}
