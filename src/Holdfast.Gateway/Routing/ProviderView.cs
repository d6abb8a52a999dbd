using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Providers;
using Holdfast.Health;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// A provider as its targets make it look at this moment: its state is the worst of theirs. Those that only callers
/// named count too, as in the metrics.
/// </summary>
internal sealed class ProviderView
{
    private ProviderView(Provider provider, bool isIsolated, IReadOnlyList<TargetView> targets)
    {
        Name = provider.Name;
        Targets = targets;
        var own = isIsolated ? CircuitState.Isolated : CircuitState.Closed;
        State = targets.Select(target => target.Circuit.State).Append(own).MaxBy(Badness);
        IsAvailable = targets.Count == 0
            ? !isIsolated && !provider.Keys.AllHeld
            : targets.Any(target => target.Availability.IsAvailable);
        Status = StatusOf(isIsolated, targets, provider.Keys);
    }

    public string Name { get; }

    public CircuitState State { get; }

    /// <summary>At least one target can be tried now.</summary>
    public bool IsAvailable { get; }

    /// <summary><c>available</c>, <c>degraded</c>, <c>unavailable</c> or <c>maintenance</c>.</summary>
    public string Status { get; }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<TargetView> Targets { get; }

    /// <summary>All providers of the configuration, in its order.</summary>
    public static IReadOnlyList<ProviderView> All(RouteTable routes, TargetStates states, TargetMonitor health) =>
    [
        .. routes.Providers.Select(provider => new ProviderView(provider, states.IsIsolated(provider.Name),
            [
                .. states.Of(provider.Name).Select(state =>
                    new TargetView(state, provider.Keys.For(state.Spent), health.Of(state.Provider, state.Model))),
            ])),
    ];

    private string StatusOf(bool isIsolated, IReadOnlyList<TargetView> targets, KeyRing keys)
    {
        if (!IsAvailable || (targets.Count > 0 && targets.All(target => !target.IsUsable)))
        {
            return targets.All(target => target.Circuit.State == CircuitState.Isolated)
                && (isIsolated || targets.Count > 0) ? "maintenance" : "unavailable";
        }

        return isIsolated || keys.AllMarked || targets.Any(target => target.Status != "available")
            ? "degraded"
            : "available";
    }

    private static int Badness(CircuitState state) => state switch
    {
        CircuitState.Closed => 0,
        CircuitState.HalfOpen => 1,
        CircuitState.Open => 2,
        _ => 3,
    };
}

/// <summary>A target at this moment.</summary>
/// <param name="state">What is known of it.</param>
/// <param name="keys">Its provider's, as its model finds them.</param>
/// <param name="health">Its health; null: no route names it, and nobody watches it.</param>
internal sealed class TargetView(TargetState state, KeyRing keys, ModelHealth? health)
{
    public TargetState Target { get; } = state;

    public CircuitStatus Circuit { get; } = state.Breaker.GetStatus();

    public Availability Availability { get; } = TargetAvailability.Of(state, keys);

    public ModelHealth? Health { get; } = health;

    /// <summary>It can be tried, and would probably answer.</summary>
    public bool IsUsable => Availability.IsAvailable && Health?.IsHealthy != false;

    /// <summary>The same words as a provider's.</summary>
    public string Status =>
        Circuit.State == CircuitState.Isolated ? "maintenance"
        : !IsUsable ? "unavailable"
        : Circuit.State != CircuitState.Closed || Availability.IsLastResort || Health?.Status == HealthStatus.Degraded
            ? "degraded"
        : "available";
}
