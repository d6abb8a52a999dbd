using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

public class CircuitBreakerTests
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Is_closed_and_available_at_first()
    {
        var breaker = Make(new());

        Assert.Equal(CircuitState.Closed, breaker.State);
        Assert.True(breaker.IsAvailable);
        Assert.Equal(TimeSpan.Zero, breaker.RetryAfter);
    }

    [Fact]
    public void Opens_on_the_fifth_failure_in_a_row()
    {
        var breaker = Make(new());

        Fail(breaker, 4);
        var before = breaker.State;
        Fail(breaker);

        Assert.Equal(CircuitState.Closed, before);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void A_success_forgets_the_failures_in_a_row()
    {
        var breaker = Make(new());

        Fail(breaker, 4);
        Succeed(breaker);
        Fail(breaker, 4);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Commitment_forgets_no_failure_while_closed()
    {
        var breaker = Make(new());

        for (var i = 0; i < 5; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit));
            permit.Committed();
            permit.Failed();
        }

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Fails_fast_and_counts_it_while_open()
    {
        var breaker = Opened(new());

        Assert.False(breaker.TryAcquire(out _));
        Assert.False(breaker.TryAcquire(out var permit));

        permit.Succeeded();
        Assert.Equal(2, breaker.Rejections);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Never_opens_with_every_rule_off()
    {
        var breaker = Make(new() { FailureThreshold = 0 });

        Fail(breaker, 1000);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Opens_on_failures_inside_the_window_though_successes_lie_between()
    {
        var breaker = Make(new() { FailureThreshold = 0, WindowThreshold = 3 });

        FailBetweenSuccesses(breaker);
        FailBetweenSuccesses(breaker);
        var before = breaker.State;
        FailBetweenSuccesses(breaker);

        Assert.Equal(CircuitState.Closed, before);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Forgets_failures_that_left_the_window()
    {
        var breaker = Make(new() { FailureThreshold = 0, WindowThreshold = 3 });

        Fail(breaker, 2);
        _time.Advance(TimeSpan.FromMinutes(2));
        Fail(breaker, 2);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Opens_when_the_ratio_is_reached_with_enough_calls()
    {
        var breaker = Make(new() { FailureThreshold = 0, FailureRatio = 0.5, MinimumCalls = 10 });

        Succeed(breaker, 5);
        Fail(breaker, 4);
        var before = breaker.State;
        Fail(breaker);

        Assert.Equal(CircuitState.Closed, before);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void One_lone_failure_never_trips_a_ratio()
    {
        var breaker = Make(new() { FailureThreshold = 0, FailureRatio = 0.01, MinimumCalls = 2 });

        Succeed(breaker);
        Fail(breaker);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void The_ratio_counts_the_successes_of_the_period_only()
    {
        var breaker = Make(new() { FailureThreshold = 0, FailureRatio = 0.5, MinimumCalls = 4 });

        Succeed(breaker, 100);
        _time.Advance(TimeSpan.FromMinutes(2));
        Succeed(breaker, 2);
        Fail(breaker, 2);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Reads_as_open_after_the_recovery_time_until_a_probe_is_let_in()
    {
        var breaker = Opened(new());

        _time.Advance(Recovery);

        Assert.Equal(CircuitState.Open, breaker.State);
        Assert.True(breaker.IsAvailable);
        Assert.True(breaker.TryAcquire(out var probe));
        Assert.True(probe.IsProbe);
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
    }

    [Fact]
    public void Says_how_long_it_stays_open()
    {
        var breaker = Opened(new());

        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(TimeSpan.FromSeconds(40), breaker.RetryAfter);
        Assert.False(breaker.IsAvailable);
    }

    [Fact]
    public void Lets_in_one_probe_at_a_time_when_half_open()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);

        Assert.True(breaker.TryAcquire(out var first));
        Assert.False(breaker.TryAcquire(out _));
        first.Succeeded();

        Assert.True(breaker.TryAcquire(out _));
    }

    [Fact]
    public void Closes_only_after_two_successes_when_half_open()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);

        Succeed(breaker);
        var between = breaker.State;
        Succeed(breaker);

        Assert.Equal(CircuitState.HalfOpen, between);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Reopens_at_once_when_a_probe_fails()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);

        Succeed(breaker);
        Fail(breaker);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void A_commitment_frees_the_probes_place_and_counts_once()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        breaker.TryAcquire(out var stream);

        stream.Committed();
        stream.Committed();
        stream.Succeeded();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        Assert.True(breaker.TryAcquire(out _));
    }

    [Fact]
    public void A_failure_after_the_commitment_still_reopens()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        breaker.TryAcquire(out var stream);

        stream.Committed();
        stream.Failed();

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void An_abandoned_probe_gives_its_place_back_and_counts_nothing()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        breaker.TryAcquire(out var probe);

        probe.Abandoned();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        Assert.True(breaker.TryAcquire(out _));
        Assert.Equal(0, breaker.GetStatus().SuccessCount);
    }

    [Fact]
    public void A_probe_settles_once()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        breaker.TryAcquire(out var probe);

        probe.Succeeded();
        probe.Failed();
        probe.Succeeded();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        Assert.Equal(1, breaker.GetStatus().SuccessCount);
    }

    [Fact]
    public void A_probe_that_nobody_settles_loses_its_place_after_its_lifetime()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        breaker.TryAcquire(out var lost);

        _time.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));
        var before = breaker.TryAcquire(out _);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.False(before);
        Assert.True(breaker.TryAcquire(out _));
        lost.Failed();
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
    }

    [Fact]
    public void Late_results_of_calls_let_in_before_move_nothing()
    {
        var breaker = Make(new());
        breaker.TryAcquire(out var lateFailure);
        breaker.TryAcquire(out var lateSuccess);
        Fail(breaker, 5);
        _time.Advance(Recovery);
        Succeed(breaker);

        lateSuccess.Succeeded();
        var afterSuccess = breaker.State;
        lateFailure.Failed();

        Assert.Equal(CircuitState.HalfOpen, afterSuccess);
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        Assert.Equal(5, breaker.GetStatus().FailureCount);
    }

    [Fact]
    public void Recovery_time_doubles_while_probes_fail_up_to_its_cap()
    {
        var breaker = Opened(new() { MaxRecoveryTime = TimeSpan.FromMinutes(3) });
        var times = new List<TimeSpan>();

        for (var i = 0; i < 4; i++)
        {
            times.Add(breaker.RetryAfter);
            _time.Advance(breaker.RetryAfter);
            Fail(breaker);
        }

        Assert.Equal([60, 120, 180, 180], times.Select(time => time.TotalSeconds));
    }

    [Fact]
    public void A_grown_recovery_time_is_short_again_once_the_target_seems_recovered()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        Fail(breaker);
        _time.Advance(2 * Recovery);
        Fail(breaker);
        _time.Advance(Recovery / 2);

        breaker.SeemsRecovered();
        var wait = breaker.RetryAfter;
        _time.Advance(wait);
        Fail(breaker);

        Assert.Equal((Recovery / 2, 2 * Recovery), (wait, breaker.RetryAfter));
    }

    [Fact]
    public void A_circuit_whose_target_seems_recovered_is_closed_by_probes_alone()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        Fail(breaker);
        _time.Advance(Recovery);

        breaker.SeemsRecovered();
        var before = breaker.State;
        Succeed(breaker, 2);

        Assert.Equal((CircuitState.Open, CircuitState.Closed), (before, breaker.State));
    }

    [Fact]
    public void Recovery_time_is_short_again_after_closing()
    {
        var breaker = Opened(new());
        _time.Advance(Recovery);
        Fail(breaker);
        _time.Advance(2 * Recovery);
        Succeed(breaker, 2);

        Fail(breaker, 5);

        Assert.Equal(Recovery, breaker.RetryAfter);
    }

    [Fact]
    public void Isolation_wins_until_reset()
    {
        var breaker = Make(new());
        breaker.TryAcquire(out var permit);

        breaker.Isolate();
        permit.Succeeded();
        _time.Advance(TimeSpan.FromDays(30));

        Assert.Equal(CircuitState.Isolated, breaker.State);
        Assert.False(breaker.TryAcquire(out _));
        Assert.Equal(TimeSpan.MaxValue, breaker.RetryAfter);
        breaker.Reset();
        Assert.True(breaker.TryAcquire(out _));
    }

    [Fact]
    public void Reset_closes_and_forgets_the_failures()
    {
        var breaker = Make(new());
        Fail(breaker, 4);

        breaker.Reset();
        Fail(breaker, 4);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void New_options_hold_at_once_and_keep_the_state()
    {
        var breaker = Opened(new());

        breaker.Options = new() { RecoveryTimeout = TimeSpan.FromSeconds(10) };

        Assert.Equal(CircuitState.Open, breaker.State);
        Assert.Equal(TimeSpan.FromSeconds(10), breaker.RetryAfter);
    }

    [Fact]
    public void New_options_keep_what_the_window_counted()
    {
        var breaker = Make(new() { FailureThreshold = 0, WindowThreshold = 3 });
        Fail(breaker, 2);

        breaker.Options = breaker.Options with { MonitoringPeriod = TimeSpan.FromMinutes(5) };
        Fail(breaker);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Refuses_options_with_problems_and_names_them_all()
    {
        var options = new CircuitBreakerOptions { FailureThreshold = -1, SuccessThreshold = 0 };

        var exception = Assert.Throws<ArgumentException>(() => Make(options));

        Assert.Contains("failureThreshold: -1: 0 (off) or more", exception.Message);
        Assert.Contains("successThreshold: 0: 1 or more", exception.Message);
    }

    [Fact]
    public void A_clock_that_goes_back_never_stretches_the_recovery_time()
    {
        var breaker = Opened(new());

        _time.GoBack(TimeSpan.FromDays(1));

        Assert.Equal(Recovery, breaker.RetryAfter);
        _time.Advance(Recovery);
        Assert.True(breaker.TryAcquire(out _));
    }

    [Fact]
    public void The_default_permit_is_harmless()
    {
        var permit = default(CircuitPermit);

        permit.Committed();
        permit.Succeeded();
        permit.Failed();
        permit.Abandoned();

        Assert.False(permit.IsProbe);
    }

    [Fact]
    public void The_status_says_everything()
    {
        var breaker = Make(new());
        Succeed(breaker, 3);
        Fail(breaker, 5);
        var failedAt = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(1));
        breaker.TryAcquire(out _);

        var status = breaker.GetStatus();

        Assert.Equal(
            new CircuitStatus(CircuitState.Open, 5, 3, 5, failedAt, failedAt + Recovery, false, 1), status);
    }

    [Fact]
    public void A_call_while_closed_allocates_nothing()
    {
        var breaker = Make(new() { FailureRatio = 0.5 });
        Succeed(breaker, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Succeed(breaker, 1000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Counts_every_success_of_many_threads()
    {
        var breaker = Make(new() { FailureThreshold = 0, WindowThreshold = 1_000_000 });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                breaker.TryAcquire(out var permit);
                if (i % 10 == 0)
                    permit.Failed();
                else
                    permit.Succeeded();
            }
        })));

        Assert.Equal(18_000, breaker.GetStatus().SuccessCount);
        Assert.Equal(2_000, breaker.GetStatus().FailureCount);
    }

    private CircuitBreaker Make(CircuitBreakerOptions options) => new("a", options, _time);

    private CircuitBreaker Opened(CircuitBreakerOptions options)
    {
        var breaker = Make(options);
        Fail(breaker, 5);
        Assert.Equal(CircuitState.Open, breaker.State);
        return breaker;
    }

    private static void Succeed(CircuitBreaker breaker, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.TryAcquire(out var permit);
            permit.Succeeded();
        }
    }

    private static void Fail(CircuitBreaker breaker, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.TryAcquire(out var permit);
            permit.Failed();
        }
    }

    private static void FailBetweenSuccesses(CircuitBreaker breaker)
    {
        Succeed(breaker);
        Fail(breaker);
    }
}
