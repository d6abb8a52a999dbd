using System.Collections.Concurrent;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Shutdown;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Shutdown;

public sealed class GatewayShutdownTests : IDisposable
{
    private static readonly ShutdownOptions Options = new()
    {
        Delay = TimeSpan.FromSeconds(7), Timeout = TimeSpan.FromSeconds(31), ForceKillTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly ManualTimeProvider _time = new();
    private readonly CapturedLog<GatewayShutdown> _log = new();
    private readonly ConcurrentQueue<string> _story = [];
    private readonly Readiness _readiness = new();
    private readonly CallsInFlight _inFlight = new();
    private readonly List<ShutdownTask> _tasks = [];
    private readonly Host _host;

    public GatewayShutdownTests()
    {
        _host = new Host(_story);
        _readiness.Started();
    }

    public void Dispose() => _inFlight.Dispose();

    [Fact]
    public async Task Hooks_the_delay_the_drain_and_the_cleanup_follow_each_other()
    {
        foreach (var phase in Enum.GetValues<ShutdownPhase>().Reverse())
        {
            Add(phase.ToString(), phase, () => _readiness.IsReady ? " while ready" : "");
        }

        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        await Soon.UntilAsync(() => _story.Contains("Before"));
        Assert.False(_host.IsStopping);
        _time.Advance(Options.Delay);
        await Soon.UntilAsync(() => _host.IsStopping && _story.Contains("Draining"));
        Assert.DoesNotContain("Cleanup", _story);
        _host.Stopped();
        await running.SoonAsync();

        Assert.Equal("Before", _story.First());
        Assert.Equal(["Cleanup", "After"], _story.TakeLast(2));
    }

    [Fact]
    public async Task Calls_beyond_the_limit_are_ended_and_named_in_the_log_without_their_content()
    {
        Enter("req_a", route: "smart", asked: "openai", before: TimeSpan.FromSeconds(2));
        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        _time.Advance(Options.Delay);
        await StoppingAsync();

        _time.Advance(Options.Timeout);
        Assert.True(_inFlight.IsEnding);
        _host.Stopped();
        await running.SoonAsync();

        var line = Assert.Single(_log.Lines, line => line.Text.StartsWith("cut:", StringComparison.Ordinal));
        Assert.Equal(("req_a", "smart", "openai", 40_000.0), (line.Values["RequestId"], line.Values["Route"],
            line.Values["Provider"], line.Values["RanMs"]));
        Assert.DoesNotContain(_log.Lines, line => line.Text.Contains("\"hi\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_that_end_in_time_are_not_cut()
    {
        Enter("req_a", "smart", "openai", TimeSpan.Zero);
        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        _time.Advance(Options.Delay);
        await Soon.UntilAsync(() => _host.IsStopping);

        _host.Stopped();
        await running.SoonAsync();

        Assert.False(_inFlight.IsEnding);
        Assert.DoesNotContain(_log.Lines, line => line.Level > LogLevel.Information);
    }

    [Fact]
    public async Task A_server_that_fails_to_stop_is_logged_and_cleaned_up_after()
    {
        Add("flush", ShutdownPhase.Cleanup);
        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        _time.Advance(Options.Delay);
        await Soon.UntilAsync(() => _host.IsStopping);

        _host.Failed();
        await running.SoonAsync();

        Assert.Contains("flush", _story);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Error && line.Exception is not null);
    }

    [Fact]
    public async Task Cleanup_has_its_time_even_when_the_drain_took_all_of_its_own()
    {
        TimeSpan? given = null;
        var began = _time.GetTimestamp();
        _tasks.Add(new ShutdownTask("flush", async token =>
        {
            given = _time.GetElapsedTime(began);
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
        }));
        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        _time.Advance(Options.Delay);
        await StoppingAsync();
        _time.Advance(Options.Timeout);
        _host.Stopped();

        // Four fifths of the five seconds that are left.
        await Soon.UntilAsync(() => _time.TimersDueIn(TimeSpan.FromSeconds(4)) == ShutdownTasksTests.TimersOfTask);
        _time.Advance(TimeSpan.FromSeconds(4));
        await running.SoonAsync();

        Assert.True(_time.GetElapsedTime(began) < Options.Whole);
    }

    [Fact]
    public async Task A_hook_that_hangs_does_not_keep_the_drain_from_its_limit()
    {
        _tasks.Add(new ShutdownTask("hook", _ => new TaskCompletionSource().Task) { Phase = ShutdownPhase.Before });
        var began = _time.GetTimestamp();
        var running = RunAsync();
        await _time.WhenTimerAsync(Options.Delay);
        _time.Advance(Options.Delay);
        // A fifth of the drain's limit is the hook's.
        await _time.WhenTimerAsync(Options.Timeout * 0.2);
        _time.Advance(Options.Timeout * 0.2);
        await StoppingAsync();

        _time.Advance(Options.Timeout * 0.8);

        Assert.True(_inFlight.IsEnding);
        Assert.Equal(Options.Delay + Options.Timeout, _time.GetElapsedTime(began));
        _host.Stopped();
        await running.SoonAsync();
    }

    [Fact]
    public async Task A_forced_end_names_what_it_cuts_and_what_was_cut_before_is_named_once()
    {
        Enter("req_a", "smart", "openai", TimeSpan.Zero);
        var shutdown = Shutdown();
        var running = shutdown.RunAsync(_host, Options, CancellationToken.None);
        await _time.WhenTimerAsync(Options.Delay);
        Assert.DoesNotContain(_log.Lines, IsNamed);

        shutdown.CutRest(Options);
        Assert.True(_inFlight.IsEnding);
        _time.Advance(Options.Delay);
        await StoppingAsync();
        _time.Advance(Options.Timeout);
        _host.Stopped();
        await running.SoonAsync();

        Assert.Equal("req_a", Assert.Single(_log.Lines, IsNamed).Values["RequestId"]);

        static bool IsNamed(CapturedLog<GatewayShutdown>.Line line) =>
            line.Text.StartsWith("cut:", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asks_again_waits_for_the_end_under_way()
    {
        Add("flush", ShutdownPhase.Cleanup);
        var shutdown = Shutdown();
        var brief = Options with { Delay = TimeSpan.Zero };
        var first = shutdown.RunAsync(_host, brief, CancellationToken.None);
        var second = shutdown.RunAsync(_host, brief, CancellationToken.None);
        await Soon.UntilAsync(() => _host.IsStopping);

        _host.Stopped();
        await Task.WhenAll(first, second).SoonAsync();

        Assert.Equal(["flush"], _story);
    }

    private void Add(string name, ShutdownPhase phase, Func<string>? more = null) =>
        _tasks.Add(new ShutdownTask(name, _ =>
        {
            _story.Enqueue(name + more?.Invoke());
            return Task.CompletedTask;
        })
        {
            Phase = phase,
        });

    private void Enter(string id, string route, string asked, TimeSpan before)
    {
        var call = new CallRecord(ChatCall.Of(startedAt: (_time.GetUtcNow() - before).UtcTicks, id: id))
        {
            ModelLabel = route, Asked = asked,
        };
        _inFlight.Enter();
        _inFlight.Add(call);
    }

    /// <summary>Waits until the server is asked to stop: by then every limit of the drain is set, and heard.</summary>
    private Task StoppingAsync() => Soon.UntilAsync(() => _host.IsStopping);

    private Task RunAsync() => Shutdown().RunAsync(_host, Options, CancellationToken.None);

    private GatewayShutdown Shutdown() => new(
        new ShutdownTasks(_tasks, _time, new CapturedLog<ShutdownTasks>()), _readiness, _inFlight, _time, _log);

    private sealed class Host(ConcurrentQueue<string> story) : IHost
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsStopping { get; private set; }

        public IServiceProvider Services => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken = default)
        {
            IsStopping = true;
            return _stopped.Task;
        }

        public void Stopped() => _stopped.TrySetResult();

        public void Failed() => _stopped.TrySetException(new IOException($"after {story.Count} tasks"));

        public void Dispose()
        {
        }
    }
}
