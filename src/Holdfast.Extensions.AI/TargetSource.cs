using Holdfast.CircuitBreaking;

namespace Holdfast.Extensions.AI;

/// <summary>
/// One target of a client that a container makes. What it says here, the configuration's <c>Targets:NAME</c> can
/// change.
/// </summary>
/// <typeparam name="TClient">A chat client or an embedding generator.</typeparam>
/// <param name="Name">What it is called in trails, errors and events. Not empty.</param>
/// <param name="Create">
/// Gets or makes its client, once. The protected client disposes of it when the container does.
/// </param>
public sealed record TargetSource<TClient>(string Name, Func<IServiceProvider, TClient> Create)
{
    /// <summary>Lower is tried first; ties in the order of the list. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Its share under <see cref="Failover.FailoverStrategy.Weighted"/>. 0 or more. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The model to ask this client for. Null, the default: the caller's, or the client's own.</summary>
    public string? Model { get; init; }

    /// <summary>Its circuit breaker's options. Null, the default: those of <see cref="HoldfastOptions"/>.</summary>
    public CircuitBreakerOptions? CircuitBreaker { get; init; }
}
