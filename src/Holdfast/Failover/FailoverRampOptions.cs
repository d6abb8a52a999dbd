namespace Holdfast.Failover;

/// <summary>How fast a <see cref="FailoverRamp"/> moves a target's share.</summary>
public sealed record FailoverRampOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a target that has recovered takes to its full share. 0 to 1 hour; 0 = at once. Default 30 s.
    /// </summary>
    public TimeSpan RampPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where the share begins after a recovery. 0 to 1. Default 0.1.</summary>
    public double LowestShare { get; init; } = 0.1;

    /// <summary>In how many equal steps it gets there. 1 to 1000. Default 9, of 10 % each.</summary>
    public int Steps { get; init; } = 9;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (RampPeriod < TimeSpan.Zero || RampPeriod > Longest)
            yield return $"rampPeriod: {RampPeriod}: 0 (at once) to 1 hour";
        if (!(LowestShare >= 0 && LowestShare <= 1))
            yield return FormattableString.Invariant($"lowestShare: {LowestShare}: 0 to 1");
        if (Steps is < 1 or > 1000)
            yield return $"steps: {Steps}: 1 to 1000";
    }
}
