namespace Holdfast.Admission;

/// <summary>
/// The latest calls that no answer has come to. Calls that begin at about the same time reach a server in any order, so
/// what it says to one of them may leave out others that began before it. Not thread-safe.
/// </summary>
internal sealed class UnansweredCalls
{
    // Where more begin within a second, a limit is so large that a few of them don't matter.
    private const int Most = 64;

    private readonly Call[] _latest = new Call[Most];
    private int _next;

    /// <summary>A call begins.</summary>
    /// <param name="mark">What was taken in all, it included.</param>
    /// <param name="cost">What it takes.</param>
    /// <param name="now">The moment.</param>
    public void Begin(long mark, long cost, long now) => _latest[_next++ & (Most - 1)] = new Call(mark, cost, now);

    /// <summary>A call has been answered, or given up.</summary>
    /// <param name="mark">What was taken in all when it had begun.</param>
    /// <param name="begunAt">When that was.</param>
    /// <returns>What it took; 0 when it is not among the latest any more, or was answered before.</returns>
    public long End(long mark, long begunAt)
    {
        foreach (ref var call in _latest.AsSpan())
        {
            if (call.Mark != mark || call.BegunAt != begunAt)
                continue;
            var cost = call.Cost;
            call = default;
            return cost;
        }

        return 0;
    }

    /// <summary>What those take that began before a call, but not before a moment.</summary>
    public long Cost(long mark, long since)
    {
        var cost = 0L;
        foreach (ref readonly var call in _latest.AsSpan())
        {
            if (call.Mark < mark && call.BegunAt >= since)
                cost += call.Cost;
        }

        return cost;
    }

    private readonly record struct Call(long Mark, long Cost, long BegunAt);
}
