using System.Runtime.CompilerServices;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Continuing;
using Holdfast.Modes;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The whole story of a call, from its route to the answer that won:
/// <list type="number">
/// <item>one deadline and one retry budget for the call, however many targets there are;</item>
/// <item>the strategy puts the targets into their order for this call;</item>
/// <item>
/// the loop takes one after the other, several at once, or a second one beside a slow first: see
/// <see cref="FailoverLaunch"/>; untried targets come before repeats, while budget and deadline last;
/// </item>
/// <item>each attempt is <see cref="RoutedCall"/>'s: permit, key, clocks, the provider's answer or its failure;</item>
/// <item>an answer, or a stream at its first token, is handed over; nothing has reached the caller before;</item>
/// <item>
/// a stream that breaks after that goes on elsewhere where its route says so: see <see cref="ContinuedStream"/>;
/// </item>
/// <item>when nothing is left, the failures decide what the caller hears: see <see cref="CallEnding"/>.</item>
/// </list>
/// </summary>
internal sealed class Dispatcher(ProviderClient client, Backoff backoff, TargetOrder orders, OperationModes modes,
    TimeProvider time)
{
    /// <summary>The end of a call that begins now: the caller's limit or the route's, whichever is sooner.</summary>
    public Deadline DeadlineOf(CallRequest call, Route route) => Deadline.After(
        DeadlineIsCallers(call, route) ? call.CallerTimeout!.Value : route.CallTimeout, time);

    /// <summary>The caller's limit is the sooner one.</summary>
    public static bool DeadlineIsCallers(CallRequest call, Route route) => call.CallerTimeout < route.CallTimeout;

    /// <summary>Runs the call. Every attempt is in <paramref name="record"/> when it returns.</summary>
    /// <param name="call">The call.</param>
    /// <param name="route">Where it may go.</param>
    /// <param name="record">The call's account.</param>
    /// <param name="callerGone">Struck when nobody waits for the answer any more.</param>
    /// <param name="deadline">Where it runs already, because the call has waited; none: it begins now.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DispatchResult> DispatchAsync(CallRequest call, Route route, CallRecord record,
        CancellationToken callerGone, Deadline deadline = default)
    {
        // 1. One deadline, one budget.
        deadline = deadline.IsNone ? DeadlineOf(call, route) : deadline;
        using var plan = AttemptPlan.Rent(route.Targets.Count, route.Retry, backoff);

        // 2. The order, and when the next one starts.
        var strategy = call.Strategy ?? route.Strategy;
        var targets = RouteOrder.For(strategy, route, orders);
        var launch = RouteOrder.LaunchFor(strategy, route);
        record.Primary = (targets[0].Provider.Name, targets[0].Model);
        route.HedgeBudget?.CallStarted();

        // 3. and 4. The loop makes the attempts.
        var overlaps = launch != FailoverLaunch.OnFailure;
        var routed = new RoutedCall(call, route, targets, plan, record, deadline, client, time, modes, overlaps);
        var result = await FailoverLoop.RunAsync<RoutedCall, DispatchResult>(
            routed, plan, launch, deadline, time, callerGone);
        var ownTime = routed.OwnTime;
        record.Waited += ownTime < result.Waited ? result.Waited - ownTime : TimeSpan.Zero;
        record.Hedges = result.Hedges;
        record.WentOn = result.WentOn;

        // 5. What has won is handed over.
        if (result.IsSuccess)
        {
            var won = HandOver(result, record);
            return MayBreak(won, route, call)
                ? Continuing(won, new StreamContinuation(call, route, record, deadline, callerGone, client, backoff,
                    orders, modes, time), call)
                : won;
        }

        // 6. Or what the caller hears instead.
        return routed.GiveUp(callerGone.IsCancellationRequested);
    }

    private static bool MayBreak(in DispatchResult won, Route route, CallRequest call) =>
        route.ContinueStreams && won.Stream is { Head: null } && call.Passed is null && route.Targets.Count > 1;

    /// <summary>Its text is kept from now on, so that another target can go on with it.</summary>
    private DispatchResult Continuing(in DispatchResult won, StreamContinuation next, CallRequest call) =>
        ToldStreams.For(call, client.Options.MaxContinuedBytes) is { } told
            ? won with { Continued = new ContinuedStream(won.Stream!, told, next) }
            : won;

    private static DispatchResult HandOver(in FailoverResult<DispatchResult> result, CallRecord record)
    {
        var answer = result.Answer;
        record.Won(answer.Attempt!);
        record.Outcome = Outcome.Ok;
        record.FellBack = result.FellBack;
        record.ProviderRequestId = answer.RequestId;
        record.Usage = answer.Answer?.Usage ?? default;
        if (answer.Stream is { } lease)
        {
            lease.Owns(result.Lifetime);
        }
        else
        {
            result.Lifetime?.Dispose();
        }

        return answer;
    }
}
