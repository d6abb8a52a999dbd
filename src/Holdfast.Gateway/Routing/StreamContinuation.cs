using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Continuing;
using Holdfast.Modes;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Finds who goes on with a call's stream that broke: a run of the same loop, by the same strategy, below the same
/// deadline, over the targets at which it has not been cut. A target that failed before its first token may be asked
/// once more as long as the call's one budget of retries lasts; so there are never more attempts than without a cut,
/// but for one at each target that takes over.
/// </summary>
internal sealed class StreamContinuation(CallRequest call, Route route, CallRecord record, Deadline deadline,
    CancellationToken callerGone, ProviderClient client, Backoff backoff, TargetOrder orders, OperationModes modes,
    TimeProvider time)
{
    private bool _wantsThoughts;
    private int _again;

    /// <summary>How often somebody has gone on.</summary>
    public int Count { get; private set; }

    /// <summary>What the request takes where its provider didn't say, by an estimate.</summary>
    public long EstimatedInput => ToldAnswer.TokensOf(call.Body.Length);

    public ContinuationWay WayOf(Target target) =>
        ContinuationWays.Of(target.Provider, target.Model, _wantsThoughts);

    /// <summary>What the caller hears of all tokens, and the log.</summary>
    public void Book(in Usage usage) => record.Usage = usage;

    /// <summary>The call ends as one whose stream broke.</summary>
    public void Break() => record.Outcome = Outcome.Cut;

    /// <summary>The stream that goes on, at its first token; or why the call ends, null: as it broke.</summary>
    public async ValueTask<(AttemptLease? Lease, ProviderFault? Ended)> GoOnAsync(ReadOnlyMemory<byte> text)
    {
        var targets = Left();
        if (targets.Count == 0 || ContinuedRequest.Obstacle(call, out _wantsThoughts) is not null)
        {
            return default;
        }

        var told = new ToldAnswer(text.ToArray(), _wantsThoughts, ToldAnswer.TokensOf(text.Length));
        var strategy = call.Strategy ?? route.Strategy;
        var retry = route.Retry with { MaxRetries = Math.Max(0, route.Retry.MaxRetries - record.Repeats - _again) };
        using var plan = AttemptPlan.Rent(targets.Count, retry, backoff);
        var launch = RouteOrder.LaunchFor(strategy, route);
        var patience = new ReaderPatience(time);
        var routed = new RoutedCall(call.GoingOn(told), route, targets, plan, record, deadline, client, time, modes,
            overlaps: launch != FailoverLaunch.OnFailure, patience);
        var result = await FailoverLoop.RunAsync<GoingOnCall, DispatchResult>(
            new GoingOnCall(routed, targets, patience), plan, launch, deadline, time, callerGone);
        record.Hedges += result.Hedges;
        if (result.Answer.Stream is not { } lease)
        {
            return (null, Ended(routed));
        }

        lease.Owns(result.Lifetime);
        Count++;
        record.Continuations = Count;
        record.Won(result.Answer.Attempt!);
        record.FellBack = true;
        record.WentOn = true;
        CallSpans.Continued(record.Span, result.Answer.Attempt!);
        return (lease, null);
    }

    /// <summary>The trail tells of those that were passed over; what ended the call is the cut, not their answers.
    /// </summary>
    private ProviderFault? Ended(RoutedCall routed)
    {
        routed.GiveUp(callerGone.IsCancellationRequested);
        record.Error = null;
        if (callerGone.IsCancellationRequested || deadline.HasPassed)
        {
            record.Outcome = Outcome.Cancelled;
            return Faults.Struck(callerGone.IsCancellationRequested ? TimeoutKind.None : TimeoutKind.Call);
        }

        record.Outcome = Outcome.Cut;
        return null;
    }

    /// <summary>In the strategy's order, those that were not tried first.</summary>
    private List<Target> Left()
    {
        var left = new List<Target>();
        var tried = new List<Target>();
        foreach (var target in RouteOrder.For(call.Strategy ?? route.Strategy, route, orders))
        {
            var theirs = record.Attempts.Where(attempt => attempt.WasSent
                && attempt.Provider == target.Provider.Name && attempt.Model == target.Model).ToList();
            if (theirs.TrueForAll(attempt => attempt.Outcome == Outcome.Cancelled))
            {
                left.Add(target);
            }
            else if (theirs.TrueForAll(attempt => target.Retry.RuleFor(attempt.Outcome) != RepeatRule.Never))
            {
                tried.Add(target);
            }
        }

        var again = Math.Clamp(route.Retry.MaxRetries - record.Repeats - _again, 0, tried.Count);
        _again += again;
        left.AddRange(tried.Take(again));
        return left;
    }
}
