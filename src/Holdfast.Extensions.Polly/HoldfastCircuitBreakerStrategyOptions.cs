using Holdfast.CircuitBreaking;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Extensions.Polly;

/// <summary>Options of Holdfast's circuit breaker in a pipeline.</summary>
/// <typeparam name="TResult">What the pipeline yields.</typeparam>
public class HoldfastCircuitBreakerStrategyOptions<TResult> : ResilienceStrategyOptions
{
    /// <summary>Makes them with the name <c>HoldfastCircuitBreaker</c>.</summary>
    public HoldfastCircuitBreakerStrategyOptions() => Name = "HoldfastCircuitBreaker";

    /// <summary>When the circuit opens and closes. Not looked at when <see cref="Breaker"/> is given.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; set; } = new();

    /// <summary>
    /// A breaker of your own, to share it between pipelines, to watch its state and to isolate or reset it. Null, the
    /// default: the strategy makes one of its own with the pipeline's clock.
    /// </summary>
    public CircuitBreaker? Breaker { get; set; }

    /// <summary>
    /// Where the strategy writes events 110 and 112 of <see cref="Telemetry.HoldfastEvents"/>, and the breaker that it
    /// makes 101 to 104.
    /// For a <see cref="Breaker"/> of your own call <see cref="Telemetry.CircuitTelemetry.WithTelemetry"/> yourself,
    /// once. Null, the default: nowhere.
    /// </summary>
    public ILogger? Logger { get; set; }

    /// <summary>
    /// Which outcomes are failures; a <see cref="PredicateBuilder{TResult}"/> fits. Default: every exception but
    /// <see cref="OperationCanceledException"/> and what a strategy or a queue within throws when it lets nothing
    /// through, as an open circuit of Polly's or a rate limiter. Another result is a success; another exception says
    /// nothing about the target. No failure counts after the caller has cancelled.
    /// </summary>
    public Func<CircuitBreakerPredicateArguments<TResult>, ValueTask<bool>> ShouldHandle { get; set; } =
        static arguments => ValueTask.FromResult(
            arguments.Outcome.Exception is not (null or OperationCanceledException) and var thrown
            && Rejection.Of(thrown) is null);
}

/// <summary>Options of Holdfast's circuit breaker in a pipeline for any result.</summary>
public sealed class HoldfastCircuitBreakerStrategyOptions : HoldfastCircuitBreakerStrategyOptions<object>;
