namespace Holdfast.Admission;

/// <summary>How a limit of calls at once follows what comes back.</summary>
public sealed record AdaptiveConcurrencyOptions
{
    private const int MostPlaces = 1_000_000;

    /// <summary>The limit never goes below. At least 1. Default 1.</summary>
    public int MinLimit { get; init; } = 1;

    /// <summary>The limit never goes above. From <see cref="MinLimit"/> to 1,000,000. Default 1000.</summary>
    public int MaxLimit { get; init; } = 1000;

    /// <summary>
    /// How much slower than usual calls may become before the limit goes down: 2 is twice as slow. From 1 to 10.
    /// Default 2, because answers differ much in length.
    /// </summary>
    public double Tolerance { get; init; } = 2;

    /// <summary>What is left of the limit after a rejection. From 0.1 to 0.99. Default 0.8.</summary>
    public double Backoff { get; init; } = 0.8;

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (MinLimit is < 1 or > MostPlaces)
            yield return $"minLimit: {MinLimit}: 1 to {MostPlaces}";
        if (MaxLimit < MinLimit || MaxLimit > MostPlaces)
            yield return $"maxLimit: {MaxLimit}: minLimit ({MinLimit}) to {MostPlaces}";
        if (!(Tolerance >= 1 && Tolerance <= 10))
            yield return FormattableString.Invariant($"tolerance: {Tolerance}: 1 to 10");
        if (!(Backoff >= 0.1 && Backoff <= 0.99))
            yield return FormattableString.Invariant($"backoff: {Backoff}: 0.1 to 0.99");
    }
}
