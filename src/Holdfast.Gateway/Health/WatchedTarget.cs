using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Health;

/// <summary>A target of the configuration whose health is watched, whichever routes name it.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">Its model.</param>
/// <param name="Check">How it is checked and judged.</param>
/// <param name="Breaker">Its circuit: open, it is unavailable whatever a check says; isolated, in maintenance.</param>
/// <param name="Routes">
/// The routes that name it and are more than plain proxies, in the order of the configuration.
/// </param>
internal sealed record WatchedTarget(
    Provider Provider, string Model, HealthCheckOptions Check, CircuitBreaker Breaker, IReadOnlyList<string> Routes)
{
    /// <summary><c>provider/model</c>.</summary>
    public string Id { get; } = IdOf(Provider.Name, Model);

    /// <summary>Who says that it fails, if it does. Kept across reloads.</summary>
    public FailureWitnesses Witnesses { get; init; } = new();

    public bool IsIsolated => Breaker.State == CircuitState.Isolated;

    /// <summary>
    /// What stands in the target's way, in words. Once an open circuit would let a probe in, its signs count again: a
    /// gateway without calls would stay alarmed for ever.
    /// </summary>
    public string? Obstacle =>
        !Breaker.IsAvailable && Breaker.State == CircuitState.Open ? "the circuit is open" : null;

    public static string IdOf(string provider, string model) => $"{provider}/{model}";
}
