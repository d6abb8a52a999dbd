using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Retrying;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Fallback;

namespace Holdfast.Extensions.Polly;

/// <summary>Options of failover in a pipeline.</summary>
/// <typeparam name="TResult">What the pipeline yields.</typeparam>
public sealed class HoldfastFailoverStrategyOptions<TResult> : ResilienceStrategyOptions
{
    /// <summary>Makes them with the name <c>HoldfastFailover</c>.</summary>
    public HoldfastFailoverStrategyOptions() => Name = "HoldfastFailover";

    /// <summary>What the pipeline's own callback, the first target, is called. Default <c>primary</c>.</summary>
    public string PrimaryName { get; set; } = "primary";

    /// <summary>A breaker for the first target. Null, the default: the strategy makes one of its own.</summary>
    public CircuitBreaker? PrimaryBreaker { get; set; }

    /// <summary>What is tried when the pipeline's own callback fails or its circuit is open. At least one.</summary>
    public IList<FailoverTarget<TResult>> Targets { get; set; } = [];

    /// <summary>The options of the breakers that the strategy makes.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; set; } = new();

    /// <summary>
    /// The execution's one budget of repeats over all targets. Default: none, because a pipeline has its own retries.
    /// </summary>
    public RetryOptions Retry { get; set; } = new() { MaxRetries = 0 };

    /// <summary>
    /// Which outcomes are failures that go on to the next target; a <see cref="PredicateBuilder{TResult}"/> fits. All
    /// others end the execution as they are. Default: every exception but <see cref="OperationCanceledException"/> and
    /// what <see cref="ExceptionOutcomes"/> calls the caller's own mistake.
    /// </summary>
    public Func<FallbackPredicateArguments<TResult>, ValueTask<bool>> ShouldHandle { get; set; } =
        static arguments => ValueTask.FromResult(
            arguments.Outcome.Exception is not (null or OperationCanceledException) and var thrown
            && ExceptionOutcomes.Of(thrown) != Failover.Outcome.CallerError);

    /// <summary>Gets the trail of each execution that has ended. Must not throw. Null, the default: nobody.</summary>
    public Action<AttemptTrail>? OnCompleted { get; set; }

    /// <summary>
    /// Where <see cref="Telemetry.HoldfastEvents"/> go; metrics and spans bear the strategy's name as their operation.
    /// Null, the default: nowhere.
    /// </summary>
    public ILogger? Logger { get; set; }

    /// <summary>The seed of jitter. Null, the default: another one for each strategy.</summary>
    public int? RandomSeed { get; set; }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrEmpty(PrimaryName))
            yield return "primaryName: empty: a name";
        if (ShouldHandle is null)
            yield return "shouldHandle: null: a predicate";
        if (Targets is not { Count: > 0 })
            yield return "targets: none: at least one";
        var names = new HashSet<string> { PrimaryName ?? "" };
        foreach (var (i, target) in (Targets ?? []).Index())
        {
            if (target is null)
                yield return $"targets[{i}]: null: a target";
            else if (string.IsNullOrEmpty(target.Name))
                yield return $"targets[{i}].name: empty: a name";
            else if (!names.Add(target.Name))
                yield return $"targets[{i}].name: {target.Name}: a name of its own";
        }

        if (CircuitBreaker is null)
            yield return "circuitBreaker: null: options";
        foreach (var problem in CircuitBreaker?.Problems() ?? [])
            yield return $"circuitBreaker.{problem}";
        if (Retry is null)
            yield return "retry: null: options";
        foreach (var problem in Retry?.Problems() ?? [])
            yield return $"retry.{problem}";
    }
}
