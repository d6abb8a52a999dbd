namespace Holdfast.Health;

/// <summary>How often something is looked at, and what it takes for its status to change.</summary>
public sealed record HealthOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private const int Most = 1000;

    /// <summary>
    /// So long after the last sign of life, a call's or a check's, the next check is made: where calls go all the time
    /// there is none. 10 ms to 1 day, or zero: only when somebody asks. Default 30 s.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one try of a check may take. 10 ms to 1 day. Default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Further tries of a check that failed, one right after the other. 0 to 1000. Default 2.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Bad signs in a row, or bad checks, after which it is unavailable. 1 to 1000. Default 3.</summary>
    public int UnavailableAfter { get; init; } = 3;

    /// <summary>
    /// Good signs in a row after which it is better than it was: from unavailable to degraded, from there to available.
    /// 1 to 1000. Default 2.
    /// </summary>
    public int BetterAfter { get; init; } = 2;

    /// <summary>
    /// The share of failures among recent signs from which it is degraded, 0 to 1; it is not any more below half of it.
    /// 0 = whatever the share. Default 0.1.
    /// </summary>
    public double DegradedErrorRate { get; init; } = 0.1;

    /// <summary>
    /// The average response time from which it is degraded; it is not any more below 80 % of it. Zero, up to 1 day;
    /// zero = however slow. Default zero.
    /// </summary>
    public TimeSpan DegradedResponseTime { get; init; }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (Interval != TimeSpan.Zero && (Interval < Shortest || Interval > Longest))
            yield return $"interval: {Interval}: 10 ms to 1 day, or 0 (only when asked)";
        if (Timeout < Shortest || Timeout > Longest)
            yield return $"timeout: {Timeout}: 10 ms to 1 day";
        if (Retries is < 0 or > Most)
            yield return $"retries: {Retries}: 0 to {Most}";
        if (UnavailableAfter is < 1 or > Most)
            yield return $"unavailableAfter: {UnavailableAfter}: 1 to {Most}";
        if (BetterAfter is < 1 or > Most)
            yield return $"betterAfter: {BetterAfter}: 1 to {Most}";
        if (!(DegradedErrorRate >= 0 && DegradedErrorRate <= 1))
            yield return FormattableString.Invariant($"degradedErrorRate: {DegradedErrorRate}: 0 (off) to 1");
        if (DegradedResponseTime < TimeSpan.Zero || DegradedResponseTime > Longest)
            yield return $"degradedResponseTime: {DegradedResponseTime}: 0 (off) to 1 day";
    }
}
