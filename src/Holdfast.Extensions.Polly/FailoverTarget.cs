using Holdfast.CircuitBreaking;
using Polly;

namespace Holdfast.Extensions.Polly;

/// <summary>One way to get a result when the pipeline's own callback fails.</summary>
/// <typeparam name="TResult">What the pipeline yields.</typeparam>
/// <param name="Name">What it is called in trails, errors and events. Not empty.</param>
/// <param name="CallAsync">Makes the call; it must heed the context's token.</param>
public sealed record FailoverTarget<TResult>(string Name, Func<ResilienceContext, ValueTask<TResult>> CallAsync)
{
    /// <summary>Lower is tried first, ties in the order of the list. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// A breaker of your own, to share and to watch. Null, the default: the strategy makes one of its own.
    /// </summary>
    public CircuitBreaker? Breaker { get; init; }
}
