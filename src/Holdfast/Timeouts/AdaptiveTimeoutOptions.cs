namespace Holdfast.Timeouts;

/// <summary>How an <see cref="AdaptiveTimeout"/> follows the latencies it is given.</summary>
public sealed record AdaptiveTimeoutOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>The percentile that is looked at, as a share. 0 to 1. Default 0.95.</summary>
    public double Percentile { get; init; } = 0.95;

    /// <summary>What the percentile is multiplied with. 1 to 100. Default 3.</summary>
    public double Factor { get; init; } = 3;

    /// <summary>
    /// The timeout is never shorter, unless the ceiling itself is. 0 to 1 day. Default 1 s.
    /// </summary>
    public TimeSpan Floor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// With fewer latencies than this, faded ones counted by what they still weigh, the timeout is the ceiling.
    /// 1 to 1,000,000. Default 20.
    /// </summary>
    public int MinimumSamples { get; init; } = 20;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (!(Percentile >= 0 && Percentile <= 1))
            yield return FormattableString.Invariant($"percentile: {Percentile}: 0 to 1");
        if (!(Factor >= 1 && Factor <= 100))
            yield return FormattableString.Invariant($"factor: {Factor}: 1 to 100");
        if (Floor < TimeSpan.Zero || Floor > Longest)
            yield return $"floor: {Floor}: 0 to 1 day";
        if (MinimumSamples is < 1 or > 1_000_000)
            yield return $"minimumSamples: {MinimumSamples}: 1 to 1000000";
    }
}
