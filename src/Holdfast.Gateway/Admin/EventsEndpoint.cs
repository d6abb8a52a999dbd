using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Admin;

/// <summary>
/// <c>GET /admin/events</c>: what happens, as server-sent events, until the watcher leaves or the gateway ends. After
/// <c>Last-Event-ID</c> it goes on where it was; what a watcher missed is counted in a <c>dropped</c> event.
/// </summary>
internal sealed class EventsEndpoint(LiveFeed feed, RefuseAsync refuse, TimeProvider time)
{
    /// <summary>Silence for longer makes proxies close a connection.</summary>
    internal static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(30);

    public async Task StreamAsync(HttpContext http)
    {
        if (!feed.TryEnter())
        {
            await refuse(http, new CallError(429, "rate_limit_error", "too_many_watchers",
                $"{LiveFeed.MostWatchers} others watch already, and no more can") { RetryAfter = ComeBack });
            return;
        }

        try
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-store";
            // nginx would hold events back until a buffer is full.
            http.Response.Headers["x-accel-buffering"] = "no";
            await WatchAsync(http.Request.Headers["last-event-id"].LastOrDefault(), http.Response.Body,
                http.RequestAborted);
        }
        finally
        {
            feed.Leave();
        }
    }

    /// <summary>Writes events until the feed closes.</summary>
    /// <exception cref="OperationCanceledException">The watcher left.</exception>
    internal async Task WatchAsync(string? lastId, Stream output, CancellationToken gone)
    {
        using var buffer = new PooledBuffer(1024);
        var place = feed.Begin(lastId, out var isLost);
        // A browser comes back by itself after so many milliseconds.
        buffer.Write("retry: 2000\n: watching\n\n"u8);
        if (isLost)
        {
            WriteDropped(buffer, null);
        }

        while (true)
        {
            var more = feed.More;
            var isLast = feed.IsClosed;
            foreach (var happened in feed.Read(ref place, out var missed))
            {
                if (missed > 0)
                {
                    WriteDropped(buffer, missed);
                    missed = 0;
                }

                Write(buffer, happened);
            }

            if (isLast)
            {
                buffer.Write(": the gateway ends\n\n"u8);
            }

            if (buffer.Length > 0)
            {
                await output.WriteAsync(buffer.WrittenMemory, gone);
                await output.FlushAsync(gone);
                buffer.Clear();
            }

            if (isLast)
            {
                return;
            }

            if (!await ComesAsync(more, gone))
            {
                buffer.Write(": still here\n\n"u8);
            }
        }
    }

    private async Task<bool> ComesAsync(Task more, CancellationToken gone)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(gone);
        var first = await Task.WhenAny(more, Task.Delay(KeepAlive, time, waiting.Token));
        await waiting.CancelAsync();
        gone.ThrowIfCancellationRequested();
        return first == more;
    }

    private void Write(PooledBuffer buffer, LiveEvent happened)
    {
        buffer.Write(Encoding.ASCII.GetBytes($"id: {feed.IdOf(happened.Number)}\nevent: {happened.Name}\ndata: "));
        buffer.Write(happened.Data.Span);
        buffer.Write("\n\n"u8);
    }

    // Without an id: who is cut off right behind it still has to come back to where it was before.
    private static void WriteDropped(PooledBuffer buffer, long? count)
    {
        buffer.Write("event: dropped\ndata: "u8);
        buffer.Write(JsonSerializer.SerializeToUtf8Bytes(
            new DroppedEvent(count), AdminJson.Default.DroppedEvent));
        buffer.Write("\n\n"u8);
    }
}
