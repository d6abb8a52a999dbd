using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Validation;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>One entry of <c>models</c>: the name that callers send and the targets that may answer.</summary>
internal sealed record RouteOptions
{
    /// <summary>The key under <c>models</c>.</summary>
    public required string Name { get; init; }

    public FailoverStrategy Strategy { get; init; }

    /// <summary>How many targets the parallel strategy asks at once, 1 or more. Default 3.</summary>
    public int MaxConcurrent { get; init; } = 3;

    /// <summary>Null: no hedging.</summary>
    public HedgeOptions? Hedge { get; init; }

    /// <summary>What a good answer is. Null: every answer.</summary>
    public ValidationOptions? Validation { get; init; }

    public required IReadOnlyList<TargetOptions> Targets { get; init; }

    /// <summary>The call's one retry budget: model over defaults.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>The whole call's limit is <see cref="TimeoutOptions.Call"/> of this: model over defaults.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Outcomes that may go on to the next target. Empty: the table's.</summary>
    public IReadOnlyList<Outcome> FailoverOn { get; init; } = [];

    /// <summary>
    /// True: a stream that breaks after its first token goes on at the next target that can. Default false.
    /// </summary>
    public bool ContinueStreams { get; init; }

    /// <summary>False: the first target takes each call once and nothing protects it. Default true.</summary>
    public bool Reliability { get; init; } = true;
}

/// <summary>One entry of a route's <c>targets</c>.</summary>
internal sealed record TargetOptions
{
    /// <summary>A key under <c>providers</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's name at that provider.</summary>
    public required string Model { get; init; }

    /// <summary>Lower first, ties in the order of the list. The provider's when not set.</summary>
    public int Priority { get; init; } = 1;

    /// <summary>Share of the weighted strategy. The provider's when not set.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>target &gt; model &gt; provider &gt; defaults.</summary>
    public HealthCheckOptions HealthCheck { get; init; } = new();

    /// <summary>target &gt; model &gt; provider &gt; defaults.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>target &gt; model &gt; provider &gt; defaults.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>
    /// target &gt; model &gt; provider &gt; defaults; of routes that name the same target the strictest of each number.
    /// </summary>
    public AdmissionOptions Queue { get; init; } = CallLimits.None;
}
