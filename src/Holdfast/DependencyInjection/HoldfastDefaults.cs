using Holdfast.CircuitBreaking;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.DependencyInjection;

/// <summary>What holds for all operations, clients and circuits that say nothing else.</summary>
public sealed record HoldfastDefaults
{
    /// <summary>The breakers.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; init; } = new();

    /// <summary>The repeats.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>The limits.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems() =>
        CircuitBreaker.Problems().Select(problem => $"circuitBreaker.{problem}")
            .Concat(Retry.Problems().Select(problem => $"retry.{problem}"))
            .Concat(Timeouts.Problems().Select(problem => $"timeouts.{problem}"));
}
