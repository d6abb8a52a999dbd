using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;
using Microsoft.Extensions.Logging;

namespace Holdfast.Extensions.AI;

/// <summary>How calls through <see cref="HoldfastChatClient"/> and its sister for embeddings are protected.</summary>
public sealed record HoldfastOptions
{
    /// <summary>
    /// What the calls are called in metrics, spans and events. Not empty. Null, the default: <c>chat</c> or
    /// <c>embeddings</c>.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The order of the targets, and how many start at once. Default: one by one, by priority.</summary>
    public FailoverStrategy Strategy { get; init; } = FailoverStrategy.Sequential;

    /// <summary>
    /// The most attempts at once with <see cref="FailoverStrategy.Parallel"/>; <see cref="FailoverStrategy.Fastest"/>
    /// starts all. 1 to 100. Default 3.
    /// </summary>
    public int MaxConcurrent { get; init; } = 3;

    /// <summary>
    /// Lets a second target be tried beside a first that is slower than its own 95th percentile, up to a share of the
    /// calls; a target needs twenty answers before that is known. Null, the default: never. Not for strategies that
    /// race anyway.
    /// </summary>
    public HedgeBudgetOptions? Hedge { get; init; }

    /// <summary>When a target's circuit opens and closes.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; init; } = new();

    /// <summary>The call's one budget of repeats, and its waits. The first attempt at each target is free.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>
    /// The limits. <see cref="TimeoutOptions.Connect"/> is the client's own affair and not held here;
    /// <see cref="TimeoutOptions.Adaptive"/> must be false.
    /// </summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>
    /// How long a target rests after its quota is used up. 0 = not at all, up to 1 hour. Default 5 min.
    /// </summary>
    public TimeSpan QuotaRest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether an answer without a finish reason counts as cut. Set it when all clients send finish reasons: then a
    /// stream that ends too early without an exception is found out too. Default false, because many clients send none.
    /// </summary>
    public bool RequireFinishReason { get; init; }

    /// <summary>
    /// Says what a client's exception means; null for one it doesn't know, which is then classified as
    /// <see cref="SdkExceptionOutcomes"/> says. Must not throw. Null, the default: always so.
    /// </summary>
    public Func<Exception, ExceptionOutcome?>? Classify { get; init; }

    /// <summary>
    /// Gets the trail of each call that has ended, well or not; for a stream when it has ended. Called last, after
    /// everything is settled; what it throws goes to the caller. Null, the default: nobody.
    /// </summary>
    public Action<AttemptTrail>? OnCompleted { get; init; }

    /// <summary>
    /// Where <see cref="Telemetry.HoldfastEvents"/> go, as a circuit that opens. Null, the default: nowhere.
    /// </summary>
    public ILogger? Logger { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The seed of jitter and draws. Null, the default: another one for each client.</summary>
    public int? RandomSeed { get; init; }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (Name?.Length == 0)
            yield return "name: empty: a name, or null";
        if (!Enum.IsDefined(Strategy))
            yield return $"strategy: {Strategy}: {string.Join(", ", Enum.GetNames<FailoverStrategy>())}";
        if (MaxConcurrent is < 1 or > 100)
            yield return $"maxConcurrent: {MaxConcurrent}: 1 to 100";
        if (QuotaRest < TimeSpan.Zero || QuotaRest > TimeSpan.FromHours(1))
            yield return $"quotaRest: {QuotaRest}: 0 (none) to 1 hour";
        if (Time is null)
            yield return "time: null: a clock";
        foreach (var problem in Within("circuitBreaker", CircuitBreaker?.Problems())
            .Concat(Within("retry", Retry?.Problems()))
            .Concat(Within("timeouts", Timeouts?.Problems()))
            .Concat(Hedge is null ? [] : Within("hedge", Hedge.Problems())))
            yield return problem;
        if (Timeouts is { Adaptive: true })
            yield return "timeouts.adaptive: true: false";
    }

    internal static IEnumerable<string> Within(string place, IEnumerable<string>? problems) =>
        problems?.Select(problem => $"{place}.{problem}") ?? [$"{place}: null: options"];
}
