using Holdfast.Failover;

namespace Holdfast.Gateway.Routing;

/// <summary>The section <c>hedge</c> of a model: a second target beside a first that is slow.</summary>
internal sealed record HedgeOptions
{
    /// <summary>Answers that must have been seen before a percentile means anything.</summary>
    private const int MinimumSamples = 20;

    /// <summary><c>after</c> as a percentile of the first target's own latency, 0 to 1. Default 0.95.</summary>
    public double? Percentile { get; init; } = 0.95;

    /// <summary><c>after</c> as a duration; it counts when there is no percentile.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The share of the route's calls that may be hedged. Default 0.05.</summary>
    public double MaxShare { get; init; } = 0.05;

    /// <summary>How long the first target may take; null while too little is known of it.</summary>
    public TimeSpan? DelayFor(TargetStatistics statistics) =>
        Percentile is not { } percentile ? Delay
        : statistics.Latencies.Count >= MinimumSamples ? statistics.Latencies.Percentile(percentile)
        : null;
}
