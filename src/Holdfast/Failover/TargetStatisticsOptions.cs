using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>How fast <see cref="TargetStatistics"/> forget.</summary>
public sealed record TargetStatisticsOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// After this time an attempt weighs half as much in the success rate and in the average response time.
    /// 1 s to 1 day. Default 1 minute.
    /// </summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The same for the percentiles, which need more attempts to say anything. A target that was not tried for this
    /// long wants to be tried again. 1 s to 1 day. Default 5 minutes.
    /// </summary>
    public TimeSpan LatencyHalfLife { get; init; } = LatencyHistogram.DefaultHalfLife;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (HalfLife < Shortest || HalfLife > Longest)
            yield return $"halfLife: {HalfLife}: 1 s to 1 day";
        if (LatencyHalfLife < Shortest || LatencyHalfLife > Longest)
            yield return $"latencyHalfLife: {LatencyHalfLife}: 1 s to 1 day";
    }
}
