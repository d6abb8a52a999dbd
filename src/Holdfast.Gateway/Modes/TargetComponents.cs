using Holdfast.Gateway.Health;
using Holdfast.Health;
using Holdfast.Modes;

namespace Holdfast.Gateway.Modes;

/// <summary>
/// Derives the mode from the health of the targets. A critical target that is unavailable is an emergency; a provider
/// none of whose models works degrades the whole, and is of high severity when it leaves a route with nothing; a route
/// with nothing left although its providers work is of high severity, too. What somebody took out by hand counts as
/// nobody's failure, and what only plain proxies name marks nothing. What only one caller has seen fail is noted and no
/// more, see <see cref="FailureWitnesses"/>. What it has marked it takes back by itself.
/// </summary>
internal sealed class TargetComponents
{
    /// <summary>What the names of derived components begin with; no hand marks those.</summary>
    public static readonly IReadOnlyList<string> Prefixes = ["provider:", "route:", "target:"];

    private readonly TargetMonitor _health;
    private readonly OperationModes _modes;
    private readonly Lock _deriving = new();
    private readonly HashSet<string> _marked = new(StringComparer.Ordinal);
    private bool _isAutomatic = true;

    public TargetComponents(TargetMonitor health, OperationModes modes)
    {
        (_health, _modes) = (health, modes);
        health.Changed += _ => Derive();
        health.Confirmed += Derive;
    }

    /// <summary>Goes on with other options, and with the targets that are watched now.</summary>
    public void Use(OperationModeOptions options)
    {
        lock (_deriving)
        {
            _isAutomatic = options.Automatic;
        }

        _modes.Options = options.ToModeOptions();
        Derive();
    }

    private void Derive()
    {
        lock (_deriving)
        {
            var found = _isAutomatic ? Find() : [];
            foreach (var name in _marked.Where(name => !found.ContainsKey(name)).ToList())
            {
                _marked.Remove(name);
                _modes.MarkHealthy(name);
            }

            foreach (var (name, (severity, reason)) in found)
            {
                _marked.Add(name);
                _modes.MarkDegraded(name, severity, reason);
            }
        }
    }

    private Dictionary<string, (ModeSeverity Severity, string Reason)> Find()
    {
        var found = new Dictionary<string, (ModeSeverity, string)>(StringComparer.Ordinal);
        var targets = Look();
        var downProviders = targets.GroupBy(one => one.Target.Provider.Name)
            .Where(group => group.All(one => one.IsDown)).Select(group => group.Key)
            .ToHashSet(StringComparer.Ordinal);
        var deadRoutes = targets.SelectMany(one => one.Target.Routes.Select(route => (Route: route, one)))
            .GroupBy(named => named.Route, named => named.one)
            .Where(group => group.All(one => one.IsDown)).ToArray();
        foreach (var provider in downProviders)
        {
            var dead = string.Join(", ", deadRoutes
                .Where(route => route.Any(one => one.Target.Provider.Name == provider)).Select(route => route.Key));
            var (severity, reason) = dead.Length == 0
                ? (ModeSeverity.Medium, "none of its models is available")
                : (ModeSeverity.High, $"none of its models is available, and nothing is left for {dead}");
            found[$"provider:{provider}"] = Weighed(
                severity, reason, targets.Where(one => one.Target.Provider.Name == provider));
        }

        foreach (var route in deadRoutes
            .Where(route => !route.Any(one => downProviders.Contains(one.Target.Provider.Name))))
        {
            found[$"route:{route.Key}"] = Weighed(ModeSeverity.High, "none of its targets is available", route);
        }

        foreach (var one in targets.Where(one => one.IsDown && one.Target.Check.Critical))
        {
            found[$"target:{one.Target.Id}"] = Weighed(
                ModeSeverity.Critical, "it is critical, and unavailable", [one]);
        }

        return found;
    }

    /// <summary>One caller whose requests fail everywhere must not take the places of all the others.</summary>
    private static (ModeSeverity, string) Weighed(
        ModeSeverity severity, string reason, IEnumerable<(WatchedTarget Target, bool IsDown)> down) =>
        down.All(one => one.Target.Witnesses.AreEnough)
            ? (severity, reason)
            : (ModeSeverity.Low, $"{reason}, as far as one caller has seen");

    /// <summary>
    /// What is watched, was not taken out by hand and serves a route that is more than a plain proxy, and whether it is
    /// down.
    /// </summary>
    private (WatchedTarget Target, bool IsDown)[] Look() =>
    [
        .. from target in _health.Targets
           where target.Routes.Count > 0
           let status = _health.Of(target.Provider.Name, target.Model)?.Status
           where status is not (null or HealthStatus.Maintenance)
           select (target, status == HealthStatus.Unavailable),
    ];
}
