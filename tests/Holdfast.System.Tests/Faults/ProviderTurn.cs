using System.Globalization;
using System.Text;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Faults;

/// <summary>The scripted provider's turn: a request is there, and this is what can be done about it.</summary>
internal sealed class ProviderTurn(
    FaultRun run, ProviderVoice voice, string key, ScriptedConnection connection, Random random)
{
    /// <summary>Longest segments: all in one, byte by byte, and between.</summary>
    private static readonly int[] Longest = [0, 1, 7, 60, 1000];

    private readonly int _longest = Longest[random.Next(Longest.Length)];

    public FaultRun Run => run;

    public ProviderVoice Voice => voice;

    /// <summary>What the request was signed in with.</summary>
    public string Key => key;

    public bool Streamed => run.Streamed;

    /// <summary>How many pieces of the text come before what goes wrong, at least one and never all.</summary>
    public int Hit { get; } = random.Next(1, FaultRun.Pieces.Count - 1);

    public Random Random => random;

    /// <summary>Another request may come over the connection.</summary>
    public bool IsOpen { get; private set; } = true;

    public Task SendAsync(byte[] bytes) => connection.SendAsync(bytes, _longest, random);

    /// <summary>Byte by byte, whatever was drawn.</summary>
    public Task SendBytesAsync(byte[] bytes) => connection.SendAsync(bytes, 1, random);

    /// <summary>In large segments, for what is large.</summary>
    public Task SendLargeAsync(byte[] bytes) => connection.SendAsync(bytes);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>An answer with its length.</summary>
    public Task AnswerAsync(int status, string body, params string[] headers)
    {
        var type = headers.Any(header => header.StartsWith("content-type:", StringComparison.Ordinal))
            ? "" : "content-type: application/json\r\n";
        var length = headers.Any(header => header.StartsWith("content-length:", StringComparison.Ordinal))
            ? "" : string.Create(CultureInfo.InvariantCulture,
                $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return SendAsync($"HTTP/1.1 {status} X\r\n{type}{length}"
            + string.Concat(headers.Select(header => header + "\r\n")) + $"\r\n{body}");
    }

    /// <summary>The head of a stream, and no event.</summary>
    public Task HeadAsync(params string[] headers) => SendAsync("HTTP/1.1 200 OK\r\n"
        + (headers.Any(header => header.StartsWith("content-type:", StringComparison.Ordinal))
            ? "" : $"content-type: {voice.StreamType}\r\n")
        + (headers.Any(header => header.StartsWith("content-length:", StringComparison.Ordinal))
            ? "" : "transfer-encoding: chunked\r\n")
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n");

    /// <summary>What a stream has in it, as a chunk of its own.</summary>
    public Task EventAsync(byte[] bytes) => bytes.Length == 0 ? Task.CompletedTask : SendAsync(Chunk(bytes));

    /// <summary>The head of a stream, and what comes before the text.</summary>
    public async Task BeginAsync(params string[] headers)
    {
        await HeadAsync(headers);
        await EventAsync(voice.Opening);
    }

    /// <summary>The first pieces of the text; goes on when the caller has them.</summary>
    public async Task PiecesAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await EventAsync(voice.Piece(FaultRun.Pieces[i]));
        }

        await ReceivedAsync(count);
    }

    /// <summary>Waits until the caller has the first pieces; not for ever, where somebody holds them back.</summary>
    public async Task ReceivedAsync(int count)
    {
        run.Sent = string.Concat(FaultRun.Pieces.Take(count));
        using var limit = Waiting.Limit(seconds: 8);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.Ending);
        try
        {
            await run.SeenAsync(run.Sent.Length, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // A gateway that delivers late; what it makes of the rest is still worth knowing.
        }
    }

    /// <summary>All the rest of a good stream.</summary>
    public Task FinishAsync(int from = 0)
    {
        run.Sent = string.Concat(FaultRun.Pieces);
        return RestAsync(from);
    }

    /// <summary>The same, of which nothing may reach the caller any more.</summary>
    public async Task RestAsync(int from)
    {
        foreach (var piece in FaultRun.Pieces.Skip(from))
        {
            await EventAsync(voice.Piece(piece));
        }

        await EventAsync(voice.Closing);
        await EndAsync();
    }

    /// <summary>The clean end of a body in chunks.</summary>
    public Task EndAsync() => SendAsync("0\r\n\r\n");

    /// <summary>A good answer, as it was asked for.</summary>
    public async Task GoodAsync()
    {
        run.Sent = string.Concat(FaultRun.Pieces);
        if (Streamed)
        {
            await BeginAsync();
            await FinishAsync();
        }
        else
        {
            await AnswerAsync(200, voice.Whole(run.Sent));
        }
    }

    /// <summary>The good target's.</summary>
    public async Task SecondAsync()
    {
        if (!Streamed)
        {
            await AnswerAsync(200, voice.Whole(FaultRun.SecondText));
            return;
        }

        await BeginAsync();
        await EventAsync(voice.Piece(FaultRun.SecondText));
        await EventAsync(voice.Closing);
        await EndAsync();
    }

    public void Fin()
    {
        IsOpen = false;
        connection.Finish();
    }

    public void Rst()
    {
        IsOpen = false;
        connection.Reset();
    }

    /// <summary>Says nothing more until the gateway has had enough.</summary>
    public async Task HoldAsync()
    {
        IsOpen = false;
        await connection.UntilClosedAsync();
        run.SawClosed();
    }

    /// <summary>Again and again, until the gateway has had enough.</summary>
    public async Task RepeatAsync(Func<int, byte[]> next, int milliseconds)
    {
        IsOpen = false;
        var closed = connection.UntilClosedAsync();
        for (var i = 0; !closed.IsCompleted; i++)
        {
            await connection.SendAsync(next(i));
            await Task.WhenAny(closed, Task.Delay(
                TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, connection.Ending));
        }

        run.SawClosed();
    }

    public static byte[] Chunk(byte[] bytes) =>
        [.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8];
}
