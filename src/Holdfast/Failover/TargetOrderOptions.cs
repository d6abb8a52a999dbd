namespace Holdfast.Failover;

/// <summary>How <see cref="TargetOrder.ByWeight"/> learns from what targets do.</summary>
public sealed record TargetOrderOptions
{
    /// <summary>
    /// The share of calls that go by the configured weights alone, whatever the record, so that a target that has
    /// recovered is found out: none gets less than this share of what its weight alone would give it. 0 to 1; 0 = who
    /// failed for long may never be asked again, 1 = the record counts for nothing. Default 0.05.
    /// </summary>
    public double ExplorationShare { get; init; } = 0.05;

    /// <summary>
    /// How much success counts: a weight is multiplied with the success rate to this power. 0 to 10; 0 = not at all.
    /// Default 2: a target that answers half of its calls gets a quarter.
    /// </summary>
    public double SuccessExponent { get; init; } = 2;

    /// <summary>
    /// How much speed counts: a weight is multiplied with the best latency of all candidates ÷ the target's own, to
    /// this power. 0 to 10; 0 = not at all. Default 1: a target that is twice as slow gets half.
    /// </summary>
    public double LatencyExponent { get; init; } = 1;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (!(ExplorationShare >= 0 && ExplorationShare <= 1))
            yield return FormattableString.Invariant($"explorationShare: {ExplorationShare}: 0 to 1");
        if (!(SuccessExponent >= 0 && SuccessExponent <= 10))
            yield return FormattableString.Invariant($"successExponent: {SuccessExponent}: 0 (off) to 10");
        if (!(LatencyExponent >= 0 && LatencyExponent <= 10))
            yield return FormattableString.Invariant($"latencyExponent: {LatencyExponent}: 0 (off) to 10");
    }
}
