namespace Holdfast.Gateway.Tests;

/// <summary>
/// A clock that moves only when it is told to. Timers that come due run inside <see cref="Advance"/>. Other threads may
/// read it and set timers meanwhile.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(DateTimeOffset Due, TaskCompletionSource Seen)> _awaited = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

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
        var end = GetUtcNow() + by;
        while (NextDue(end) is { } next)
            next.Fire();
    }

    /// <summary>How many timers are due exactly so long from now.</summary>
    public int TimersDueIn(TimeSpan dueIn)
    {
        lock (_gate)
            return _timers.Count(timer => timer.Due == _now + dueIn);
    }

    /// <summary>How many timers are due so long from now or sooner.</summary>
    public int TimersDueWithin(TimeSpan span)
    {
        lock (_gate)
            return _timers.Count(timer => timer.Due <= _now + span);
    }

    /// <summary>Ends once somebody waits on a timer that is due exactly so long from now.</summary>
    public Task WhenTimerAsync(TimeSpan dueIn)
    {
        lock (_gate)
        {
            var due = _now + dueIn;
            if (_timers.Exists(timer => timer.Due == due))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((due, seen));
            return seen.Task.SoonAsync();
        }
    }

    private ManualTimer? NextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is null)
            {
                // Under the lock: what another thread sets from here on counts from the end. Another thread may have
                // moved it further meanwhile.
                _now = end > _now ? end : _now;
                return null;
            }

            _now = next.Due > _now ? next.Due : _now;
            next.TakeUnderLock();
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : time._now + dueTime;
                _period = period;
                foreach (var (_, seen) in time._awaited.Where(awaited => awaited.Due == Due))
                    seen.TrySetResult();
            }

            return true;
        }

        public void TakeUnderLock() => Due = _period > TimeSpan.Zero ? Due + _period : DateTimeOffset.MaxValue;

        public void Fire() => callback(state);

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
