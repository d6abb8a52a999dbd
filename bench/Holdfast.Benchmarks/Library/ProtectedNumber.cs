using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Benchmarks.Library;

/// <summary>
/// A number that is there at once, behind breaker, timeout and retry, as <see cref="FailoverLoop"/> runs it.
/// </summary>
internal readonly struct ProtectedNumber(
    CircuitBreaker[] breakers, TimeoutOptions timeouts, Deadline deadline, int number, TimeSpan? hedgeAfter)
    : IFailoverCall<int>
{
    private static readonly RetryOptions Retry = new();
    private static readonly TimeoutOptions Timeouts = new();
    private static readonly Backoff Backoff = new(new Random(1));

    public static async ValueTask<int> CallAsync(
        CircuitBreaker[] breakers, FailoverLaunch launch, int number, TimeSpan? hedgeAfter = null)
    {
        var deadline = Deadline.After(Timeouts.Call, TimeProvider.System);
        using var plan = AttemptPlan.Rent(breakers.Length, Retry, Backoff);
        var call = new ProtectedNumber(breakers, Timeouts, deadline, number, hedgeAfter);
        var result = await FailoverLoop.RunAsync<ProtectedNumber, int>(
            call, plan, launch, deadline, TimeProvider.System, CancellationToken.None);
        result.Lifetime?.Dispose();
        return result.IsSuccess ? result.Answer : -1;
    }

    /// <summary>A breaker whose target works.</summary>
    public static CircuitBreaker Closed() => new("target", new CircuitBreakerOptions(), TimeProvider.System);

    /// <summary>A breaker whose target fails.</summary>
    public static CircuitBreaker Open()
    {
        var breaker = Closed();
        while (breaker.TryAcquire(out var permit))
        {
            permit.Failed();
        }

        return breaker;
    }

    public Availability Look(int target) => breakers[target].RetryAfter is { Ticks: > 0 } wait
        ? Availability.Not(Outcome.CircuitOpen, wait)
        : Availability.Now;

    public async ValueTask<FailoverAttempt<int>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
    {
        if (!breakers[step.Target].TryAcquire(out var permit))
        {
            return new FailoverAttempt<int>(Outcome.CircuitOpen);
        }

        using var clock = new AttemptClock(
            TimeProvider.System, timeouts, streaming: false, deadline, cancellation, lendToken: true);
        var answer = await OperationAsync(number, clock.Token);
        permit.Succeeded();
        return new FailoverAttempt<int>(Outcome.Ok, answer);
    }

    public TimeSpan? HedgeAfter(int target) => hedgeAfter;

    public bool TryHedge() => true;

    public void Discard(int target, int answer)
    {
        // A number holds nothing.
    }

    private static ValueTask<int> OperationAsync(int answer, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? ValueTask.FromResult(-1) : ValueTask.FromResult(answer);
}
