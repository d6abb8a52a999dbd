namespace Holdfast.Failover;

/// <summary>How much hedging costs at most.</summary>
public sealed record HedgeBudgetOptions
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// The most hedges per call within <see cref="Window"/>. 0 to 1; 0 = never. Default 0.05: one in twenty calls.
    /// </summary>
    public double MaxShare { get; init; } = 0.05;

    /// <summary>How far back calls and hedges count, to a twentieth of it. 1 s to 1 day. Default 5 minutes.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (!(MaxShare >= 0 && MaxShare <= 1))
            yield return FormattableString.Invariant($"maxShare: {MaxShare}: 0 (never) to 1");
        if (Window < Shortest || Window > Longest)
            yield return $"window: {Window}: 1 s to 1 day";
    }
}
