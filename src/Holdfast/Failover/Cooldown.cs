namespace Holdfast.Failover;

/// <summary>
/// A target's rest after it said that it gets too many calls. A longer rest is never forgotten for a shorter one.
/// Lock-free and thread-safe.
/// </summary>
public sealed class Cooldown
{
    private readonly TimeProvider _time;
    private readonly long _origin;
    private long _until;

    /// <summary>Makes one that is over.</summary>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">The clock is null.</exception>
    public Cooldown(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _origin = time.GetTimestamp();
    }

    /// <summary>What is left of the rest; zero when it is over.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var until = Interlocked.Read(ref _until);
            return until == 0 ? TimeSpan.Zero : new TimeSpan(Math.Max(0, until - Now()));
        }
    }

    /// <summary>Whether the target may be called.</summary>
    public bool IsOver => Remaining == TimeSpan.Zero;

    /// <summary>Rests for a while from now, or as long as was said before when that is longer.</summary>
    /// <param name="delay">How long; zero and less change nothing.</param>
    public void Extend(TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
            return;
        var now = Now();
        var until = delay.Ticks > long.MaxValue - now ? long.MaxValue : now + delay.Ticks;
        var seen = Interlocked.Read(ref _until);
        while (until > seen)
        {
            var before = Interlocked.CompareExchange(ref _until, until, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>Ends the rest.</summary>
    public void Clear() => Interlocked.Exchange(ref _until, 0);

    private long Now() => Math.Max(0, _time.GetElapsedTime(_origin).Ticks);
}
