using Holdfast.CircuitBreaking;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>One chat client among those that can answer a call.</summary>
/// <param name="Name">What it is called in trails, errors and events, as <c>openai/gpt-4o</c>. Not empty.</param>
/// <param name="Client">The client. Turn its SDK's own retries off: attempts would multiply.</param>
public sealed record ChatTarget(string Name, IChatClient Client)
{
    /// <summary>Lower is tried first; ties in the order of the list. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Its share when the strategy is <see cref="Failover.FailoverStrategy.Weighted"/>. 0 or more; 0 = only after all
    /// that have one. Default 1.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// The model to ask this client for, whatever <see cref="ChatOptions.ModelId"/> the caller sent. Null, the default:
    /// the caller's, or the client's own.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Its circuit breaker's options. Null, the default: those of <see cref="HoldfastOptions"/>.</summary>
    public CircuitBreakerOptions? CircuitBreaker { get; init; }
}
