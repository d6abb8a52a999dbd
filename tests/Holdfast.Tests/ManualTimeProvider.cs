namespace Holdfast.Tests;

/// <summary>
/// Time that moves only by hand. It starts at an odd tick, so that code which counts on whole milliseconds shows.
/// Timers fire on the thread that advances, each at its own moment, in the order of their moments.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks = 987_654_321_357;
    private long _number;

    public static DateTimeOffset Epoch { get; } = new(2025, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public int Armed
    {
        get
        {
            lock (_gate)
                return _timers.Count(timer => timer.Due != null);
        }
    }

    /// <summary>How long until the next timer fires; null while none is armed.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_gate)
                return _timers.Min(timer => timer.Due) is { } due ? TimeSpan.FromTicks(due - _ticks) : null;
        }
    }

    public long TimerChanges { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (NextDueBy(end) is { } timer)
            timer.Fire();
    }

    /// <summary>
    /// Lets time go on to the next timer if that is due so soon, and else not at all: whoever waits for the one may
    /// still be at work while the others, limits of what is done, are set.
    /// </summary>
    public void AdvanceToNextWithin(TimeSpan span)
    {
        if (NextDue is { } due && due <= span)
            Advance(due);
    }

    public void GoBack(TimeSpan by) => Interlocked.Add(ref _ticks, -by.Ticks);

    private ManualTimer? NextDueBy(long end)
    {
        lock (_gate)
        {
            var next = _timers
                .Where(timer => timer.Due <= end)
                .OrderBy(timer => timer.Due)
                .ThenBy(timer => timer.Number)
                .FirstOrDefault();
            if (next is null)
            {
                // Under the lock: what another thread sets from here on counts from the end. Another thread may have
                // moved it further meanwhile.
                Interlocked.Exchange(ref _ticks, Math.Max(_ticks, end));
                return null;
            }

            Interlocked.Exchange(ref _ticks, Math.Max(_ticks, next.Due!.Value));
            next.Due = next.Period is { } period ? next.Due + period : null;
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        public long? Due { get; set; }

        public long? Period { get; private set; }

        public long Number { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (!time._timers.Contains(this))
                    return false;
                time.TimerChanges++;
                Number = ++time._number;
                Due = dueTime < TimeSpan.Zero ? null : time._ticks + dueTime.Ticks;
                Period = period <= TimeSpan.Zero ? null : period.Ticks;
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
