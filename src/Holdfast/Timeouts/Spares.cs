using System.Collections.Concurrent;
using System.Numerics;

namespace Holdfast.Timeouts;

/// <summary>
/// Keeps objects that are costly to make from one use to the next. Each processor has a place of its own, so threads
/// rarely meet; what finds no place there is kept in a queue, up to a bound. Thread-safe; both ways allocate nothing in
/// the long run.
/// </summary>
internal sealed class Spares<T>
    where T : class
{
    // As far apart as two lines of the cache, or processors would wait for each other's places.
    private const int Apart = 128 / 8;
    private const int MostPlaces = 64;

    private readonly T?[] _places;
    private readonly int _mask;
    private readonly ConcurrentQueue<T> _others = new();
    private readonly int _mostOthers;
    private int _room;

    /// <param name="mostOthers">How many are kept beside one for each processor.</param>
    public Spares(int mostOthers)
        : this(mostOthers, Environment.ProcessorCount)
    {
    }

    internal Spares(int mostOthers, int processors)
    {
        var places = Math.Min(MostPlaces, (int)BitOperations.RoundUpToPowerOf2((uint)processors));
        _mask = places - 1;
        _places = new T?[(places + 1) * Apart];
        _room = _mostOthers = mostOthers;
    }

    /// <summary>Takes one; null when there is none.</summary>
    public T? Take() => Take(Thread.GetCurrentProcessorId());

    /// <summary>Keeps one that nobody uses any more.</summary>
    /// <returns>False: there is no room; it is the caller's to dispose of.</returns>
    public bool TryKeep(T spare) => TryKeep(spare, Thread.GetCurrentProcessorId());

    internal T? Take(int processor)
    {
        for (var i = 0; i <= _mask; i++)
        {
            ref var place = ref Place(processor + i);
            if (Volatile.Read(ref place) is not null && Interlocked.Exchange(ref place, null) is { } spare)
                return spare;
        }

        if (Volatile.Read(ref _room) == _mostOthers || !_others.TryDequeue(out var other))
            return null;
        Interlocked.Increment(ref _room);
        return other;
    }

    internal bool TryKeep(T spare, int processor)
    {
        ref var place = ref Place(processor);
        if (Volatile.Read(ref place) is null && Interlocked.CompareExchange(ref place, spare, null) is null)
            return true;
        if (Interlocked.Decrement(ref _room) < 0)
        {
            Interlocked.Increment(ref _room);
            return false;
        }

        _others.Enqueue(spare);
        return true;
    }

    private ref T? Place(int processor) => ref _places[((processor & _mask) + 1) * Apart];
}
