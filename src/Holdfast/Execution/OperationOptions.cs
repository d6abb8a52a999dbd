using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>One place that can do an operation.</summary>
/// <typeparam name="T">What it makes.</typeparam>
/// <param name="Name">Its name in results and metrics, as <c>openai/gpt-4o</c>. Unique in the operation.</param>
/// <param name="Run">Does the work. It must heed its token: nothing else ends it.</param>
public sealed record OperationTarget<T>(string Name, Func<CancellationToken, ValueTask<T>> Run)
{
    /// <summary>Its share under <see cref="FailoverStrategy.Weighted"/>. 0 or more. Default 1.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Everything that protects an operation.</summary>
/// <typeparam name="T">What it makes.</typeparam>
public sealed record OperationOptions<T>
{
    /// <summary>The breaker of each target.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; init; } = new();

    /// <summary>The call's one retry budget, and its waits.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>
    /// <see cref="TimeoutOptions.Attempt"/> and <see cref="TimeoutOptions.Call"/> hold; with
    /// <see cref="TimeoutOptions.Adaptive"/> the former follows the target's own latency. The rest is for streams.
    /// </summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>The order of the targets, and how many are tried at once. Default sequential.</summary>
    public FailoverStrategy Strategy { get; init; }

    /// <summary>Attempts at once under <see cref="FailoverStrategy.Parallel"/>. 1 or more. Default 3.</summary>
    public int MaxConcurrent { get; init; } = 3;

    /// <summary>
    /// How long the first target may take before the next is tried beside it. More than 0. Null, the default: never.
    /// </summary>
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>The share of calls that may be hedged.</summary>
    public HedgeBudgetOptions Hedges { get; init; } = new();

    /// <summary>
    /// Whether an answer is good. One that isn't, or at which this throws, counts as <see cref="Outcome.BadAnswer"/>
    /// and fails over. Null, the default: every answer is.
    /// </summary>
    public Func<T, bool>? IsGood { get; init; }

    /// <summary>
    /// Whether the token that a target gets is only lent: once the target has ended uncancelled, what it registered on
    /// the token is dropped, and another attempt gets the same one. Saves an allocation. Only for targets that leave
    /// nothing behind that looks at the token: no lazy sequence or stream, no work in the background. Default false.
    /// </summary>
    public bool LendTokens { get; init; }

    /// <summary>
    /// What an exception means. Not asked when the caller has left or a limit has struck: then that is what it means.
    /// Must not throw: what it throws ends the call. <see cref="Outcome.Saturated"/> says that the target was not
    /// asked; the other outcomes that are no attempt count as a server's error. Default
    /// <see cref="ExceptionOutcomes.Of(Exception)"/>.
    /// </summary>
    public Func<Exception, Outcome> Classify { get; init; } = ExceptionOutcomes.Of;

    /// <summary>
    /// How long the server asked to stay away, where an exception says it: a repeat waits for it, and after a rate
    /// limit the target rests so long. Must not throw. Null, the default: no exception says it.
    /// </summary>
    public Func<Exception, TimeSpan?>? ServerDelay { get; init; }

    /// <summary>
    /// Gets each answer that nobody will get: a loser's, or one that isn't good. Must not throw. Null: they are
    /// dropped.
    /// </summary>
    public Action<T>? Discard { get; init; }

    /// <summary>Everything that is wrong with these options, each with the value and what is allowed.</summary>
    public IEnumerable<string> Problems()
    {
        if (CircuitBreaker is null || Retry is null || Timeouts is null || Hedges is null || Classify is null)
        {
            yield return "circuitBreaker, retry, timeouts, hedges, classify: null: none of them may be";
            yield break;
        }

        foreach (var problem in CircuitBreaker.Problems())
            yield return $"circuitBreaker.{problem}";
        foreach (var problem in Retry.Problems())
            yield return $"retry.{problem}";
        foreach (var problem in Timeouts.Problems())
            yield return $"timeouts.{problem}";
        foreach (var problem in Hedges.Problems())
            yield return $"hedges.{problem}";
        if (!Enum.IsDefined(Strategy))
            yield return $"strategy: {Strategy}: one of {string.Join(", ", Enum.GetNames<FailoverStrategy>())}";
        if (MaxConcurrent < 1)
            yield return $"maxConcurrent: {MaxConcurrent}: 1 or more";
        if (HedgeAfter <= TimeSpan.Zero)
            yield return $"hedgeAfter: {HedgeAfter}: more than 0, or null";
    }
}
