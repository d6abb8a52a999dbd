namespace Holdfast.Failover;

/// <summary>What <see cref="TargetOrder"/> knows about a target.</summary>
public readonly record struct TargetCandidate
{
    /// <summary>Makes one of which nothing is known yet.</summary>
    /// <param name="index">Its number: what is written into the order.</param>
    /// <param name="priority">Lower comes first. Default 0.</param>
    /// <param name="weight">Its configured weight. Default 1.</param>
    public TargetCandidate(int index, int priority = 0, double weight = 1)
    {
        Index = index;
        Priority = priority;
        Weight = weight;
        SuccessRate = 1;
    }

    /// <summary>Makes one with what the statistics know at this moment.</summary>
    /// <param name="index">Its number: what is written into the order.</param>
    /// <param name="priority">Lower comes first.</param>
    /// <param name="weight">Its configured weight.</param>
    /// <param name="statistics">How the target does.</param>
    /// <exception cref="ArgumentNullException">The statistics are null.</exception>
    public TargetCandidate(int index, int priority, double weight, TargetStatistics statistics)
        : this(index, priority, weight)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        SuccessRate = statistics.ExpectedSuccessRate;
        Latency = statistics.AverageResponseTime;
        WantsFirstTry = statistics.WantsFirstTry;
    }

    /// <summary>Its number: what is written into the order.</summary>
    public int Index { get; init; }

    /// <summary>Lower comes first.</summary>
    public int Priority { get; init; }

    /// <summary>Its configured weight. 0 or less, or not a number: only after all that have one.</summary>
    public double Weight { get; init; }

    /// <summary>The success rate to expect, 0 to 1. 1 when nothing is known.</summary>
    public double SuccessRate { get; init; }

    /// <summary>The observed latency; null when nothing is known.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Whether it should be tried before the others so that its latency is known.</summary>
    public bool WantsFirstTry { get; init; }
}
