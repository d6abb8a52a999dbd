using System.IO.Pipelines;
using System.Text;
using Holdfast.Gateway.Admin;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.Admin;

/// <summary>What a watcher gets, byte by byte.</summary>
public sealed class EventsEndpointTests : IDisposable
{
    private const string Greeting = "retry: 2000\n: watching\n\n";

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly Pipe _pipe = new();
    private readonly LiveFeed _feed;
    private readonly EventsEndpoint _endpoint;

    public EventsEndpointTests()
    {
        _feed = new LiveFeed(_time);
        _endpoint = new EventsEndpoint(_feed, RefuseAsync, _time);
    }

    public void Dispose() => _gone.Dispose();

    [Fact]
    public async Task Events_have_an_id_a_name_and_one_line_of_data()
    {
        var watching = WatchAsync();
        Assert.Equal(Greeting, await ReadAsync(Greeting.Length));

        _feed.Publish("mode", "{\"to\":\"DEGRADED\"}"u8.ToArray());

        var expected = $"id: {_feed.Run}-1\nevent: mode\ndata: {{\"to\":\"DEGRADED\"}}\n\n";
        Assert.Equal(expected, await ReadAsync(expected.Length));
        await LeaveAsync(watching);
    }

    [Fact]
    public async Task Silence_is_broken_by_comments()
    {
        var watching = WatchAsync();
        await ReadAsync(Greeting.Length);

        await _time.WhenTimerAsync(EventsEndpoint.KeepAlive);
        _time.Advance(EventsEndpoint.KeepAlive);

        Assert.Equal(": still here\n\n", await ReadAsync(": still here\n\n".Length));
        await LeaveAsync(watching);
    }

    [Fact]
    public async Task A_slow_watcher_is_told_how_much_it_missed()
    {
        // One event reached it before it stopped reading.
        for (var i = 0; i < LiveFeed.Kept + 7; i++)
        {
            _feed.Publish("health", "{}"u8.ToArray());
        }

        var watching = WatchAsync(_feed.IdOf(1));

        var expected = Greeting + "event: dropped\ndata: {\"count\":6}\n\n" + $"id: {_feed.Run}-8\n";
        Assert.Equal(expected, await ReadAsync(expected.Length));
        await LeaveAsync(watching);
    }

    [Fact]
    public async Task A_watcher_from_before_a_restart_is_told_that_nobody_knows()
    {
        var watching = WatchAsync("before-17");

        var expected = Greeting + "event: dropped\ndata: {\"count\":null}\n\n";
        Assert.Equal(expected, await ReadAsync(expected.Length));
        await LeaveAsync(watching);
    }

    [Fact]
    public async Task A_watcher_goes_when_the_gateway_ends_and_gets_what_was_left()
    {
        var watching = WatchAsync();
        await ReadAsync(Greeting.Length);

        _feed.Publish("mode", "{}"u8.ToArray());
        _feed.Close();
        await watching.SoonAsync();

        await _pipe.Writer.CompleteAsync();
        using var rest = new StreamReader(_pipe.Reader.AsStream());
        Assert.Equal($"id: {_feed.Run}-1\nevent: mode\ndata: {{}}\n\n: the gateway ends\n\n",
            await rest.ReadToEndAsync());
    }

    [Fact]
    public async Task One_watcher_too_many_is_refused_and_leaves_no_trace()
    {
        for (var i = 0; i < LiveFeed.MostWatchers; i++)
        {
            _feed.TryEnter();
        }

        var http = new DefaultHttpContext();
        await _endpoint.StreamAsync(http).SoonAsync();

        Assert.Equal((429, "too_many_watchers"), (http.Response.StatusCode, _refusedWith));
        _feed.Leave();
        Assert.True(_feed.TryEnter());
    }

    private string? _refusedWith;

    private Task RefuseAsync(HttpContext http, Holdfast.Gateway.Calls.CallError error)
    {
        _refusedWith = error.Code;
        http.Response.StatusCode = error.Status;
        return Task.CompletedTask;
    }

    private Task WatchAsync(string? lastId = null) =>
        _endpoint.WatchAsync(lastId, _pipe.Writer.AsStream(), _gone.Token);

    private async Task<string> ReadAsync(int bytes)
    {
        var read = new byte[bytes];
        await _pipe.Reader.AsStream().ReadExactlyAsync(read).AsTask().SoonAsync();
        return Encoding.UTF8.GetString(read);
    }

    private async Task LeaveAsync(Task watching)
    {
        await _gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.SoonAsync());
    }
}
