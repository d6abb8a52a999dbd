using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

public class CircuitEventsTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Tells_each_change_of_state_in_order()
    {
        var breaker = Make();
        var changes = new List<(CircuitState, CircuitState)>();
        breaker.StateChanged += (_, change) => changes.Add((change.From, change.To));

        Settle(breaker, false);
        _time.Advance(breaker.RetryAfter);
        Settle(breaker, true);
        Settle(breaker, true);
        breaker.Isolate();
        breaker.Isolate();
        breaker.Reset();
        breaker.Reset();

        Assert.Equal(
            [
                (CircuitState.Closed, CircuitState.Open),
                (CircuitState.Open, CircuitState.HalfOpen),
                (CircuitState.HalfOpen, CircuitState.Closed),
                (CircuitState.Closed, CircuitState.Isolated),
                (CircuitState.Isolated, CircuitState.Closed),
            ],
            changes);
    }

    [Fact]
    public void A_listener_that_throws_breaks_neither_the_call_nor_the_others()
    {
        var breaker = Make();
        var told = 0;
        Exception? thrown = null;
        breaker.StateChanged += (_, _) => throw new InvalidOperationException("no");
        breaker.StateChanged += (_, _) => told++;
        breaker.ListenerFailed += (_, exception) => thrown = exception;

        Settle(breaker, false);

        Assert.Equal(1, told);
        Assert.Equal("no", thrown?.Message);
    }

    [Fact]
    public async Task Listeners_are_called_outside_the_lock()
    {
        var breaker = Make();
        CircuitState? seen = null;
        var done = new TaskCompletionSource();
        breaker.StateChanged += (_, _) =>
        {
            // Another thread would wait for ever if this one held the lock.
            var other = new Thread(() => seen = breaker.State);
            other.Start();
            other.Join(TimeSpan.FromSeconds(10));
            done.SetResult();
        };

        Settle(breaker, false);
        await done.Task;

        Assert.Equal(CircuitState.Open, seen);
    }

    private CircuitBreaker Make() => new("a", new() { FailureThreshold = 1 }, _time);

    private static void Settle(CircuitBreaker breaker, bool success)
    {
        Assert.True(breaker.TryAcquire(out var permit));
        if (success)
            permit.Succeeded();
        else
            permit.Failed();
    }
}
