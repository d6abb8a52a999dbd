namespace Holdfast.Failover;

/// <summary>
/// Counts what happened in the last twenty slices of time. Each slice is one word, its number above and its count
/// below, so a new one is started with the same compare-and-swap that counts, and no lock is needed.
/// </summary>
internal sealed class SlicedCount
{
    internal const int Slices = 20;
    private const int CountBits = 24;
    private const long CountMask = (1L << CountBits) - 1;

    private readonly long[] _words = new long[Slices];

    /// <summary>Counts one. The slice's number is 1 or more.</summary>
    /// <returns>The slice that it was counted in: a newer one when this has passed meanwhile.</returns>
    public long Add(long slice)
    {
        ref var word = ref _words[slice % Slices];
        while (true)
        {
            var seen = Volatile.Read(ref word);
            var current = Math.Max(slice, seen >> CountBits);
            var count = seen >> CountBits == current ? seen & CountMask : 0;
            var next = (current << CountBits) | Math.Min(count + 1, CountMask);
            if (Interlocked.CompareExchange(ref word, next, seen) == seen)
                return current;
        }
    }

    /// <summary>Takes one back from the slice that <see cref="Add"/> told; nothing when it has passed.</summary>
    public void TakeBack(long slice)
    {
        ref var word = ref _words[slice % Slices];
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (seen >> CountBits != slice || (seen & CountMask) == 0)
                return;
            if (Interlocked.CompareExchange(ref word, seen - 1, seen) == seen)
                return;
        }
    }

    /// <summary>
    /// The count of the slices that have not passed. After a clock went backwards, those ahead of it count too.
    /// </summary>
    public long Sum(long slice)
    {
        long sum = 0;
        for (var i = 0; i < _words.Length; i++)
        {
            var word = Volatile.Read(ref _words[i]);
            if (slice - (word >> CountBits) < Slices)
                sum += word & CountMask;
        }

        return sum;
    }
}
