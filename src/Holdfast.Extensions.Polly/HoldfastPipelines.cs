using Holdfast.CircuitBreaking;
using Holdfast.Telemetry;
using Polly;

namespace Holdfast.Extensions.Polly;

/// <summary>Adds Holdfast's strategies to Polly's pipelines.</summary>
public static class HoldfastPipelines
{
    /// <summary>Adds a circuit breaker for any result.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="options">Its options.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have problems; all are named.</exception>
    public static ResiliencePipelineBuilder AddHoldfastCircuitBreaker(
        this ResiliencePipelineBuilder builder, HoldfastCircuitBreakerStrategyOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Check(options);
        return builder.AddStrategy(context => new HoldfastCircuitBreakerStrategy<object>(
            BreakerOf(options, context), options.ShouldHandle, TelemetryOf(options), context.TimeProvider), options);
    }

    /// <summary>
    /// Adds a circuit breaker. While it is open, an execution fails at once with
    /// <see cref="Execution.CircuitOpenException"/>.
    /// </summary>
    /// <typeparam name="TResult">What the pipeline yields.</typeparam>
    /// <param name="builder">The pipeline.</param>
    /// <param name="options">Its options.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have problems; all are named.</exception>
    public static ResiliencePipelineBuilder<TResult> AddHoldfastCircuitBreaker<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, HoldfastCircuitBreakerStrategyOptions<TResult> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Check(options);
        return builder.AddStrategy(context => new HoldfastCircuitBreakerStrategy<TResult>(
            BreakerOf(options, context), options.ShouldHandle, TelemetryOf(options), context.TimeProvider), options);
    }

    /// <summary>
    /// Adds failover: the pipeline's own callback is the first target, the others follow by priority, each behind its
    /// own circuit breaker. When all fail, the execution ends in
    /// <see cref="Execution.AllModelsFailedException"/> with the trail.
    /// </summary>
    /// <typeparam name="TResult">What the pipeline yields.</typeparam>
    /// <param name="builder">The pipeline.</param>
    /// <param name="options">Its options.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have problems; all are named.</exception>
    public static ResiliencePipelineBuilder<TResult> AddHoldfastFailover<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, HoldfastFailoverStrategyOptions<TResult> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfAny(options.Problems(), nameof(options));
        return builder.AddStrategy(
            context => new HoldfastFailoverStrategy<TResult>(options, context.TimeProvider), options);
    }

    /// <summary>Adds failover with default options.</summary>
    /// <typeparam name="TResult">What the pipeline yields.</typeparam>
    /// <param name="builder">The pipeline.</param>
    /// <param name="targets">What is tried when the pipeline's own callback fails. At least one.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The targets have problems; all are named.</exception>
    public static ResiliencePipelineBuilder<TResult> AddHoldfastFailover<TResult>(
        this ResiliencePipelineBuilder<TResult> builder, params IEnumerable<FailoverTarget<TResult>> targets) =>
        builder.AddHoldfastFailover(new HoldfastFailoverStrategyOptions<TResult> { Targets = [.. targets] });

    private static CircuitBreaker BreakerOf<TResult>(
        HoldfastCircuitBreakerStrategyOptions<TResult> options, StrategyBuilderContext context) =>
        options.Breaker
        ?? new CircuitBreaker(options.Name ?? "circuit", options.CircuitBreaker, context.TimeProvider)
            .WithTelemetry(options.Logger);

    private static CallTelemetry TelemetryOf<TResult>(HoldfastCircuitBreakerStrategyOptions<TResult> options) =>
        new(options.Name ?? "circuit", options.Logger);

    private static void Check<TResult>(HoldfastCircuitBreakerStrategyOptions<TResult> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.ShouldHandle);
        if (options.CircuitBreaker is null)
            throw new ArgumentException("circuitBreaker: null: options", nameof(options));
        ThrowIfAny(options.CircuitBreaker.Problems().Select(problem => $"circuitBreaker.{problem}"), nameof(options));
    }

    private static void ThrowIfAny(IEnumerable<string> problems, string argument)
    {
        var all = string.Join("; ", problems);
        if (all.Length != 0)
            throw new ArgumentException(all, argument);
    }
}
