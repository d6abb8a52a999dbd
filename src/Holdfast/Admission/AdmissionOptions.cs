namespace Holdfast.Admission;

/// <summary>How many calls run at once, how many begin in a second, and how many wait for how long.</summary>
public sealed record AdmissionOptions
{
    private const int MostPlaces = 1_000_000;
    private const double MostPerSecond = 1_000_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>
    /// Calls that run at once; with <see cref="Adaptive"/>, where the limit begins. 0 to 1,000,000; 0 = no limit; with
    /// <see cref="Adaptive"/> within its bounds. Default 10.
    /// </summary>
    public int MaxConcurrency { get; init; } = 10;

    /// <summary>
    /// Calls that wait at once. When they are so many, a more urgent call takes the place of the least urgent one and
    /// any other is refused. For calls more urgent than the one that asks, room is kept for as many as waited at once
    /// in the last one or two seconds, so that few have to give way. 0 to 1,000,000; 0 = nobody waits. Default 100.
    /// </summary>
    public int MaxQueueSize { get; init; } = 100;

    /// <summary>
    /// Calls that begin per second, in any second you look at (a sliding window). Fractions are meant: 0.5 is one call
    /// every two seconds. 0 to 1,000,000; 0 = no limit. Default 50.
    /// </summary>
    public double ThrottleRate { get; init; } = 50;

    /// <summary>How long a call waits at most. More than zero, up to 1 day. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Lets <see cref="MaxConcurrency"/> follow latency and rejections. Null, the default: it stays what it is.
    /// </summary>
    public AdaptiveConcurrencyOptions? Adaptive { get; init; }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (MaxConcurrency is < 0 or > MostPlaces)
            yield return $"maxConcurrency: {MaxConcurrency}: 0 (no limit) to {MostPlaces}";
        else if (Adaptive is { } bounds && !bounds.Problems().Any()
            && (MaxConcurrency < bounds.MinLimit || MaxConcurrency > bounds.MaxLimit))
            yield return $"maxConcurrency: {MaxConcurrency}: with adaptive, where it begins: "
                + $"{bounds.MinLimit} to {bounds.MaxLimit}";
        if (MaxQueueSize is < 0 or > MostPlaces)
            yield return $"maxQueueSize: {MaxQueueSize}: 0 to {MostPlaces}";
        if (!(ThrottleRate == 0 || (ThrottleRate >= 0.001 && ThrottleRate <= MostPerSecond)))
            yield return FormattableString.Invariant($"throttleRate: {ThrottleRate}: 0 (no limit), 0.001 to 1000000");
        if (Timeout <= TimeSpan.Zero || Timeout > LongestWait)
            yield return $"timeout: {Timeout}: more than 0, up to 1 day";
        foreach (var problem in Adaptive?.Problems() ?? [])
            yield return $"adaptive.{problem}";
    }

    internal static void ThrowIfWrong(AdmissionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
    }
}
