using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Holdfast.Bench.TraceLoad;

/// <summary>Makes the trace's calls when they are due in compressed time. A slow answer delays no other call.</summary>
/// <param name="url">The gateway's chat completions.</param>
/// <param name="key">A key that it takes.</param>
/// <param name="compression">How many of the trace's seconds pass in one.</param>
internal sealed class Replay(Uri url, string key, double compression) : IDisposable
{
    private const int CharactersPerToken = 4;
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5), UseCookies = false, UseProxy = false,
    });

    private readonly string _words = string.Concat(Enumerable.Repeat("def add(a, b): return a + b\\n", 2_000));
    private int _ended;

    /// <summary>Connections and compiled code as in a gateway that has run for a while.</summary>
    /// <param name="models">Who is asked.</param>
    public async Task WarmUpAsync(params string[] models)
    {
        const int Turns = 5;
        const int AtOnce = 100;
        for (var turn = 0; turn < Turns; turn++)
        {
            foreach (var model in models)
            {
                await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => SendAsync(
                    new ReplayedCall(new TracedCall(0, 1_000, 10), number % 2 == 1), model, Time.GetTimestamp())));
            }

            // The runtime compiles its final code only in a rest.
            await Task.Delay(TimeSpan.FromMilliseconds(300), Time);
        }
    }

    /// <summary>Replays them.</summary>
    /// <param name="calls">The calls by the time they are due.</param>
    /// <param name="lookAround">Told every few milliseconds what time it is, how many are sent and have ended.</param>
    public async Task RunAsync(IReadOnlyList<ReplayedCall> calls, Action<double, int, int> lookAround)
    {
        _ended = 0;
        var start = Time.GetTimestamp();
        var running = new List<Task>(calls.Count);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1), Time);
        while (running.Count < calls.Count || Volatile.Read(ref _ended) < calls.Count)
        {
            await ticks.WaitForNextTickAsync();
            var now = Elapsed(start);
            while (running.Count < calls.Count && calls[running.Count].Traced.At <= now)
            {
                running.Add(SendAsync(calls[running.Count], "smart", start));
            }

            lookAround(now, running.Count, Volatile.Read(ref _ended));
        }

        await Task.WhenAll(running);
    }

    public void Dispose() => _http.Dispose();

    private double Elapsed(long start) => Time.GetElapsedTime(start).TotalSeconds * compression;

    private async Task SendAsync(ReplayedCall call, string model, long start)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = Body(call, model) };
        request.Headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
        call.SentLate = Elapsed(start) - call.Traced.At;
        try
        {
            using var response = await _http.SendAsync(request, CancellationToken.None);
            call.Provider = Header(response, "x-holdfast-provider");
            call.Attempts = int.Parse(Header(response, "x-holdfast-attempts") ?? "0", CultureInfo.InvariantCulture);
            Judge(call, (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
        }
        catch (HttpRequestException broken)
        {
            call.Problem = broken.Message;
        }

        call.Took = Elapsed(start) - call.Traced.At;
        Interlocked.Increment(ref _ended);
    }

    private ByteArrayContent Body(ReplayedCall call, string model)
    {
        var words = _words[..Math.Min(_words.Length, call.Traced.ContextTokens * CharactersPerToken)];
        var streamed = call.Streamed ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "";
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(
            $"{{\"model\":\"{model}\",{streamed}\"max_tokens\":{call.Traced.GeneratedTokens},"
            + $"\"messages\":[{{\"role\":\"user\",\"content\":\"{words.TrimEnd('\\')}\"}}]}}"));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static void Judge(ReplayedCall call, int status, byte[] body)
    {
        var tokens = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"\"completion_tokens\":{call.Traced.GeneratedTokens},"));
        call.Problem = status != 200 ? $"status {status}: {Encoding.UTF8.GetString(body)}"
            : body.AsSpan().IndexOf("\"finish_reason\":\"length\""u8) < 0 ? "no finish reason"
            : body.AsSpan().IndexOf(tokens) < 0 ? "not the number of tokens that was to come"
            : call.Streamed && !body.AsSpan().EndsWith("data: [DONE]\n\n"u8) ? "no end"
            : null;
        call.IsGood = call.Problem is null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
