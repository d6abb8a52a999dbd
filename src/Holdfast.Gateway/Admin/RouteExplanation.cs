using System.Text.Json.Serialization;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Continuing;
using Holdfast.Gateway.Routing;
using Holdfast.Modes;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Admin;

/// <summary>The body of <c>POST /admin/routes/explain</c>.</summary>
/// <param name="Model">What a caller would send.</param>
/// <param name="Strategy">What a caller would send as <c>x-holdfast-strategy</c>; null: the route's.</param>
internal sealed record ExplainRequest(string? Model = null, string? Strategy = null);

/// <summary>What a call of a model would do now.</summary>
/// <param name="Model">What the caller sends.</param>
/// <param name="Route">The configured name; null for <c>provider/model</c> that goes to its target directly.</param>
/// <param name="Strategy">In one word.</param>
/// <param name="Order">
/// How sure the order is: <c>exact</c>; <c>likeliest</c> where a call draws by weight, or a target ramps up again;
/// <c>any</c> where every order is as likely.
/// </param>
/// <param name="Launch"><c>onFailure</c>, <c>race</c> or <c>hedged</c>.</param>
/// <param name="MaxConcurrent">Targets that are tried side by side.</param>
/// <param name="Hedge">Null without hedging, as in every mode but the normal one.</param>
/// <param name="CallTimeoutMs">The whole call's limit.</param>
/// <param name="ContinueStreams">A stream that breaks goes on at another target.</param>
/// <param name="MaxRetries">Repeats on targets that were tried before.</param>
/// <param name="Targets">In the order of a call, which passes over those that aren't available.</param>
internal sealed record RouteExplanation(
    string Model,
    string? Route,
    string Strategy,
    string Order,
    string Launch,
    int MaxConcurrent,
    HedgeExplanation? Hedge,
    double CallTimeoutMs,
    int MaxRetries,
    bool ContinueStreams,
    IReadOnlyList<TargetExplanation> Targets)
{
    public static RouteExplanation Of(
        string model, Route route, FailoverStrategy strategy, TargetOrder orders, OperationMode mode)
    {
        var launch = RouteOrder.LaunchFor(strategy, route);
        if (launch.MayHedge && mode != OperationMode.Normal)
        {
            launch = FailoverLaunch.OnFailure;
        }

        var shares = strategy == FailoverStrategy.Weighted
            ? RouteOrder.SharesOf(route, orders).ToDictionary(entry => entry.Target, entry => entry.Share)
            : null;
        // Where there is little hope, a call goes last, whatever the strategy says.
        var targets = RouteOrder.LikeliestFor(strategy, route, orders)
            .Select(target => (Target: target, Now: TargetAvailability.Of(target)))
            .OrderBy(entry => entry.Now.IsLastResort).ToList();
        return new RouteExplanation(
            model,
            route.Targets.All(target => target.Priority is null) ? null : route.Name,
            strategy.ToString().ToLowerInvariant(),
            OrderWord(strategy, route),
            launch.AtOnce > 1 ? "race" : launch.MayHedge ? "hedged" : "onFailure",
            launch.AtOnce,
            launch.MayHedge ? HedgeExplanation.Of(route.Hedge!, targets[0].Target) : null,
            route.CallTimeout.TotalMilliseconds,
            route.Retry.MaxRetries,
            route.ContinueStreams,
            [.. targets.Select((entry, position) => TargetExplanation.Of(
                entry.Target, entry.Now, position + 1, shares?[entry.Target]) with
            {
                Continues = route.ContinueStreams
                    ? ContinuationWays.Of(entry.Target.Provider, entry.Target.Model).Word()
                    : null,
            })]);
    }

    private static string OrderWord(FailoverStrategy strategy, Route route) =>
        route.Targets.Count == 1 ? "exact"
        : strategy == FailoverStrategy.Random ? "any"
        : strategy == FailoverStrategy.Weighted || route.Targets.Any(target => target.State.Ramp.Share < 1)
            ? "likeliest" : "exact";
}

/// <summary>When a second target would be tried beside a slow first.</summary>
/// <param name="AfterMs">Null while too little is known of the first target.</param>
/// <param name="Percentile">Of the first target's latency; null: a fixed time.</param>
/// <param name="MaxShare">The share of calls that may be hedged.</param>
internal sealed record HedgeExplanation(double? AfterMs, double? Percentile, double MaxShare)
{
    public static HedgeExplanation Of(HedgeOptions hedge, Target first) =>
        new(hedge.DelayFor(first.State.Statistics)?.TotalMilliseconds, hedge.Percentile, hedge.MaxShare);
}

/// <summary>One target of a route, and whether a call would try it now.</summary>
internal sealed record TargetExplanation
{
    public required int Position { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    /// <summary>Absent when the target is addressed directly.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required int? Priority { get; init; }

    public required double Weight { get; init; }

    /// <summary>The probability of coming first; weighted only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required double? Share { get; init; }

    public required bool Available { get; init; }

    /// <summary>
    /// Available, but only after all others: every key that isn't held was refused, or the call would have to wait.
    /// </summary>
    public required bool LastResort { get; init; }

    /// <summary>The outcome word that a call would show for it; null when it is available.</summary>
    public required string? Why { get; init; }

    /// <summary>How long that lasts; null when it is available, or nobody knows.</summary>
    public required double? RetryAfterMs { get; init; }

    public required string State { get; init; }

    /// <summary>
    /// How it would go on with a stream that broke elsewhere: <c>prefix</c> or <c>instruction</c>; absent where the
    /// route says that none goes on.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required string? Continues { get; init; }

    public required KeysExplanation Keys { get; init; }

    public required StatisticsExplanation Statistics { get; init; }

    public required TimeoutsExplanation Timeouts { get; init; }

    /// <summary>Null while nothing is limited.</summary>
    public required AdmissionReport? Admission { get; init; }

    public static TargetExplanation Of(Target target, Availability now, int position, double? share) => new()
    {
        Position = position,
        Provider = target.Provider.Name,
        Model = target.Model,
        Priority = target.Priority,
        Weight = target.Weight,
        Share = share,
        Available = now.IsAvailable,
        LastResort = now.IsLastResort,
        Why = now.IsAvailable ? null : TargetAvailability.SkippedAs(now.WhyNot).Word(),
        RetryAfterMs = now.RetryAfter > TimeSpan.Zero && now.RetryAfter < TimeSpan.MaxValue
            ? now.RetryAfter.TotalMilliseconds
            : null,
        State = target.State.Breaker.State.Word(),
        Continues = null,
        Keys = KeysExplanation.Of(target.Keys),
        Statistics = StatisticsExplanation.Of(target.State.Statistics.GetSnapshot()),
        Timeouts = TimeoutsExplanation.Of(target.LimitsNow()),
        Admission = AdmissionReport.Of(target.State.Admission.GetStatus(), target.State.Admission.Refusals),
    };
}

/// <summary>How many keys a provider has; the keys themselves are never shown.</summary>
internal sealed record KeysExplanation(int Total, int Held, int Marked)
{
    public static KeysExplanation Of(KeyRing keys) =>
        new(keys.Count, keys.Keys.Count(keys.IsHeld), keys.Keys.Count(key => key.IsMarked));
}

/// <summary>
/// What is known of a target. The rate is null while no recent attempt was a success or a failure, the times while it
/// has never answered: attempts that were called off, as a race's losers are, say nothing of either.
/// </summary>
internal sealed record StatisticsExplanation(
    long RequestCount, long Cancelled, double? SuccessRate, double? AverageResponseTimeMs, double? P50Ms,
    double? P95Ms, double? P99Ms)
{
    public static StatisticsExplanation Of(TargetStatisticsSnapshot known) => new(
        known.RequestCount, known.CancelledCount, known.SuccessRate, known.AverageResponseTime?.TotalMilliseconds,
        Milliseconds(known.P50), Milliseconds(known.P95), Milliseconds(known.P99));

    private static double? Milliseconds(TimeSpan time) => time == TimeSpan.Zero ? null : time.TotalMilliseconds;
}

/// <summary>The limits for an attempt that starts now; 0: no limit.</summary>
internal sealed record TimeoutsExplanation(
    double ConnectMs, double FirstTokenMs, double IdleMs, double MinThroughput, double AttemptMs, bool Adaptive)
{
    public static TimeoutsExplanation Of(TimeoutOptions now) => new(
        now.Connect.TotalMilliseconds, now.FirstToken.TotalMilliseconds, now.Idle.TotalMilliseconds,
        now.MinThroughput, now.Attempt.TotalMilliseconds, now.Adaptive);
}
