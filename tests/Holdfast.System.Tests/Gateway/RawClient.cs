using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.System.Tests.Gateway;

/// <summary>What came back over a bare socket.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A client that sends any bytes, right or wrong, over a bare socket.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<byte> _unread = [];

    public static async Task<RawClient> ConnectAsync(Uri url)
    {
        var client = new RawClient();
        client._socket.NoDelay = true;
        await client._socket.ConnectAsync(url.Host, url.Port);
        return client;
    }

    /// <summary>One exchange on a connection of its own.</summary>
    public static async Task<RawAnswer> AskAsync(Uri url, string request)
    {
        using var client = await ConnectAsync(url);
        await client.SendAsync(request);
        return await client.ReadAsync();
    }

    /// <summary>Sends the text, one byte for each character.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = Waiting.Limit();
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, limit.Token)..];
        }
    }

    /// <summary>Reads the next answer, chunked or with a length; with neither, the body is empty.</summary>
    public async Task<RawAnswer> ReadAsync()
    {
        var head = await ReadHeadAsync();
        if (head.Headers.TryGetValue("content-length", out var length))
        {
            var body = await TakeAsync(int.Parse(length, CultureInfo.InvariantCulture));
            return head with { Body = Encoding.UTF8.GetString(body) };
        }

        return head.Headers.ContainsKey("transfer-encoding") ? head with { Body = await ChunksAsync() } : head;
    }

    /// <summary>Reads an answer's head only.</summary>
    public async Task<RawAnswer> ReadHeadAsync()
    {
        var head = Encoding.Latin1.GetString(await UntilAsync("\r\n\r\n"u8.ToArray()));
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, "");
    }

    /// <summary>The next chunk of a body in chunks; empty: it is whole; null: the connection ended.</summary>
    public async Task<byte[]?> ReadChunkAsync()
    {
        int lineEnd;
        while ((lineEnd = _unread.ToArray().AsSpan().IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        var line = Encoding.Latin1.GetString(_unread.GetRange(0, lineEnd).ToArray());
        var length = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        while (_unread.Count < lineEnd + 2 + length + 2)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        var chunk = _unread.GetRange(lineEnd + 2, length).ToArray();
        _unread.RemoveRange(0, lineEnd + 2 + length + 2);
        return chunk;
    }

    /// <summary>Leaves at once: whatever is under way is torn down.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    /// <summary>Everything that comes until the connection ends, framing included.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return Encoding.UTF8.GetString([.. _unread]);
    }

    /// <summary>Whether the other side has closed the connection and nothing more was sent.</summary>
    public async Task<bool> IsAtEndAsync() => _unread.Count == 0 && !await FillAsync();

    public void Dispose() => _socket.Dispose();

    private async Task<string> ChunksAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            var line = Encoding.Latin1.GetString(await UntilAsync("\r\n"u8.ToArray())).Trim();
            var chunk = await TakeAsync(int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            await TakeAsync(2);
            if (chunk.Length == 0)
            {
                return Encoding.UTF8.GetString([.. body]);
            }

            body.AddRange(chunk);
        }
    }

    private async Task<byte[]> UntilAsync(byte[] mark)
    {
        int found;
        while ((found = _unread.ToArray().AsSpan().IndexOf(mark)) < 0)
        {
            Assert.True(await FillAsync(), "the connection ended: " + Encoding.UTF8.GetString([.. _unread]));
        }

        return await TakeAsync(found + mark.Length);
    }

    /// <summary>So many bytes of the body.</summary>
    public async Task<byte[]> TakeAsync(int count)
    {
        while (_unread.Count < count)
        {
            Assert.True(await FillAsync(), "the connection ended inside an answer");
        }

        var taken = _unread.GetRange(0, count).ToArray();
        _unread.RemoveRange(0, count);
        return taken;
    }

    private async Task<bool> FillAsync()
    {
        using var limit = Waiting.Limit();
        var buffer = new byte[16 * 1024];
        try
        {
            var read = await _socket.ReceiveAsync(buffer, limit.Token);
            _unread.AddRange(buffer.AsSpan(0, read));
            return read > 0;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false;
        }
    }
}
