using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

/// <summary>What a breaker with a window or a ratio remembers, and what it has forgotten.</summary>
public class CircuitWindowTests
{
    private static readonly CircuitBreakerOptions ThreeInTheWindow =
        new() { FailureThreshold = 0, WindowThreshold = 3 };

    private static readonly CircuitBreakerOptions HalfOfFour =
        new() { FailureThreshold = 0, FailureRatio = 0.5, MinimumCalls = 4 };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Stays_closed_below_the_ratio_however_many_the_calls()
    {
        var breaker = Make(HalfOfFour);

        Settle(breaker, true, 8);
        Settle(breaker, false, 7);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Failures_before_the_opening_are_forgotten_when_the_circuit_closes()
    {
        var breaker = Make(ThreeInTheWindow);
        Settle(breaker, false, 3);
        Recover(breaker);

        Settle(breaker, false, 2);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Successes_before_the_opening_are_forgotten_when_the_circuit_closes()
    {
        var breaker = Make(HalfOfFour);
        Settle(breaker, true, 2);
        Settle(breaker, false, 2);
        Recover(breaker);

        Settle(breaker, false, 2);
        var withTwoCalls = breaker.State;
        Settle(breaker, false, 2);

        Assert.Equal(CircuitState.Closed, withTwoCalls);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void A_longer_period_holds_from_now_on_for_what_was_counted_before()
    {
        var breaker = Make(ThreeInTheWindow);
        _time.Advance(TimeSpan.FromMinutes(10));
        Settle(breaker, false, 2);

        breaker.Options = ThreeInTheWindow with { MonitoringPeriod = TimeSpan.FromMinutes(5) };
        _time.Advance(TimeSpan.FromMinutes(4));
        Settle(breaker, false);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void A_shorter_period_forgets_what_lies_before_it()
    {
        var breaker = Make(ThreeInTheWindow);
        Settle(breaker, false, 2);
        _time.Advance(TimeSpan.FromMinutes(1));

        breaker.Options = ThreeInTheWindow with { MonitoringPeriod = TimeSpan.FromSeconds(30) };
        Settle(breaker, false);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void Successes_count_on_when_the_period_changes()
    {
        var breaker = Make(HalfOfFour);
        Settle(breaker, true, 2);

        breaker.Options = HalfOfFour with { MonitoringPeriod = TimeSpan.FromMinutes(5) };
        Settle(breaker, false, 2);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Other_options_with_the_same_period_keep_what_was_counted()
    {
        var breaker = Make(ThreeInTheWindow);
        Settle(breaker, false, 2);

        breaker.Options = ThreeInTheWindow with { SuccessThreshold = 1 };
        Settle(breaker, false);

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void A_window_that_is_turned_on_later_begins_empty()
    {
        var breaker = Make(new() { FailureThreshold = 0 });
        Settle(breaker, false, 10);

        breaker.Options = ThreeInTheWindow;
        Settle(breaker, false, 2);
        var afterTwo = breaker.State;
        Settle(breaker, false);

        Assert.Equal(CircuitState.Closed, afterTwo);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Failures_ahead_of_a_clock_that_went_back_do_not_count()
    {
        var breaker = Make(ThreeInTheWindow);
        _time.Advance(TimeSpan.FromMinutes(1));
        Settle(breaker, false, 2);

        _time.GoBack(TimeSpan.FromSeconds(30));
        Settle(breaker, false);

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    private CircuitBreaker Make(CircuitBreakerOptions options) => new("a", options, _time);

    private void Recover(CircuitBreaker breaker)
    {
        Assert.Equal(CircuitState.Open, breaker.State);
        _time.Advance(breaker.RetryAfter);
        Settle(breaker, true, 2);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    private static void Settle(CircuitBreaker breaker, bool success, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit));
            if (success)
                permit.Succeeded();
            else
                permit.Failed();
        }
    }
}
