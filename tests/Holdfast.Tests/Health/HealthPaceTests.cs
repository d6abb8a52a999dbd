using Holdfast.Health;

namespace Holdfast.Tests.Health;

/// <summary>How slow a model may be, when it is looked at again, and who is told.</summary>
public class HealthPaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_slow_model_is_degraded_until_it_is_a_good_deal_faster()
    {
        var monitor = Monitor(new HealthOptions { DegradedResponseTime = Second });
        Succeed(monitor, 20, 0.9);
        Assert.Equal(HealthStatus.Available, monitor.GetHealth("m")!.Status);
        Succeed(monitor, 20, 1.1);
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);

        Succeed(monitor, 200, 0.85);
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);
        Succeed(monitor, 100, 0.1);

        Assert.Equal(HealthStatus.Available, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public void A_listener_that_was_taken_off_is_told_nothing_more()
    {
        var monitor = Monitor(new HealthOptions { UnavailableAfter = 1 });
        var (changes, failures) = (0, 0);
        Action<HealthChange> listener = _ =>
        {
            changes++;
            throw new FormatException();
        };
        Action<Exception> failed = _ => failures++;
        monitor.StatusChanged += listener;
        monitor.ListenerFailed += failed;
        monitor.Failed("m", "refused");
        Assert.Equal((1, 1), (changes, failures));

        monitor.ListenerFailed -= failed;
        monitor.Succeeded("m", Second);
        monitor.Succeeded("m", Second);
        Assert.Equal((2, 1), (changes, failures));
        monitor.StatusChanged -= listener;
        monitor.Failed("m", "refused");

        Assert.Equal((2, 1), (changes, failures));
    }

    [Theory]
    [InlineData(0.25, 8)]
    [InlineData(3, 1)]
    public async Task Is_looked_at_every_interval_while_nothing_calls_it(double seconds, int checks)
    {
        var count = 0;
        var monitor = Monitor(new HealthOptions { Interval = seconds * Second }, _ =>
        {
            Interlocked.Increment(ref count);
            return ValueTask.FromResult(true);
        });
        using var end = new CancellationTokenSource();
        var running = monitor.RunAsync(end.Token);
        await SettledAsync(monitor, _time.GetUtcNow());

        for (var passed = 0.25; passed <= Math.Max(2, seconds); passed += 0.25)
        {
            _time.Advance(0.25 * Second);
            var sinceDue = passed % seconds * Second;
            await SettledAsync(monitor, _time.GetUtcNow() - sinceDue);
        }

        Assert.Equal(1 + checks, count);
        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private HealthMonitor Monitor(HealthOptions options, Func<CancellationToken, ValueTask<bool>>? check = null)
    {
        var monitor = new HealthMonitor(options, _time);
        monitor.Register(new MonitoredModel("m", "Model", "acme") { Check = check });
        return monitor;
    }

    private static void Succeed(HealthMonitor monitor, int times, double seconds)
    {
        for (var i = 0; i < times; i++)
            monitor.Succeeded("m", seconds * Second);
    }

    // What is due runs on other threads: until the check has been noted, its own limit is no more, and the next wait is
    // armed. Time that moves before would move that wait, too.
    private Task SettledAsync(HealthMonitor monitor, DateTimeOffset lastCheck)
    {
        return Task.Run(WaitAsync).SoonAsync();

        async Task WaitAsync()
        {
            while (monitor.GetHealth("m")!.LastCheck != lastCheck || _time.Armed != 1)
                await Task.Yield();
        }
    }
}
