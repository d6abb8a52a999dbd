using Holdfast.Health;

namespace Holdfast.Tests.Health;

/// <summary>What comes before the signs: an obstacle, a hand, and that nothing is heard.</summary>
public sealed class HealthObstacleTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<HealthChange> _changes = [];
    private string? _obstacle;

    [Fact]
    public void What_stands_in_its_way_makes_it_unavailable_whatever_its_signs_say()
    {
        var monitor = Monitor();
        _obstacle = "the circuit is open";

        monitor.Succeeded("m", TimeSpan.FromMilliseconds(5));

        var health = monitor.GetHealth("m")!;
        Assert.Equal((HealthStatus.Unavailable, "the circuit is open"), (health.Status, health.Reason));
        Assert.Equal(1, monitor.GetHealth().Unhealthy);
    }

    [Fact]
    public void Is_what_its_signs_say_once_nothing_stands_in_its_way()
    {
        _obstacle = "the circuit is open";
        var monitor = Monitor();
        _obstacle = null;

        monitor.Reconsider("m");
        monitor.Reconsider("unknown");

        Assert.Equal([HealthStatus.Unavailable, HealthStatus.Available], _changes.Select(change => change.To));
        Assert.Equal("over: the circuit is open", _changes[^1].Reason);
    }

    [Fact]
    public void An_obstacle_that_goes_leaves_what_failed_meanwhile()
    {
        _obstacle = "the circuit is open";
        var monitor = Monitor();
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");
        _obstacle = null;

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth("m")!.Status);
        Assert.Single(_changes);
    }

    [Fact]
    public void Maintenance_comes_before_an_obstacle()
    {
        var monitor = Monitor();
        _obstacle = "the circuit is open";

        monitor.SetMaintenance("m", true);

        Assert.Equal((HealthStatus.Maintenance, "taken out by hand"),
            (monitor.GetHealth("m")!.Status, monitor.GetHealth("m")!.Reason));
    }

    [Fact]
    public void Nobody_who_is_known_by_calls_alone_stays_unavailable_for_want_of_calls()
    {
        var monitor = Monitor();
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth("m")!.Status);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);
        Assert.Equal("nothing was heard of it for a minute", _changes[^1].Reason);
    }

    [Fact]
    public void One_more_failure_makes_it_unavailable_again()
    {
        var monitor = Monitor();
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);

        monitor.Failed("m", "refused");

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public async Task What_is_checked_stays_unavailable_until_a_check_is_good()
    {
        var monitor = Monitor(_ => ValueTask.FromResult(false));
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");
        _time.Advance(TimeSpan.FromMinutes(2));
        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public async Task An_obstacle_that_comes_and_goes_unannounced_is_seen_while_it_runs()
    {
        var monitor = Monitor();
        using var ending = new CancellationTokenSource();
        var running = monitor.RunAsync(ending.Token);
        Soon.Until(() => _time.Armed == 1);
        _obstacle = "the circuit is open";

        _time.Advance(TimeSpan.FromSeconds(5));

        Soon.Until(() => _changes.Count == 1);
        await ending.CancelAsync();
        await running.SoonAsync();
        Assert.Equal(HealthStatus.Unavailable, _changes[0].To);
    }

    [Fact]
    public void Remembers_when_and_why_it_last_failed()
    {
        var monitor = Monitor();
        monitor.Failed("m", "timeout");
        var failedAt = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(3));
        monitor.Succeeded("m", TimeSpan.FromMilliseconds(5));

        var health = monitor.GetHealth("m")!;

        Assert.Equal(("timeout", failedAt), (health.LastError, health.LastFailure));
    }

    private HealthMonitor Monitor(Func<CancellationToken, ValueTask<bool>>? check = null)
    {
        var monitor = new HealthMonitor(new HealthOptions { Retries = 0 }, _time);
        monitor.StatusChanged += _changes.Add;
        monitor.Register(new MonitoredModel("m", "Model", "acme") { Check = check, Obstacle = () => _obstacle });
        return monitor;
    }
}
