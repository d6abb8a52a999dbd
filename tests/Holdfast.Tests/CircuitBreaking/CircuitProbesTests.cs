using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

/// <summary>What a probe's permit does, and what late results and refusals leave alone.</summary>
public class CircuitProbesTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_commitment_frees_the_place_while_the_stream_is_still_running()
    {
        var breaker = HalfOpen(new(), out var stream);

        var before = breaker.TryAcquire(out _);
        stream.Committed();

        Assert.False(before);
        Assert.True(breaker.TryAcquire(out _));
    }

    [Fact]
    public void Two_commitments_close_the_circuit_and_are_told()
    {
        var breaker = HalfOpen(new(), out var first);
        var changes = new List<CircuitState>();
        breaker.StateChanged += (_, change) => changes.Add(change.To);

        first.Committed();
        var between = breaker.State;
        Assert.True(breaker.TryAcquire(out var second));
        second.Committed();

        Assert.Equal(CircuitState.HalfOpen, between);
        Assert.Equal([CircuitState.Closed], changes);
        Assert.Equal(2, breaker.GetStatus().SuccessCount);
    }

    [Fact]
    public void A_commitment_of_an_earlier_recovery_counts_for_nothing()
    {
        var breaker = HalfOpen(new() { HalfOpenProbes = 2, SuccessThreshold = 1 }, out var late);
        Assert.True(breaker.TryAcquire(out var failing));
        failing.Failed();
        _time.Advance(breaker.RetryAfter);
        Assert.True(breaker.TryAcquire(out _));

        late.Committed();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
    }

    [Fact]
    public void A_probe_whose_lifetime_is_over_says_nothing_any_more_though_nobody_took_its_place()
    {
        var breaker = HalfOpen(new(), out var probe);
        _time.Advance(breaker.Options.PermitLifetime);

        probe.Failed();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
    }

    [Fact]
    public void Tells_to_come_back_after_a_recovery_time_while_probes_are_in_flight()
    {
        var breaker = HalfOpen(new() { HalfOpenProbes = 2 }, out _);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(breaker.TryAcquire(out _));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromMinutes(1), breaker.RetryAfter);
        _time.Advance(TimeSpan.FromMinutes(8.5));
        Assert.Equal(TimeSpan.FromMinutes(0.5), breaker.RetryAfter);
    }

    [Fact]
    public void A_probe_that_was_given_back_after_its_first_token_settles_no_more()
    {
        var breaker = HalfOpen(new() { SuccessThreshold = 3 }, out var probe);
        probe.Committed();
        probe.Abandoned();

        probe.Failed();

        Assert.Equal(CircuitState.HalfOpen, breaker.State);
    }

    [Fact]
    public void A_late_failure_is_not_the_last_failure()
    {
        var breaker = Make(new() { FailureThreshold = 1 });
        breaker.TryAcquire(out var late);
        Fail(breaker);
        var failedAt = _time.GetUtcNow();

        _time.Advance(TimeSpan.FromSeconds(1));
        late.Failed();

        Assert.Equal(failedAt, breaker.GetStatus().LastFailureTime);
    }

    [Fact]
    public void A_late_success_is_not_counted()
    {
        var breaker = Make(new() { FailureThreshold = 1, SuccessThreshold = 1 });
        breaker.TryAcquire(out var late);
        Fail(breaker);
        _time.Advance(breaker.RetryAfter);
        breaker.TryAcquire(out var probe);
        probe.Succeeded();

        late.Succeeded();

        Assert.Equal((CircuitState.Closed, 1), (breaker.State, breaker.GetStatus().SuccessCount));
    }

    [Fact]
    public void A_failed_probe_is_the_last_failure()
    {
        var breaker = HalfOpen(new(), out var probe);

        probe.Failed();

        Assert.Equal(_time.GetUtcNow(), breaker.GetStatus().LastFailureTime);
    }

    [Fact]
    public void A_refused_call_that_reports_a_failure_all_the_same_counts_for_nothing()
    {
        var breaker = Make(new() { FailureThreshold = 1 });
        Fail(breaker);

        Assert.False(breaker.TryAcquire(out var refused));
        refused.Failed();

        Assert.False(refused.IsProbe);
        Assert.Equal(1, breaker.GetStatus().FailureCount);
    }

    [Fact]
    public void Only_an_open_circuit_has_a_time_of_its_next_attempt()
    {
        var closed = Make(new());
        var halfOpen = HalfOpen(new(), out _);
        var isolated = Make(new());
        isolated.Isolate();

        Assert.Null(closed.GetStatus().NextAttemptTime);
        Assert.Null(halfOpen.GetStatus().NextAttemptTime);
        Assert.Null(isolated.GetStatus().NextAttemptTime);
    }

    [Fact]
    public void A_recovery_time_that_has_just_ended_is_zero()
    {
        var breaker = Make(new() { FailureThreshold = 1 });
        Fail(breaker);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((TimeSpan.Zero, true), (breaker.RetryAfter, breaker.GetStatus().Available));
    }

    [Fact]
    public void Refuses_options_with_problems_later_too_and_keeps_the_old_ones()
    {
        var breaker = Make(new());

        Assert.Throws<ArgumentException>(() => breaker.Options = new() { SuccessThreshold = 0 });

        Assert.Equal(2, breaker.Options.SuccessThreshold);
    }

    [Fact]
    public void Refuses_what_is_null()
    {
        Assert.Throws<ArgumentNullException>("name", () => new CircuitBreaker(null!, new(), _time));
        Assert.Throws<ArgumentNullException>("options", () => new CircuitBreaker("a", null!, _time));
        Assert.Throws<ArgumentNullException>("time", () => new CircuitBreaker("a", new(), null!));
        Assert.Throws<ArgumentNullException>(() => Make(new()).Options = null!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void A_call_of_a_closed_circuit_waits_for_nobody_who_holds_the_lock(double ratio)
    {
        var time = new InterruptedClock();
        var breaker = new CircuitBreaker("a", new() { FailureThreshold = 1, FailureRatio = ratio }, time);
        Call(breaker, true);
        Assert.True(CanCallDuringStatus(), "of a new breaker");

        Call(breaker, false);
        time.Now += breaker.Options.RecoveryTimeout.Ticks;
        Call(breaker, true);
        Call(breaker, true);
        Call(breaker, true);

        Assert.True(CanCallDuringStatus(), "of one that has been open");

        bool CanCallDuringStatus()
        {
            var isThrough = false;
            time.Interruption = () =>
            {
                time.Interruption = null;
                var other = new Thread(() =>
                {
                    Call(breaker, true);
                    _ = breaker.IsAvailable;
                });
                other.Start();
                isThrough = other.Join(TimeSpan.FromSeconds(10));
            };
            breaker.GetStatus();
            return isThrough;
        }
    }

    private static void Call(CircuitBreaker breaker, bool success)
    {
        Assert.True(breaker.TryAcquire(out var permit));
        if (success)
            permit.Succeeded();
        else
            permit.Failed();
    }

    private static void Fail(CircuitBreaker breaker) => Call(breaker, false);

    private CircuitBreaker Make(CircuitBreakerOptions options) => new("a", options, _time);

    private CircuitBreaker HalfOpen(CircuitBreakerOptions options, out CircuitPermit probe)
    {
        var breaker = Make(options);
        while (breaker.State == CircuitState.Closed)
            Fail(breaker);
        _time.Advance(breaker.RetryAfter);
        Assert.True(breaker.TryAcquire(out probe));
        return breaker;
    }

    /// <summary>Whoever asks it the time, as a breaker does under its lock, first lets others do something.</summary>
    private sealed class InterruptedClock : TimeProvider
    {
        public long Now { get; set; } = 12_345;

        public Action? Interruption { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Interruption?.Invoke();
            return Now;
        }
    }
}
