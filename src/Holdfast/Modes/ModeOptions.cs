namespace Holdfast.Modes;

/// <summary>When a system is degraded, and what it remembers of that.</summary>
public sealed record ModeOptions
{
    private const int MostEntries = 100_000;

    /// <summary>
    /// So many components of <see cref="ModeSeverity.High"/> at once are an emergency. 0 or more; 0 = however many,
    /// they are none. Default 3.
    /// </summary>
    public int HighForEmergency { get; init; } = 3;

    /// <summary>Changes of mode, and changes of components, that are remembered. 1 to 100,000. Default 100.</summary>
    public int HistorySize { get; init; } = 100;

    /// <summary>Components that can be marked at once. 1 to 100,000. Default 1000.</summary>
    public int MaxComponents { get; init; } = 1000;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (HighForEmergency < 0)
            yield return $"highForEmergency: {HighForEmergency}: 0 (never) or more";
        if (HistorySize is < 1 or > MostEntries)
            yield return $"historySize: {HistorySize}: 1 to {MostEntries}";
        if (MaxComponents is < 1 or > MostEntries)
            yield return $"maxComponents: {MaxComponents}: 1 to {MostEntries}";
    }
}
