using Holdfast.Failover;

namespace Holdfast.Gateway.Routing;

/// <summary>Which of a route's targets a call tries first, and how many at once: order × launch.</summary>
internal static class RouteOrder
{
    private const int MostOnStack = 64;

    /// <summary>
    /// The route's targets in the order for one call. A target that ramps up again after an outage leads only its share
    /// of the calls; in the others it is tried last, never left out.
    /// </summary>
    public static IReadOnlyList<Target> For(FailoverStrategy strategy, Route route, TargetOrder orders)
    {
        var targets = route.Targets;
        if (targets.Count == 1)
        {
            return targets;
        }

        return strategy switch
        {
            FailoverStrategy.Sequential or FailoverStrategy.Parallel => Ramped(targets),
            FailoverStrategy.Fastest => Ramped(Ordered(targets, orders, static (_, candidates, order) =>
                TargetOrder.ByLatency(candidates, order))),
            FailoverStrategy.Weighted => Ramped(Ordered(targets, orders, static (by, candidates, order) =>
                by.ByWeight(candidates, order))),
            FailoverStrategy.Random => Ramped(Ordered(targets, orders, static (by, candidates, order) =>
                by.Shuffled(candidates, order))),
            _ => throw new ArgumentOutOfRangeException(nameof(strategy), strategy, null),
        };
    }

    /// <summary>Fastest starts all targets, parallel as many as allowed; the others one, and perhaps a hedge.</summary>
    public static FailoverLaunch LaunchFor(FailoverStrategy strategy, Route route) => strategy switch
    {
        FailoverStrategy.Parallel => FailoverLaunch.Race(Math.Min(route.MaxConcurrent, route.Targets.Count)),
        FailoverStrategy.Fastest => FailoverLaunch.Race(route.Targets.Count),
        _ when route.Hedge is not null && route.Targets.Count > 1 => FailoverLaunch.Hedged,
        _ => FailoverLaunch.OnFailure,
    };

    /// <summary>
    /// The order that a call would most likely find now, without drawing and without a trace: by share where weights
    /// draw, as configured where every order is as likely, and what ramps up behind the others while its share is less
    /// than half.
    /// </summary>
    public static IReadOnlyList<Target> LikeliestFor(FailoverStrategy strategy, Route route, TargetOrder orders)
    {
        IReadOnlyList<Target> targets = strategy switch
        {
            FailoverStrategy.Fastest => Ordered(route.Targets, orders, static (_, candidates, order) =>
                TargetOrder.ByLatency(candidates, order)),
            FailoverStrategy.Weighted => [.. SharesOf(route, orders).OrderByDescending(entry => entry.Share)
                .Select(entry => entry.Target)],
            _ => route.Targets,
        };
        return [.. targets.OrderBy(target => target.State.Ramp.Share < 0.5)];
    }

    /// <summary>The probability with which the weighted strategy puts each target first.</summary>
    public static IReadOnlyList<(Target Target, double Share)> SharesOf(Route route, TargetOrder orders)
    {
        var shares = new double[route.Targets.Count];
        orders.Shares(Candidates(route.Targets), shares);
        return [.. route.Targets.Zip(shares)];
    }

    private static Target[] Ordered(
        IReadOnlyList<Target> targets, TargetOrder orders, Action<TargetOrder, TargetCandidate[], int[]> by)
    {
        var order = new int[targets.Count];
        by(orders, Candidates(targets), order);
        return [.. order.Select(index => targets[index])];
    }

    private static TargetCandidate[] Candidates(IReadOnlyList<Target> targets)
    {
        var candidates = new TargetCandidate[targets.Count];
        for (var i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new TargetCandidate(i, 0, targets[i].Weight, targets[i].State.Statistics);
        }

        return candidates;
    }

    /// <summary>The same list while nobody ramps, which is nearly always.</summary>
    private static IReadOnlyList<Target> Ramped(IReadOnlyList<Target> targets)
    {
        var isRamping = false;
        for (var i = 0; i < targets.Count && !isRamping; i++)
        {
            isRamping = targets[i].State.Ramp.Share < 1;
        }

        if (!isRamping || targets.Count > MostOnStack)
        {
            return targets;
        }

        var preferred = targets.ToLookup(target => target.State.Ramp.Prefers());
        return [.. preferred[true], .. preferred[false]];
    }
}
