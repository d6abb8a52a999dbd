using System.Net.Http.Headers;

namespace Holdfast.Bench.OverloadLoad;

/// <summary>Makes the calls when they are due. A slow answer delays no other call.</summary>
internal sealed class Load(Uri url, byte[] body, string key) : IDisposable
{
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5), UseCookies = false, UseProxy = false,
    });

    /// <summary>Connections and compiled code as in a server that has run for a while.</summary>
    public Task WarmUpAsync(int connections) => Task.WhenAll(Enumerable.Range(0, connections)
        .Select(_ => SendAsync(new Call(0, "normal"), Time.GetTimestamp())));

    public async Task RunAsync(IReadOnlyList<Call> calls, Action<double> lookAround)
    {
        var start = Time.GetTimestamp();
        var running = new List<Task>(calls.Count);
        var next = 0;
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1), Time);
        while (next < calls.Count && await ticks.WaitForNextTickAsync())
        {
            var now = Time.GetElapsedTime(start).TotalSeconds;
            while (next < calls.Count && calls[next].At <= now)
            {
                running.Add(SendAsync(calls[next++], start));
            }

            lookAround(now);
        }

        await Task.WhenAll(running);
    }

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(Call call, long start)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("x-holdfast-priority", call.Priority);
        call.SentLate = Time.GetElapsedTime(start).TotalSeconds - call.At;
        try
        {
            using var response = await _http.SendAsync(request, CancellationToken.None);
            await response.Content.CopyToAsync(Stream.Null);
            call.Status = (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            call.Status = 0;
        }

        call.Took = Time.GetElapsedTime(start).TotalSeconds - call.At;
    }
}
