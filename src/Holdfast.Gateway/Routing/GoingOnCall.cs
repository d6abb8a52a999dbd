using System.Runtime.CompilerServices;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The attempts that go on with a stream. They are as any others, but who has half of an answer does not wait longer
/// for somebody to go on than for a token: once nothing has come for as long, nobody is waited for any more, neither a
/// target that rests nor one that has just failed, nor a place in a target's line. What needs no wait is tried all the
/// same.
/// </summary>
internal sealed class GoingOnCall(RoutedCall call, IReadOnlyList<Target> targets, ReaderPatience patience)
    : IFailoverCall<DispatchResult>
{
    public Availability Look(int target)
    {
        var now = call.Look(target);
        // Without a time, nobody waits for it.
        return !now.IsAvailable && now.RetryAfter > LongestWait(targets[target]) ? Availability.Not(now.WhyNot) : now;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FailoverAttempt<DispatchResult>> AttemptAsync(
        AttemptStep step, CancellationToken cancellation)
    {
        var attempt = await call.AttemptAsync(step, cancellation);
        var target = targets[step.Target];
        var longest = LongestWait(target);
        return attempt.Outcome == Outcome.Ok || longest == TimeSpan.MaxValue ? attempt
            : attempt.ServerDelay > longest || target.Retry.BaseDelay > longest
                ? attempt with { Repeat = RepeatRule.Never }
                : attempt with { Waits = Within(longest, target.Retry) };
    }

    public TimeSpan? HedgeAfter(int target) => call.HedgeAfter(target);

    public bool TryHedge() => call.TryHedge();

    public void Discard(int target, DispatchResult answer) => call.Discard(target, answer);

    private static RetryOptions Within(TimeSpan longest, RetryOptions retry) =>
        retry.MaxDelay > longest ? retry with { MaxDelay = longest } : retry;

    /// <summary>Jitter makes some waits longer, so they must fit with it.</summary>
    private TimeSpan LongestWait(Target target)
    {
        var left = patience.LeftFor(target);
        var jitter = target.Retry.Jitter ? target.Retry.JitterFactor : 0;
        return left == TimeSpan.MaxValue ? left : left / (1 + jitter);
    }
}
