namespace Holdfast.CircuitBreaking;

/// <summary>
/// Successes and failures of the last monitoring period in a ring of twenty buckets. A bucket is one word: the number
/// of its time slice above, its successes below. So a success is one compare-and-swap, and a slice that ran out can
/// never be counted into by a slow thread. Failures, sums and new slices need the owner's lock.
/// </summary>
internal sealed class CircuitWindow
{
    internal const int Buckets = 20;
    private const int SuccessBits = 24;
    private const long SuccessMask = (1L << SuccessBits) - 1;

    private readonly long _width;
    private readonly long[] _words = new long[Buckets];
    private readonly int[] _failures = new int[Buckets];

    public CircuitWindow(TimeSpan period)
    {
        Period = period;
        _width = Math.Max(1, period.Ticks / Buckets);
    }

    public TimeSpan Period { get; }

    /// <summary>Lock-free. False when the slice has to be started first, under the lock.</summary>
    public bool TryAddSuccess(long now, long generation, ref long currentGeneration)
    {
        var slice = Slice(now);
        ref var word = ref _words[slice % Buckets];
        while (true)
        {
            var seen = Volatile.Read(ref word);
            // The generation is read after the word: a transition in between clears the word, and the swap fails.
            if (Volatile.Read(ref currentGeneration) != generation)
                return true;
            if (seen >> SuccessBits != slice)
                return false;
            if ((seen & SuccessMask) == SuccessMask
                || Interlocked.CompareExchange(ref word, seen + 1, seen) == seen)
                return true;
        }
    }

    public void AddSuccessUnderLock(long now) => Add(Slice(now), 1, 0);

    public void AddFailureUnderLock(long now) => Add(Slice(now), 0, 1);

    public (long Calls, long Failures) CountUnderLock(long now)
    {
        var slice = Slice(now);
        long successes = 0, failures = 0;
        for (var i = 0; i < Buckets; i++)
        {
            var word = Volatile.Read(ref _words[i]);
            var age = slice - (word >> SuccessBits);
            if (word == 0 || age < 0 || age >= Buckets)
                continue;
            successes += word & SuccessMask;
            failures += _failures[i];
        }

        return (successes + failures, failures);
    }

    public void ClearUnderLock()
    {
        for (var i = 0; i < Buckets; i++)
        {
            Volatile.Write(ref _words[i], 0);
            _failures[i] = 0;
        }
    }

    /// <summary>
    /// The same counts over another period. Each slice moves as a whole, by its start: never made younger.
    /// </summary>
    public CircuitWindow WithPeriodUnderLock(TimeSpan period)
    {
        var other = new CircuitWindow(period);
        for (var i = 0; i < Buckets; i++)
        {
            var word = Volatile.Read(ref _words[i]);
            if (word != 0)
                other.Add(other.Slice(((word >> SuccessBits) - 1) * _width), word & SuccessMask, _failures[i]);
        }

        return other;
    }

    private void Add(long slice, long successes, int failures)
    {
        var i = (int)(slice % Buckets);
        ref var word = ref _words[i];
        while (true)
        {
            var seen = Volatile.Read(ref word);
            var fresh = seen >> SuccessBits != slice;
            var sum = (fresh ? 0 : seen & SuccessMask) + successes;
            var next = (slice << SuccessBits) | Math.Min(sum, SuccessMask);
            if (Interlocked.CompareExchange(ref word, next, seen) != seen)
                continue;
            _failures[i] = (fresh ? 0 : _failures[i]) + failures;
            return;
        }
    }

    // From 1, so that a word of 0 is an empty bucket.
    private long Slice(long now) => (Math.Max(now, 0) / _width) + 1;
}
