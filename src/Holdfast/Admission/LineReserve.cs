namespace Holdfast.Admission;

/// <summary>
/// The room of a line that is kept for calls more urgent than the one that asks: for as many as lately stood in it at
/// once. Without it a line full of the less urgent would give one of them up for each urgent call that comes, and those
/// would have waited for nothing but a late refusal. Not thread-safe.
/// </summary>
internal sealed class LineReserve
{
    // Long enough to see the peaks of a demand that comes and goes, short enough that room isn't kept for what is over.
    private const long Slice = TimeSpan.TicksPerSecond;

    // By priority: those that wait and are more urgent than it, and how many they were at most in this slice and in the
    // one before.
    private readonly int[] _waiting = new int[AdmissionPriority.Levels];
    private readonly int[] _most = new int[AdmissionPriority.Levels];
    private readonly int[] _mostBefore = new int[AdmissionPriority.Levels];
    private long _slice;

    /// <summary>A call of this priority begins to wait.</summary>
    public void Add(int priority, long now)
    {
        Turn(now);
        for (var i = priority + 1; i < _waiting.Length; i++)
            _most[i] = Math.Max(_most[i], ++_waiting[i]);
    }

    /// <summary>A call of this priority waits no more.</summary>
    public void Remove(int priority)
    {
        for (var i = priority + 1; i < _waiting.Length; i++)
            _waiting[i]--;
    }

    /// <summary>Nobody waits any more: whatever there was of a crowd is over.</summary>
    public void Clear()
    {
        Array.Clear(_most);
        Array.Clear(_mostBefore);
    }

    /// <summary>How many more of the more urgent there is room kept for.</summary>
    public int For(int priority, long now)
    {
        Turn(now);
        return Math.Max(_most[priority], _mostBefore[priority]) - _waiting[priority];
    }

    private void Turn(long now)
    {
        var slice = now / Slice;
        if (slice == _slice)
            return;
        (slice == _slice + 1 ? _most : _waiting).CopyTo(_mostBefore, 0);
        _waiting.CopyTo(_most, 0);
        _slice = slice;
    }
}
