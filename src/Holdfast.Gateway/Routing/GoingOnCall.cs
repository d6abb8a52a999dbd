using System.Runtime.CompilerServices;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The attempts that go on with a stream. They are as any others, but who has half of an answer does not wait longer
/// for somebody to go on than for a token: once nothing has come for as long, nobody is waited for any more, neither a
/// target that rests nor one that has just failed. What needs no wait is tried all the same.
/// </summary>
internal sealed class GoingOnCall(RoutedCall call, IReadOnlyList<Target> targets, TimeProvider time)
    : IFailoverCall<DispatchResult>
{
    private readonly long _since = time.GetTimestamp();

    public Availability Look(int target)
    {
        var now = call.Look(target);
        // Without a time, nobody waits for it.
        return !now.IsAvailable && now.RetryAfter > PatienceWith(targets[target]) ? Availability.Not(now.WhyNot) : now;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FailoverAttempt<DispatchResult>> AttemptAsync(
        AttemptStep step, CancellationToken cancellation)
    {
        var attempt = await call.AttemptAsync(step, cancellation);
        var target = targets[step.Target];
        var patience = PatienceWith(target);
        return attempt.Outcome == Outcome.Ok || patience == TimeSpan.MaxValue ? attempt
            : attempt.ServerDelay > patience || target.Retry.BaseDelay > patience
                ? attempt with { Repeat = RepeatRule.Never }
                : attempt with { Waits = Within(patience, target.Retry) };
    }

    public TimeSpan? HedgeAfter(int target) => call.HedgeAfter(target);

    public bool TryHedge() => call.TryHedge();

    public void Discard(int target, DispatchResult answer) => call.Discard(target, answer);

    private static RetryOptions Within(TimeSpan patience, RetryOptions retry) =>
        retry.MaxDelay > patience ? retry with { MaxDelay = patience } : retry;

    /// <summary>What is left of it; jitter makes some waits longer, so they must fit with it.</summary>
    private TimeSpan PatienceWith(Target target)
    {
        if (target.Timeouts.Idle is not { Ticks: > 0 } idle)
        {
            return TimeSpan.MaxValue;
        }

        var left = idle - time.GetElapsedTime(_since);
        var jitter = target.Retry.Jitter ? target.Retry.JitterFactor : 0;
        return left > TimeSpan.Zero ? left / (1 + jitter) : TimeSpan.Zero;
    }
}
