using Holdfast.Health;

namespace Holdfast.Tests.Health;

public sealed class HealthMonitorTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<HealthChange> _changes = [];
    private readonly TimeSpan _quick = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void Is_available_until_something_says_otherwise()
    {
        var monitor = Monitor();

        var health = monitor.GetHealth("m")!;

        Assert.Equal(HealthStatus.Available, health.Status);
        Assert.Equal((0d, null, null), (health.ErrorRate, health.AverageResponseTime, health.LastSign));
        Assert.Null(monitor.GetHealth("unknown"));
    }

    [Fact]
    public void One_lone_failure_changes_nothing()
    {
        var monitor = Monitor();

        monitor.Failed("m", "timeout");

        Assert.Equal(HealthStatus.Available, monitor.GetHealth("m")!.Status);
        Assert.Equal("timeout", monitor.GetHealth("m")!.LastError);
    }

    [Fact]
    public void Failures_in_a_row_make_it_unavailable_and_a_listener_is_told_of_the_change()
    {
        var monitor = Monitor();
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");

        var change = Assert.Single(_changes);

        Assert.Equal((HealthStatus.Available, HealthStatus.Unavailable), (change.From, change.To));
        Assert.Equal("3 failures in a row: refused", change.Reason);
        Assert.False(monitor.GetHealth("m")!.IsHealthy);
    }

    [Fact]
    public void Comes_back_step_by_step()
    {
        var monitor = Monitor(new HealthOptions { DegradedErrorRate = 0 });
        for (var i = 0; i < 3; i++)
            monitor.Failed("m", "refused");

        for (var i = 0; i < 4; i++)
            monitor.Succeeded("m", _quick);

        Assert.Equal([HealthStatus.Unavailable, HealthStatus.Degraded, HealthStatus.Available],
            _changes.Select(change => change.To));
    }

    [Fact]
    public void A_share_of_failures_makes_it_degraded_and_half_of_it_must_be_left_before_it_is_not()
    {
        var monitor = Monitor(new HealthOptions { DegradedErrorRate = 0.2 });
        for (var i = 0; i < 8; i++)
            monitor.Succeeded("m", _quick);
        monitor.Failed("m", "server_error");
        monitor.Failed("m", "server_error");
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);

        for (var i = 0; i < 9; i++)
            monitor.Succeeded("m", _quick);
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);
        for (var i = 0; i < 2; i++)
            monitor.Succeeded("m", _quick);

        Assert.Equal(HealthStatus.Available, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public void Slow_but_working_is_degraded()
    {
        var monitor = Monitor(new HealthOptions { DegradedResponseTime = TimeSpan.FromSeconds(2) });

        for (var i = 0; i < 5; i++)
            monitor.Succeeded("m", TimeSpan.FromSeconds(3));

        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth("m")!.Status);
        Assert.Equal("calls take 3000 ms", Assert.Single(_changes).Reason);
        Assert.True(monitor.GetHealth("m")!.IsHealthy);
    }

    [Fact]
    public async Task An_idle_model_whose_checks_are_all_slow_is_degraded()
    {
        var monitor = Monitor(new HealthOptions { DegradedResponseTime = TimeSpan.FromSeconds(2) }, _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            return ValueTask.FromResult(true);
        });

        await CheckAsync(monitor, 10);

        Assert.Equal("calls take 4000 ms", Assert.Single(_changes).Reason);
    }

    [Fact]
    public async Task An_idle_model_whose_checks_fail_half_of_the_time_is_degraded()
    {
        var asked = 0;
        var monitor = Monitor(
            new HealthOptions { Retries = 0 }, _ => ValueTask.FromResult(Interlocked.Increment(ref asked) % 2 == 0));

        await CheckAsync(monitor, 10);

        Assert.Equal(HealthStatus.Degraded, Assert.Single(_changes).To);
    }

    [Fact]
    public async Task One_failed_check_among_many_good_ones_changes_nothing()
    {
        var asked = 0;
        var monitor = Monitor(
            new HealthOptions { Retries = 0 }, _ => ValueTask.FromResult(Interlocked.Increment(ref asked) != 20));

        await CheckAsync(monitor, 30);

        Assert.Empty(_changes);
        Assert.NotNull(monitor.GetHealth("m")!.LastFailure);
    }

    [Fact]
    public void What_was_long_before_a_silence_is_not_recent()
    {
        var monitor = Monitor(new HealthOptions { UnavailableAfter = 100 });
        for (var i = 0; i < 20; i++)
            monitor.Failed("m", "refused");

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, monitor.GetHealth("m")!.ErrorRate);
        monitor.Succeeded("m", _quick);

        Assert.InRange(monitor.GetHealth("m")!.ErrorRate, 0, 0.001);
    }

    [Fact]
    public void What_a_model_took_before_maintenance_is_not_held_against_it()
    {
        var monitor = Monitor(new HealthOptions { DegradedResponseTime = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 20; i++)
            monitor.Succeeded("m", TimeSpan.FromSeconds(5));
        monitor.SetMaintenance("m", true);
        monitor.SetMaintenance("m", false);
        Assert.Null(monitor.GetHealth("m")!.AverageResponseTime);

        monitor.Succeeded("m", _quick);

        Assert.Equal((HealthStatus.Available, _quick),
            (monitor.GetHealth("m")!.Status, monitor.GetHealth("m")!.AverageResponseTime));
    }

    [Fact]
    public void Maintenance_is_set_and_ended_by_hand_alone()
    {
        var monitor = Monitor();
        monitor.SetMaintenance("m", true);
        for (var i = 0; i < 5; i++)
            monitor.Failed("m", "refused");
        Assert.Equal(HealthStatus.Maintenance, monitor.GetHealth("m")!.Status);

        monitor.SetMaintenance("m", false);

        Assert.Equal(HealthStatus.Available, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public void By_default_a_model_is_checked_every_thirty_seconds_and_a_check_has_five_and_two_retries()
    {
        var options = new HealthOptions();

        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 2),
            (options.Interval, options.Timeout, options.Retries));
    }

    [Fact]
    public async Task Checks_what_no_call_has_told_of_for_an_interval()
    {
        var checks = new Checks(_time);
        var monitor = Monitor(
            new HealthOptions { Interval = TimeSpan.FromSeconds(30), Timeout = TimeSpan.FromHours(1) },
            checks.GoodAsync);
        using var ending = new CancellationTokenSource();
        var running = monitor.RunAsync(ending.Token);
        Soon.Until(() => monitor.GetHealth("m")!.LastCheck is not null && _time.Armed == 1);

        _time.Advance(TimeSpan.FromSeconds(20));
        monitor.Succeeded("m", _quick);
        _time.Advance(TimeSpan.FromSeconds(20));
        Soon.Until(() => _time.Armed == 1);
        Assert.Equal(1, checks.Count);
        _time.Advance(TimeSpan.FromSeconds(10.1));

        Passing.Until(_time, () => checks.Count == 2);
        await ending.CancelAsync();
        await running.SoonAsync();
        Assert.NotNull(monitor.GetHealth("m")!.LastCheck);
    }

    [Fact]
    public async Task Tries_a_failed_check_again_before_it_counts()
    {
        var checks = new Checks(_time);
        var monitor = Monitor(new HealthOptions { Retries = 2 }, checks.GoodAtLast(3));

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(3, checks.Count);
        Assert.Equal(0, monitor.GetHealth("m")!.ConsecutiveFailures);
    }

    [Fact]
    public async Task An_answer_that_was_not_expected_is_a_failure()
    {
        var monitor = Monitor(new HealthOptions { Retries = 0 }, _ => ValueTask.FromResult(false));

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal("not the answer that was expected", monitor.GetHealth("m")!.LastError);
    }

    [Fact]
    public async Task What_a_check_throws_is_named_by_its_kind_and_never_quoted()
    {
        var monitor = Monitor(new HealthOptions { Retries = 0 },
            _ => throw new HttpRequestException("key sk-secret was refused"));

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal("refused (HttpRequestException)", monitor.GetHealth("m")!.LastError);
    }

    [Fact]
    public async Task A_check_that_never_ends_is_left_behind()
    {
        var monitor = Monitor(new HealthOptions { Retries = 0, Timeout = TimeSpan.FromSeconds(5) },
            _ => new ValueTask<bool>(new TaskCompletionSource<bool>().Task));
        var checking = monitor.CheckAsync();

        _time.Advance(TimeSpan.FromSeconds(5.1));
        await checking.SoonAsync();

        Assert.Equal("no answer within 5000 ms", monitor.GetHealth("m")!.LastError);
    }

    [Fact]
    public async Task What_is_in_maintenance_is_not_checked()
    {
        var checks = new Checks(_time);
        var monitor = Monitor(new HealthOptions(), checks.GoodAsync);
        monitor.SetMaintenance("m", true);

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(0, checks.Count);
    }

    [Fact]
    public void Critical_models_decide_how_all_of_them_do()
    {
        var monitor = Monitor();
        monitor.Register(new MonitoredModel("other", "Other", "acme"));
        monitor.Register(new MonitoredModel("key", "Key", "acme") { IsCritical = true });
        Assert.Equal(HealthStatus.Available, monitor.GetHealth().Status);

        Down(monitor, "m");
        Assert.Equal(HealthStatus.Degraded, monitor.GetHealth().Status);
        Assert.Equal((2, 1), (monitor.GetHealth().Healthy, monitor.GetHealth().Unhealthy));
        Down(monitor, "key");

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth().Status);
    }

    [Fact]
    public void All_of_them_down_is_down_whether_critical_or_not()
    {
        var monitor = Monitor();
        monitor.Register(new MonitoredModel("resting", "Resting", "acme"));
        monitor.SetMaintenance("resting", true);

        Down(monitor, "m");

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth().Status);
    }

    [Fact]
    public void A_model_registered_again_keeps_what_is_known_of_it()
    {
        var monitor = Monitor();
        Down(monitor, "m");

        monitor.Register(new MonitoredModel("m", "New name", "acme") { Version = "2" });

        var health = monitor.GetHealth("m")!;
        Assert.Equal(("New name", "2", HealthStatus.Unavailable),
            (health.Model.Name, health.Model.Version, health.Status));
        Assert.True(monitor.Remove("m"));
        Assert.False(monitor.Remove("m"));
        monitor.Failed("m", "refused");
        Assert.Empty(monitor.GetHealth().Models);
    }

    [Fact]
    public void A_listener_that_throws_breaks_nobody()
    {
        var monitor = Monitor();
        var failures = new List<Exception>();
        monitor.StatusChanged += _ => throw new InvalidOperationException("first");
        monitor.ListenerFailed += failures.Add;

        Down(monitor, "m");

        Assert.Single(_changes);
        Assert.Single(failures);
    }

    [Fact]
    public void Names_everything_that_is_wrong_with_its_options()
    {
        var options = new HealthOptions
        {
            Interval = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.Zero, Retries = -1, UnavailableAfter = 0,
            BetterAfter = 0,
            DegradedErrorRate = double.NaN, DegradedResponseTime = TimeSpan.FromDays(2),
        };

        var thrown = Assert.Throws<ArgumentException>(() => new HealthMonitor(options, _time));

        foreach (var name in (string[])["interval:", "timeout:", "retries: -1", "unavailableAfter: 0",
            "betterAfter: 0", "degradedErrorRate: NaN", "degradedResponseTime:"])
            Assert.Contains(name, thrown.Message, StringComparison.Ordinal);
    }

    private async Task CheckAsync(HealthMonitor monitor, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await monitor.CheckAsync().SoonAsync();
            _time.Advance(TimeSpan.FromSeconds(30));
        }
    }

    private static void Down(HealthMonitor monitor, string id)
    {
        for (var i = 0; i < 3; i++)
            monitor.Failed(id, "refused");
    }

    private HealthMonitor Monitor(
        HealthOptions? options = null, Func<CancellationToken, ValueTask<bool>>? check = null)
    {
        var monitor = new HealthMonitor(options ?? new HealthOptions(), _time);
        monitor.Register(new MonitoredModel("m", "Model", "acme") { Check = check });
        monitor.StatusChanged += _changes.Add;
        return monitor;
    }

    private sealed class Checks(ManualTimeProvider time)
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public ValueTask<bool> GoodAsync(CancellationToken cancellation) => GoodAtLast(0)(cancellation);

        public Func<CancellationToken, ValueTask<bool>> GoodAtLast(int tries) => _ =>
        {
            time.Advance(TimeSpan.FromMilliseconds(3));
            return ValueTask.FromResult(Interlocked.Increment(ref _count) >= tries);
        };
    }
}
