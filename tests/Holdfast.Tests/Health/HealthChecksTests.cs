using Holdfast.Health;

namespace Holdfast.Tests.Health;

/// <summary>Which checks are made, for whom, and what they say.</summary>
public sealed class HealthChecksTests
{
    private readonly ManualTimeProvider _time = new();
    private int _checks;
    private Func<bool> _answer = () => true;

    [Fact]
    public async Task One_check_stands_for_all_models_of_its_group()
    {
        var monitor = Monitor("a", "b", "c");

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(1, _checks);
        Assert.All(monitor.GetHealth().Models, model => Assert.NotNull(model.LastCheck));
    }

    [Fact]
    public async Task What_a_check_registered_on_its_token_and_throws_does_not_reach_the_timers_thread()
    {
        var options = new HealthOptions { Retries = 0 };
        var monitor = new HealthMonitor(options, _time);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        monitor.Register(Model("a") with
        {
            Check = token =>
            {
                token.Register(() => throw new InvalidOperationException("registered"));
                begun.SetResult();
                return new ValueTask<bool>(new TaskCompletionSource<bool>().Task);
            },
        });
        var checking = monitor.CheckAsync();
        await begun.Task.SoonAsync();

        // The timer's thread is this one: with a real clock the process would end.
        _time.Advance(options.Timeout + TimeSpan.FromMilliseconds(1));

        var health = Assert.Single((await checking.SoonAsync()).Models);
        Assert.Equal("no answer within 5000 ms", health.LastError);
    }

    [Fact]
    public async Task Models_of_different_groups_are_checked_each()
    {
        var monitor = Monitor();
        foreach (var id in (string[])["a", "b"])
            monitor.Register(Model(id) with { CheckGroup = id });

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(2, _checks);
    }

    [Fact]
    public async Task A_check_that_fails_takes_its_group_with_it()
    {
        _answer = () => false;
        var monitor = Monitor("a", "b");

        for (var i = 0; i < 3; i++)
            await monitor.CheckAsync().SoonAsync();

        Assert.All(monitor.GetHealth().Models, model => Assert.Equal(HealthStatus.Unavailable, model.Status));
    }

    [Fact]
    public async Task A_check_of_the_group_says_nothing_of_a_model_that_calls_have_just_told_of()
    {
        var monitor = Monitor("idle", "busy");
        await RunningAsync(monitor, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            monitor.Failed("busy", "refused");
            _time.Advance(TimeSpan.FromSeconds(10.1));
            Passing.Until(_time, () => Volatile.Read(ref _checks) == 2);
        });

        Assert.Equal(1, monitor.GetHealth("busy")!.ConsecutiveFailures);
    }

    [Fact]
    public async Task Models_of_a_group_that_were_idle_for_half_an_interval_are_checked_along()
    {
        var monitor = Monitor("a", "b");
        var began = _time.GetUtcNow();
        await RunningAsync(monitor, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            monitor.Succeeded("b", TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(20.1));
            Passing.Until(_time, () => Volatile.Read(ref _checks) == 2);
            Soon.Until(() => monitor.GetHealth("a")!.LastCheck > began + TimeSpan.FromSeconds(20));
        });

        Assert.True(monitor.GetHealth("b")!.LastCheck > began + TimeSpan.FromSeconds(20), "it wasn't checked along");
        Assert.Equal(2, _checks);
    }

    [Fact]
    public async Task Without_an_interval_it_is_checked_only_when_somebody_asks()
    {
        var monitor = Monitor();
        monitor.Register(Model("m") with { Options = new HealthOptions { Interval = TimeSpan.Zero } });
        await RunningAsync(monitor, () => _time.Advance(TimeSpan.FromHours(1)), isCheckedFirst: false);
        Assert.Equal(0, _checks);

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal(1, _checks);
    }

    [Fact]
    public void A_model_has_options_of_its_own()
    {
        var monitor = Monitor();
        monitor.Register(Model("m") with { Options = new HealthOptions { UnavailableAfter = 1 } });
        monitor.Register(Model("other"));

        monitor.Failed("m", "refused");
        monitor.Failed("other", "refused");

        Assert.Equal((HealthStatus.Unavailable, HealthStatus.Available),
            (monitor.GetHealth("m")!.Status, monitor.GetHealth("other")!.Status));
    }

    [Fact]
    public void New_options_hold_for_what_is_known_already()
    {
        var monitor = Monitor("m");
        monitor.Failed("m", "refused");
        monitor.Failed("m", "refused");

        monitor.Register(Model("m") with { Options = new HealthOptions { UnavailableAfter = 3 } });
        monitor.Failed("m", "refused");

        Assert.Equal(HealthStatus.Unavailable, monitor.GetHealth("m")!.Status);
    }

    [Fact]
    public void Refuses_a_model_whose_own_options_are_wrong()
    {
        var wrong = Model("m") with { Options = new HealthOptions { Retries = -1 } };

        Assert.Contains("m: retries: -1", Assert.Throws<ArgumentException>(() => Monitor().Register(wrong)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_only_asks_whether_somebody_is_there_says_nothing_of_how_long_calls_take()
    {
        var monitor = Monitor();
        monitor.Register(Model("m") with { ChecksAreCalls = false });
        await monitor.CheckAsync().SoonAsync();
        Assert.Equal(TimeSpan.FromMilliseconds(3), monitor.GetHealth("m")!.AverageResponseTime);

        monitor.Succeeded("m", TimeSpan.FromSeconds(4));

        Assert.Equal(TimeSpan.FromSeconds(4), monitor.GetHealth("m")!.AverageResponseTime);
    }

    [Fact]
    public async Task A_check_that_knows_why_says_it_in_its_own_words()
    {
        _answer = () => throw new CheckFailedException("server_error: status 503");
        var monitor = Monitor("m");

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal("server_error: status 503", monitor.GetHealth("m")!.LastError);
    }

    [Fact]
    public async Task A_slow_check_keeps_no_other_one_waiting()
    {
        var monitor = Monitor("quick");
        monitor.Register(new MonitoredModel("hanging", "Hanging", "other")
        {
            Check = _ => new ValueTask<bool>(new TaskCompletionSource<bool>().Task),
            Options = new HealthOptions { Timeout = TimeSpan.FromHours(1) },
        });

        await RunningAsync(monitor, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(30.1));
            Passing.Until(_time, () => Volatile.Read(ref _checks) == 2, hanging: 1);
        }, checksUnderWay: 1);
    }

    [Fact]
    public async Task A_check_that_blocks_its_thread_is_left_behind_too()
    {
        using var released = new ManualResetEventSlim();
        var monitor = new HealthMonitor(new HealthOptions { Retries = 0 }, _time);
        var isBlocked = false;
        monitor.Register(Model("blocked") with
        {
            Check = _ =>
            {
                Volatile.Write(ref isBlocked, true);
                released.Wait(CancellationToken.None);
                return ValueTask.FromResult(true);
            },
        });
        monitor.Register(Model("good"));
        var checking = Task.Run(() => monitor.CheckAsync());
        try
        {
            Soon.Until(() => Volatile.Read(ref isBlocked) && monitor.GetHealth("good")!.LastCheck is not null);

            _time.Advance(TimeSpan.FromSeconds(5.1));

            await checking.SoonAsync();
        }
        finally
        {
            released.Set();
        }

        Assert.Equal("no answer within 5000 ms", monitor.GetHealth("blocked")!.LastError);
    }

    [Fact]
    public async Task An_answer_after_the_time_of_a_check_is_none()
    {
        var monitor = new HealthMonitor(new HealthOptions { Retries = 0 }, _time);
        monitor.Register(Model("late") with
        {
            Check = _ =>
            {
                _time.Advance(TimeSpan.FromSeconds(6));
                return ValueTask.FromResult(true);
            },
        });

        await monitor.CheckAsync().SoonAsync();

        Assert.Equal("no answer within 5000 ms", monitor.GetHealth("late")!.LastError);
    }

    [Fact]
    public async Task Who_asks_for_checks_gets_what_the_one_under_way_finds_out()
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var monitor = new HealthMonitor(new HealthOptions(), _time);
        monitor.Register(Model("m") with
        {
            Check = _ =>
            {
                Interlocked.Increment(ref _checks);
                return new ValueTask<bool>(answer.Task);
            },
        });

        await RunningAsync(monitor, () =>
        {
            var asked = monitor.CheckAsync();
            Assert.False(asked.IsCompleted);
            answer.SetResult(true);
            Soon.Until(() => asked.IsCompleted);
            Assert.NotNull(asked.Result.Models[0].LastCheck);
        }, checksUnderWay: 1);

        Assert.Equal(1, _checks);
    }

    private HealthMonitor Monitor(params string[] ids)
    {
        var monitor = new HealthMonitor(
            new HealthOptions { Retries = 0, Timeout = TimeSpan.FromHours(1) }, _time);
        foreach (var id in ids)
            monitor.Register(Model(id) with { CheckGroup = "acme" });
        return monitor;
    }

    private MonitoredModel Model(string id) => new(id, id, "acme")
    {
        Check = _ =>
        {
            Interlocked.Increment(ref _checks);
            _time.Advance(TimeSpan.FromMilliseconds(3));
            return ValueTask.FromResult(_answer());
        },
    };

    /// <summary>Runs the monitor while something happens, which begins after the first checks.</summary>
    private async Task RunningAsync(
        HealthMonitor monitor, Action happens, bool isCheckedFirst = true, int checksUnderWay = 0)
    {
        using var ending = new CancellationTokenSource();
        var running = monitor.RunAsync(ending.Token);
        if (isCheckedFirst)
            Soon.Until(() => Volatile.Read(ref _checks) == 1);
        // A check that has ended has put its clock away: what is armed below is not its.
        if (isCheckedFirst)
        {
            Soon.Until(() => monitor.GetHealth().Models is var models
                && models.Count(model => model.LastCheck is not null) + checksUnderWay == models.Count);
        }

        // Its own wait, and the limits of the checks that go on.
        Soon.Until(() => _time.Armed == 1 + checksUnderWay);
        happens();
        await ending.CancelAsync();
        await running.SoonAsync();
    }
}
