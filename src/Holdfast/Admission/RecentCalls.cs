namespace Holdfast.Admission;

/// <summary>
/// The latest calls, and what the server said in its answers to them. Calls that begin at about the same time reach a
/// server in any order, so what it says to one of them may leave out others that began before it. Not thread-safe.
/// </summary>
internal sealed class RecentCalls
{
    // Where more begin within a second, a limit is so large that a few of them don't matter.
    private const int Most = 64;
    private const long Nothing = -1;
    private const long Everything = long.MaxValue;

    private Call[] _latest = new Call[Most];
    private int _next;

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
        foreach (ref var call in _latest.AsSpan())
            call = call with { BegunAt = call.BegunAt + ticks, ResetAt = call.ResetAt + ticks };
    }

    /// <summary>A call begins.</summary>
    /// <param name="mark">What was taken in all, it included.</param>
    /// <param name="cost">What it takes.</param>
    /// <param name="now">The moment.</param>
    public void Begin(long mark, long cost, long now) =>
        _latest[_next++ & (Most - 1)] = new Call(mark, cost, now, Nothing, 0, false);

    /// <summary>The server has answered a call.</summary>
    /// <param name="mark">What was taken in all when it had begun.</param>
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
        foreach (ref readonly var call in _latest.AsSpan())
            cost += call.IsUnserved && call.Mark > mark ? call.Cost : 0;
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
        foreach (ref readonly var call in _latest.AsSpan())
        {
            if (call.Mark <= mark && call.BegunAt >= since && (call.Remaining == Nothing
                || (call.Remaining < remaining && Math.Abs(call.ResetAt - resetAt) < apart)))
                cost += call.Cost;
        }

        return cost;
    }

    private long Heard(long mark, long begunAt, long remaining, long resetAt, bool isUnserved)
    {
        foreach (ref var call in _latest.AsSpan())
        {
            if (call.Mark != mark || call.BegunAt != begunAt || call.Remaining != Nothing)
                continue;
            call = call with { Remaining = remaining, ResetAt = resetAt, IsUnserved = isUnserved };
            return call.Cost;
        }

        return 0;
    }

    private readonly record struct Call(
        long Mark, long Cost, long BegunAt, long Remaining, long ResetAt, bool IsUnserved);
}
