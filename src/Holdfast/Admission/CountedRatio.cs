namespace Holdfast.Admission;

/// <summary>
/// How many times as much as was estimated a server counts, by how fast goes down what it says is left. The default: as
/// much as was estimated. Not thread-safe.
/// </summary>
internal struct CountedRatio
{
    // Others who use the same key make estimates look too low, too; they are not to stop everything.
    private const double Most = 8;

    // Of less than this share of the limit a single call that was badly estimated would say everything.
    private const double LeastShare = 0.05;

    // What was seen before so much was taken counts half.
    private const double Memory = 2;

    // More left than before by this share: a new count has begun, whatever was said of the reset.
    private const double Renewed = 0.25;

    private double _estimated;
    private double _counted;
    private long _limit;
    private long _mark;
    private long _remaining;
    private long _begunAt;
    private long _resetAt;

    /// <summary>At least 1: estimates that are too high cost little, what is left is said with each answer.</summary>
    public readonly double Value =>
        _estimated < _limit * LeastShare ? 1 : Math.Clamp(_counted / _estimated, 1, Most);

    /// <summary>A server said what is left, in the answer to a call that began after the one before.</summary>
    /// <param name="limit">All there is.</param>
    /// <param name="remaining">What is left.</param>
    /// <param name="mark">What all calls up to the answered one took, by the estimates.</param>
    /// <param name="begunAt">When it began, in ticks.</param>
    /// <param name="resetAt">When all will be there again, in ticks.</param>
    /// <param name="fill">
    /// How many ticks the whole limit takes to come back where it does all the time; 0: it comes back at once.
    /// </param>
    public void Learn(long limit, long remaining, long mark, long begunAt, long resetAt, double fill)
    {
        // More than all there is would be gone with the next answer, and nothing but that would be remembered.
        remaining = Math.Min(remaining, limit);
        if (limit == _limit && mark > _mark)
        {
            var before = fill > 0
                ? Math.Min(limit, _remaining + (limit * (begunAt - _begunAt) / fill))
                : _remaining;
            var isRenewed = remaining - before > limit * Renewed
                || (fill == 0 && resetAt - _resetAt > Math.Max(TimeSpan.TicksPerSecond, (_resetAt - _begunAt) / 2));
            if (!isRenewed)
            {
                _counted += before - remaining;
                _estimated += mark - _mark;
            }

            if (_estimated > limit * Memory)
                (_estimated, _counted) = (_estimated / 2, _counted / 2);
        }
        else if (limit != _limit)
            this = default;

        (_limit, _mark, _remaining, _begunAt, _resetAt) = (limit, mark, remaining, begunAt, resetAt);
    }

    /// <summary>What is learned next is of other calls than before.</summary>
    /// <param name="remaining">What is left, as far as anybody knows.</param>
    /// <param name="mark">What all of these calls took so far, by the estimates.</param>
    /// <param name="now">The moment, in ticks.</param>
    public void Rebase(long remaining, long mark, long now) => (_remaining, _mark, _begunAt) = (remaining, mark, now);

    /// <summary>Moves all moments by so many ticks, to another clock.</summary>
    public void Shift(long ticks)
    {
        _begunAt += ticks;
        _resetAt += ticks;
    }
}
