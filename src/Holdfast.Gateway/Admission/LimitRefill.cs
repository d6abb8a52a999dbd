namespace Holdfast.Gateway.Admission;

/// <summary>
/// How a limit comes to be there again, by its readings: all the time, or all at once. One that fills up all the time
/// says a reset in proportion to what is missing; one that begins a new count says the rest of its period.
/// </summary>
internal readonly record struct LimitRefill
{
    // Of less than this share rounding makes too much.
    private const double LeastMissing = 0.1;

    private long Limit { get; init; }

    private long ShortestReset { get; init; }

    private long LongestReset { get; init; }

    private double QuickestFill { get; init; }

    private double SlowestFill { get; init; }

    // A provider that always says the same says nothing of its reset.
    private bool IsKnown => LongestReset > ShortestReset && SlowestFill > 0;

    private bool IsAtOnce => SlowestFill > QuickestFill * 1.5;

    /// <summary>One more reading, in ticks.</summary>
    public LimitRefill With(long limit, long remaining, long reset)
    {
        var known = limit == Limit ? this : new LimitRefill
        {
            Limit = limit, ShortestReset = reset, LongestReset = reset, QuickestFill = double.MaxValue,
        };
        known = known with
        {
            ShortestReset = Math.Min(known.ShortestReset, reset), LongestReset = Math.Max(known.LongestReset, reset),
        };
        if (limit - remaining < Math.Max(4, limit * LeastMissing))
        {
            return known;
        }

        var fill = limit / (double)(limit - remaining);
        return known with
        {
            QuickestFill = Math.Min(known.QuickestFill, reset * fill),
            // Many round up to whole seconds.
            SlowestFill = Math.Max(known.SlowestFill, (reset - TimeSpan.TicksPerSecond) * fill),
        };
    }

    /// <summary>What came back within so many ticks of a reading: at least, and at most.</summary>
    public (double Least, double Most) Between(long limit, long remaining, long reset, long ticks)
    {
        var share = ticks / (double)Math.Max(1, reset);
        return !IsKnown ? (0, limit * share)
            : IsAtOnce ? (0, 0)
            : ((limit - remaining) * share, (limit - remaining) * share);
    }
}
