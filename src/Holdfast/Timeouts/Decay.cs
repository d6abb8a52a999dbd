namespace Holdfast.Timeouts;

/// <summary>
/// Says when counts have to be made smaller so that they halve every half-life: in four equal steps each, one caller
/// at a time, so that most looks cost one comparison. A clock that goes backwards makes nothing smaller. Thread-safe.
/// </summary>
internal sealed class Decay
{
    internal const int StepsPerHalfLife = 4;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly long _width;
    private long _step;

    public Decay(TimeProvider time, TimeSpan halfLife)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(halfLife, Shortest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(halfLife, Longest);
        _time = time;
        _origin = time.GetTimestamp();
        _width = halfLife.Ticks / StepsPerHalfLife;
    }

    /// <summary>Ticks of 100 ns since this was made; never negative.</summary>
    public long Now() => Math.Max(0, _time.GetElapsedTime(_origin).Ticks);

    /// <summary>The same for a timestamp that the caller has read from the same clock.</summary>
    public long At(long timestamp) => Math.Max(0, _time.GetElapsedTime(_origin, timestamp).Ticks);

    /// <summary>True for one caller after each step: that one multiplies everything with the factor.</summary>
    public bool TryStep(long now, out double factor)
    {
        var step = now / _width;
        var seen = Volatile.Read(ref _step);
        if (step <= seen || Interlocked.CompareExchange(ref _step, step, seen) != seen)
        {
            factor = 1;
            return false;
        }

        factor = Math.Pow(0.5, (step - seen) / (double)StepsPerHalfLife);
        return true;
    }

    /// <summary>Multiplies a count that others add to meanwhile; what they add is kept.</summary>
    public static void Scale(ref long count, double factor)
    {
        var seen = Volatile.Read(ref count);
        while (seen != 0)
        {
            var before = Interlocked.CompareExchange(ref count, (long)(seen * factor), seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
