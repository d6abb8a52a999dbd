using Holdfast.CircuitBreaking;

namespace Holdfast.Gateway.Routing;

/// <summary>What is wrong with the targets at this moment, in words for people.</summary>
internal sealed class TargetFindings(Func<RouteTable> routes)
{
    public IEnumerable<string> List()
    {
        foreach (var target in routes().Routes.SelectMany(route => route.Targets).DistinctBy(target => target.State))
        {
            var breaker = target.State.Breaker;
            if (breaker.State != CircuitState.Closed)
            {
                yield return $"{target}: the circuit is {breaker.State.Word()}";
            }

            if (!target.State.Cooldown.IsOver)
            {
                yield return $"{target}: rate-limited for another {target.State.Cooldown.Remaining.TotalSeconds:0} s";
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
