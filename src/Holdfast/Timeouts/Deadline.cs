namespace Holdfast.Timeouts;

/// <summary>
/// The moment when a call must be over. Made once at its start and handed on; it keeps the clock it was made with.
/// <c>default(Deadline)</c> is <see cref="None"/>.
/// </summary>
public readonly struct Deadline
{
    private readonly TimeProvider? _time;
    private readonly long _start;
    private readonly TimeSpan _limit;

    private Deadline(TimeProvider time, TimeSpan limit)
    {
        _time = time;
        _start = time.GetTimestamp();
        _limit = limit;
    }

    /// <summary>The deadline that never comes.</summary>
    public static Deadline None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => _time is null;

    /// <summary>What is left: zero when it has passed, <see cref="TimeSpan.MaxValue"/> when it never comes.</summary>
    public TimeSpan Remaining => _time is null ? TimeSpan.MaxValue : RemainingAt(_time.GetTimestamp());

    /// <summary>Whether nothing is left.</summary>
    public bool HasPassed => Remaining == TimeSpan.Zero;

    /// <summary>A deadline from now on.</summary>
    /// <param name="limit">
    /// How long: zero or less has passed at once, <see cref="TimeSpan.MaxValue"/> gives <see cref="None"/>.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">The clock is null.</exception>
    public static Deadline After(TimeSpan limit, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return limit == TimeSpan.MaxValue ? None : new Deadline(time, limit);
    }

    /// <summary>Whether a wait ends with time left.</summary>
    /// <param name="wait">The wait.</param>
    public bool Fits(TimeSpan wait) => wait < Remaining;

    /// <summary>Of two deadlines the one that comes first.</summary>
    /// <param name="other">The other one; it may have another clock.</param>
    public Deadline Sooner(Deadline other) => other.Remaining < Remaining ? other : this;

    /// <summary>The same for whoever has just read a clock, which may be another one.</summary>
    internal TimeSpan RemainingAt(long timestamp, TimeProvider time) =>
        ReferenceEquals(time, _time) ? RemainingAt(timestamp) : Remaining;

    private TimeSpan RemainingAt(long timestamp)
    {
        var elapsed = _time!.GetElapsedTime(_start, timestamp);
        // A clock that goes backwards makes no deadline longer.
        if (elapsed < TimeSpan.Zero)
            elapsed = TimeSpan.Zero;
        return elapsed >= _limit ? TimeSpan.Zero : _limit - elapsed;
    }
}
