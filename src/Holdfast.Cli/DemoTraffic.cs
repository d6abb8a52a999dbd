using System.Net.Http.Headers;
using System.Text;

namespace Holdfast.Cli;

/// <summary>What the demo's own calls came to.</summary>
internal sealed record DemoTotals(long Calls, long Answered, long Failovers, long Cut);

/// <summary>A few calls a second, plain and streamed in turn, through every route of the demo.</summary>
internal sealed class DemoTraffic(Uri gateway) : IDisposable
{
    private const int CallsPerSecond = 8;
    private const int MostAtOnce = 64;

    private static readonly string[] Leaders =
    [
        "smart", "openai-first", "anthropic-first", "gemini-first", "mistral-first", "groq-first", "xai-first",
        "azure-first", "perplexity-first",
    ];

    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(60) };
    private long _calls, _answered, _failovers, _cut;

    public DemoTotals Totals => new(Interlocked.Read(ref _calls), Interlocked.Read(ref _answered),
        Interlocked.Read(ref _failovers), Interlocked.Read(ref _cut));

    /// <summary>Calls until the token is struck, then waits for the calls under way to end.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / CallsPerSecond), TimeProvider.System);
        using var places = new SemaphoreSlim(MostAtOnce);
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(ending); number++)
            {
                if (await places.WaitAsync(0, CancellationToken.None))
                {
                    _ = CallAsync(number, places, ending);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        for (var place = 0; place < MostAtOnce; place++)
        {
            await places.WaitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task CallAsync(int number, SemaphoreSlim places, CancellationToken ending)
    {
        try
        {
            var stream = number % 2 == 0 ? "true" : "false";
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
            request.Content = new StringContent(
                $$"""
                {"model":"{{Leaders[number % Leaders.Length]}}","stream":{{stream}},
                 "messages":[{"role":"user","content":"Question {{number}}"}]}
                """, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending);
            if (response.Headers.TryGetValues("x-holdfast-fallback", out var fallback) && fallback.First() == "true")
            {
                Interlocked.Increment(ref _failovers);
            }

            await response.Content.CopyToAsync(Stream.Null, ending);
            Interlocked.Increment(ref _calls);
            Interlocked.Add(ref _answered, response.IsSuccessStatusCode ? 1 : 0);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The demo is over; this call is none.
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
        {
            Interlocked.Increment(ref _calls);
            Interlocked.Increment(ref _cut);
        }
        finally
        {
            places.Release();
        }
    }
}
