namespace Holdfast.Admission;

/// <summary>
/// The latest calls, and what the server said in its answers to them. Calls that begin at about the same time reach a
/// server in any order, so what it says to one of them may leave out others that began before it. Not thread-safe.
/// </summary>
internal sealed class RecentCalls
{
    // Powers of two. So many at first; more while there are more without an answer, as after a burst.
    private const int Least = 64;
    private const int Most = 4096;
    private const long Nothing = -1;
    private const long Everything = long.MaxValue;

    // In the order in which they began, so in that of their marks.
    private Call[] _latest = new Call[Least];
    private long _begun;
    private int _unserved;

    /// <summary>
    /// All that calls ever took. After a call has begun it is the call's mark, by which it is found again.
    /// </summary>
    public long Taken { get; private set; }

    /// <summary>When the last one began.</summary>
    public long LastBegun { get; private set; } = long.MinValue / 2;

    /// <summary>One that knows the same calls, and goes its own way.</summary>
    public RecentCalls Copy()
    {
        var copy = (RecentCalls)MemberwiseClone();
        copy._latest = [.. _latest];
        return copy;
    }

    /// <summary>Moves all moments by so many ticks, to another clock.</summary>
    public void Shift(long ticks)
    {
        LastBegun += ticks;
        foreach (ref var call in _latest.AsSpan())
            call = call with { BegunAt = call.BegunAt + ticks, ResetAt = call.ResetAt + ticks };
    }

    /// <summary>A call begins.</summary>
    /// <param name="cost">What it takes; of one that takes nothing no answer is told apart.</param>
    /// <param name="now">The moment.</param>
    /// <param name="isTold">The server speaks of a limit, so that none without an answer may be forgotten.</param>
    public void Begin(long cost, long now, bool isTold = true)
    {
        LastBegun = now;
        if (cost == 0)
            return;
        Taken += cost;
        if (isTold && _begun >= _latest.Length && At(_begun).Remaining == Nothing && _latest.Length < Most)
            Grow();
        ref var slot = ref At(_begun++);
        _unserved -= slot.IsUnserved ? 1 : 0;
        slot = new Call(Taken, cost, now, Nothing, 0, false);
    }

    /// <summary>The server has answered a call.</summary>
    /// <param name="mark">What <see cref="Taken"/> was when it had begun.</param>
    /// <param name="begunAt">When that was.</param>
    /// <param name="remaining">What was left, by the answer.</param>
    /// <param name="resetAt">When all of it will be there again, by the answer.</param>
    /// <returns>What it takes; 0 when it is not among the latest any more, or had ended before.</returns>
    public long Told(long mark, long begunAt, long remaining, long resetAt) =>
        Heard(mark, begunAt, remaining, resetAt, isUnserved: false);

    /// <summary>A call has ended, and its answer said nothing, or did before.</summary>
    /// <param name="mark">What was taken in all when it had begun.</param>
    /// <param name="begunAt">When that was.</param>
    /// <param name="isUnserved">It came to nothing.</param>
    /// <returns>What it takes; 0 when it is not among the latest any more, or had ended before.</returns>
    public long Ended(long mark, long begunAt, bool isUnserved) =>
        Heard(mark, begunAt, Everything, 0, isUnserved);

    /// <summary>What those take that began after this mark and came to nothing.</summary>
    public long Unserved(long mark)
    {
        var cost = 0L;
        for (var number = _begun - 1; _unserved > 0 && number >= First && At(number).Mark > mark; number--)
            cost += At(number).IsUnserved ? At(number).Cost : 0;
        return cost;
    }

    /// <summary>
    /// What those take that a server has not counted, or may not have, when it answered a call: of those that began
    /// before it, but not long before, the ones without an answer, and the ones to which it said afterwards that less
    /// was left.
    /// </summary>
    /// <param name="mark">
    /// What was taken in all when the call had begun. If it took nothing, the one before it has the same mark.
    /// </param>
    /// <param name="since">Those that began earlier are counted.</param>
    /// <param name="remaining">What was left, by its answer.</param>
    /// <param name="resetAt">When all of it will be there again, by its answer.</param>
    /// <param name="apart">Answers whose resets lie further apart are of different periods.</param>
    public long Uncounted(long mark, long since, long remaining, long resetAt, long apart)
    {
        var cost = 0L;
        for (var number = LastUpTo(mark); number >= First; number--)
        {
            ref readonly var call = ref At(number);
            if (call.BegunAt < since)
                break;
            if (call.Remaining == Nothing
                || (call.Remaining < remaining && Math.Abs(call.ResetAt - resetAt) < apart))
                cost += call.Cost;
        }

        return cost;
    }

    private long First => Math.Max(0, _begun - _latest.Length);

    private ref Call At(long number) => ref _latest[number & (_latest.Length - 1)];

    private long Heard(long mark, long begunAt, long remaining, long resetAt, bool isUnserved)
    {
        var number = LastUpTo(mark);
        if (number < First)
            return 0;
        ref var call = ref At(number);
        if (call.Mark != mark || call.BegunAt != begunAt || call.Remaining != Nothing)
            return 0;
        call = call with { Remaining = remaining, ResetAt = resetAt, IsUnserved = isUnserved };
        _unserved += isUnserved ? 1 : 0;
        return call.Cost;
    }

    /// <summary>
    /// The number of the last one whose mark is no greater; one before the first where there is none.
    /// </summary>
    private long LastUpTo(long mark)
    {
        var (low, high) = (First, _begun);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = At(middle).Mark <= mark ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    private void Grow()
    {
        var larger = new Call[_latest.Length * 2];
        for (var number = First; number < _begun; number++)
            larger[number & (larger.Length - 1)] = At(number);
        _latest = larger;
    }

    private readonly record struct Call(
        long Mark, long Cost, long BegunAt, long Remaining, long ResetAt, bool IsUnserved);
}
