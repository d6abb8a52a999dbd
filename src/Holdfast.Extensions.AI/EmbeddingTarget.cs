using Holdfast.CircuitBreaking;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>One embedding generator among those that can answer a call.</summary>
/// <typeparam name="TInput">What is embedded.</typeparam>
/// <typeparam name="TEmbedding">What comes of it.</typeparam>
/// <param name="Name">What it is called in trails, errors and events. Not empty.</param>
/// <param name="Generator">
/// The generator. All targets of a call must make vectors of the same model, or they can't be compared.
/// </param>
public sealed record EmbeddingTarget<TInput, TEmbedding>(string Name, IEmbeddingGenerator<TInput, TEmbedding> Generator)
    where TEmbedding : Embedding
{
    /// <summary>Lower is tried first; ties in the order of the list. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Its share when the strategy is <see cref="Failover.FailoverStrategy.Weighted"/>. 0 or more; 0 = only after all
    /// that have one. Default 1.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// The name by which this generator knows the model, whatever <see cref="EmbeddingGenerationOptions.ModelId"/> the
    /// caller sent. Null, the default: the caller's, or the generator's own.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Its circuit breaker's options. Null, the default: those of <see cref="HoldfastOptions"/>.</summary>
    public CircuitBreakerOptions? CircuitBreaker { get; init; }
}
