using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/Failover.md.</summary>
public class FailoverExamplesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Backoff _backoff = new(new Random(7));

    [Fact]
    public async Task A_call_goes_on_to_the_next_server()
    {
        Server[] servers = [Fails(Outcome.ServerError), Answers()];

        var (outcome, attempts) = await CallAsync(servers, CancellationToken.None);

        Assert.Equal((Outcome.Ok, 2), (outcome, attempts));
        Assert.Equal(1, servers[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task One_budget_bounds_the_repeats_over_all_servers()
    {
        Server[] servers = [Fails(Outcome.Refused), Fails(Outcome.Timeout)];

        var call = CallAsync(servers, CancellationToken.None);
        while (!call.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        var (outcome, attempts) = await call;
        Assert.Equal((Outcome.Timeout, 4), (outcome, attempts));
    }

    [Fact]
    public async Task The_callers_own_mistake_ends_the_call()
    {
        Server[] servers = [Fails(Outcome.CallerError), Answers()];

        var (outcome, attempts) = await CallAsync(servers, CancellationToken.None);

        Assert.Equal((Outcome.CallerError, 1), (outcome, attempts));
    }

    private Server Answers() => Fails(Outcome.Ok);

    private Server Fails(Outcome outcome) => new(
        new CircuitBreaker("server", new CircuitBreakerOptions(), _time), _ => Task.FromResult(outcome));

    #region AttemptPlan
    private sealed record Server(CircuitBreaker Breaker, Func<CancellationToken, Task<Outcome>> TryAsync);

    private async Task<(Outcome Outcome, int Attempts)> CallAsync(Server[] servers, CancellationToken cancellation)
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(30), _time);
        var plan = new AttemptPlan(servers.Length, new RetryOptions { MaxRetries = 2 }, _backoff);
        var last = Outcome.CircuitOpen;
        while (true)
        {
            var step = plan.Next(servers, static (all, i) => AvailabilityOf(all[i]), deadline.Remaining);
            if (step.Kind == AttemptStepKind.GiveUp)
                return (last, plan.Attempts);
            if (step.Kind == AttemptStepKind.WaitThenTry)
                await Task.Delay(step.Delay, _time, cancellation);

            var server = servers[step.Target];
            if (!server.Breaker.TryAcquire(out var permit))
            {
                plan.Report(step.Target, Outcome.CircuitOpen);
                continue;
            }

            last = await server.TryAsync(cancellation);
            permit.Settle(last);
            if (last == Outcome.Ok)
                return (last, plan.Attempts);
            plan.Report(step.Target, last);
        }
    }

    private static Availability AvailabilityOf(Server server) => server.Breaker.IsAvailable
        ? Availability.Now
        : Availability.Not(Outcome.CircuitOpen, server.Breaker.RetryAfter);
    #endregion
}
