using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Health;
using Holdfast.Modes;

namespace Holdfast.Gateway.Routing;

/// <summary>What is wrong with the whole and with its targets at this moment, in words for people.</summary>
internal sealed class TargetFindings(Func<RouteTable> routes, TargetMonitor health, OperationModes modes)
{
    public IEnumerable<string> List()
    {
        if (modes.GetStatus() is { Mode: not OperationMode.Normal } mode)
        {
            yield return $"mode {mode.Mode.Word()}: {string.Join("; ", mode.Reasons)}";
        }

        foreach (var target in routes().Routes.SelectMany(route => route.Targets).DistinctBy(target => target.State))
        {
            var breaker = target.State.Breaker;
            if (breaker.State != CircuitState.Closed)
            {
                yield return $"{target}: the circuit is {breaker.State.Word()}";
            }

            else if (health.Of(target.State.Provider, target.State.Model) is
                { Status: HealthStatus.Degraded or HealthStatus.Unavailable } known)
            {
                yield return $"{target}: {known.Status.Word()}: {known.Reason}";
            }

            if (!target.State.Cooldown.IsOver)
            {
                yield return $"{target}: rate-limited for another {target.State.Cooldown.Remaining.TotalSeconds:0} s";
            }

            foreach (var (position, key) in target.Keys.Keys.Index().Where(key => target.Keys.IsSpent(key.Item)))
            {
                yield return $"{target}: key {position + 1} has used up its allowance, "
                    + $"rests for another {target.Keys.RestOf(key).TotalSeconds:0} s";
            }
        }

        foreach (var provider in routes().Providers)
        {
            foreach (var (position, key) in provider.Keys.Keys.Index())
            {
                if (key.IsHeld)
                {
                    yield return $"{provider.Name}: key {position + 1} is out of quota, "
                        + $"held for another {key.HeldFor.TotalSeconds:0} s";
                }
                else if (key.IsMarked)
                {
                    yield return $"{provider.Name}: key {position + 1} was refused by the provider";
                }
            }
        }
    }
}
