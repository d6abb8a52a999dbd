using Holdfast.CircuitBreaking;

namespace Holdfast.Extensions.AI;

/// <summary>What can be wrong with a list of targets.</summary>
internal static class TargetProblems
{
    public static IEnumerable<string> Of<TClient>(IReadOnlyList<TargetSpecification<TClient>> targets)
        where TClient : class
    {
        var missing = targets.Index().Where(one => one.Item.Client is null)
            .Select(one => $"targets[{one.Index}]: no client: a client");
        return Of([.. targets.Select(target => (target.Name, target.Weight, target.CircuitBreaker))]).Concat(missing);
    }

    public static IEnumerable<string> Of(
        IReadOnlyList<(string Name, double Weight, CircuitBreakerOptions? CircuitBreaker)> targets)
    {
        if (targets.Count == 0)
            yield return "targets: none: at least one";
        foreach (var (i, (name, weight, breaker)) in targets.Index())
        {
            if (string.IsNullOrEmpty(name))
                yield return $"targets[{i}].name: empty: a name";
            if (targets.Take(i).Any(other => other.Name == name))
                yield return $"targets[{i}].name: {name}: a name of its own";
            if (!(weight >= 0 && double.IsFinite(weight)))
                yield return FormattableString.Invariant($"targets[{i}].weight: {weight}: 0 or more");
            if (breaker is null)
                continue;
            foreach (var problem in HoldfastOptions.Within($"targets[{i}].circuitBreaker", breaker.Problems()))
                yield return problem;
        }
    }
}
