using Holdfast.Gateway.Health;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>The targets whose health is watched: each once, however many routes name it.</summary>
internal static class WatchedTargets
{
    public static IReadOnlyList<WatchedTarget> Of(RouteTable routes) =>
    [
        .. routes.Routes.SelectMany(route => route.Targets.Select(target => (Route: route.Name, Target: target)))
            .GroupBy(named => named.Target.State)
            .Select(group => new WatchedTarget(
                group.First().Target.Provider,
                group.Key.Model,
                Strictest([.. group.Select(named => named.Target.HealthCheck)]),
                group.Key.Breaker,
                [.. group.Where(named => named.Target.IsProtected).Select(named => named.Route).Distinct()])),
    ];

    /// <summary>
    /// Where routes say different things of one target, it is checked as often as the most watchful wants it, and it
    /// is critical when it is so for any of them.
    /// </summary>
    private static HealthCheckOptions Strictest(IReadOnlyList<HealthCheckOptions> checks)
    {
        var watchful = checks.Where(check => check.Interval > TimeSpan.Zero).MinBy(check => check.Interval);
        return (watchful ?? checks[0]) with { Critical = checks.Any(check => check.Critical) };
    }
}
