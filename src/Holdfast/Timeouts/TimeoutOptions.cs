namespace Holdfast.Timeouts;

/// <summary>
/// The limits of a call and its attempts. <see cref="TimeSpan.Zero"/> turns a limit off, except Call.
/// </summary>
public sealed record TimeoutOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// Until a connection stands. Held by whoever connects, not by <see cref="AttemptClock"/>. 0 = off, up to 1 day.
    /// Default 5 s.
    /// </summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the start of an attempt to a stream's first token. 0 = off, up to 1 day. Default 60 s.</summary>
    public TimeSpan FirstToken { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two tokens of a stream. 0 = off, up to 1 day. Default 60 s.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Characters per second that a stream must bring after its first token, over each ten seconds. 0 = off, up to 1e9.
    /// Default 0.
    /// </summary>
    public double MinThroughput { get; init; }

    /// <summary>
    /// Bounds a plain call whole, and a stream until its first token. 0 = off, up to 1 day. Default 2 minutes.
    /// </summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Bounds the call over all its attempts: make a <see cref="Deadline"/> from it. More than 0, up to 1 day.
    /// Default 10 minutes.
    /// </summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether the attempt's limit should follow the target's own latency, as <see cref="AdaptiveTimeout"/> does with
    /// <see cref="Attempt"/> as its ceiling. It is for whoever chooses the options of an attempt;
    /// <see cref="AttemptClock"/> takes the limits as they are. Default false.
    /// </summary>
    public bool Adaptive { get; init; }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (IsOutside(Connect))
            yield return $"connect: {Connect}: 0 (off) to 1 day";
        if (IsOutside(FirstToken))
            yield return $"firstToken: {FirstToken}: 0 (off) to 1 day";
        if (IsOutside(Idle))
            yield return $"idle: {Idle}: 0 (off) to 1 day";
        if (!(MinThroughput >= 0 && MinThroughput <= 1e9))
            yield return FormattableString.Invariant($"minThroughput: {MinThroughput}: 0 (off) to 1e9 per second");
        if (IsOutside(Attempt))
            yield return $"attempt: {Attempt}: 0 (off) to 1 day";
        if (Call == TimeSpan.Zero || IsOutside(Call))
            yield return $"call: {Call}: more than 0, up to 1 day";
    }

    private static bool IsOutside(TimeSpan limit) => limit < TimeSpan.Zero || limit > Longest;
}
