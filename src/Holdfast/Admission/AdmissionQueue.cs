namespace Holdfast.Admission;

/// <summary>
/// Lets in so many calls at once and so many a second, and has the others wait: the urgent before the rest, the keys of
/// one priority in turns, none longer than it may. A call that could not make it is refused before it waits. Nothing is
/// allocated without a wait, and a wait reuses what an earlier one left. Thread-safe.
/// </summary>
/// <remarks>
/// Who is let in gets a lease and gives it back at the end. A refusal is a result and no exception: under load there
/// are many of them.
/// </remarks>
public sealed partial class AdmissionQueue : IDisposable
{
    private const int MostSpares = 1024;
    private const long Never = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly AdmissionPace _pace;
    private readonly AdmissionPlaces _places = new();
    private readonly AdmissionMeasures _measures;
    private readonly WaitingLine _line = new();
    private readonly Stack<AdmissionWaiter> _spares = new();
    private readonly ITimer _timer;
    private volatile AdmissionOptions _options;
    private AdaptiveConcurrency? _adaptive;
    private AdmissionRestriction _restriction;
    private int _maxConcurrency;
    private long _alarm = Never;
    private long _admitted;
    private long _refused;
    private bool _isDisposed;

    /// <summary>Makes an empty one.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="AdmissionOptions.Problems"/>.</exception>
    public AdmissionQueue(AdmissionOptions options, TimeProvider time)
    {
        AdmissionOptions.ThrowIfWrong(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _origin = time.GetTimestamp();
        _pace = new AdmissionPace(options.ThrottleRate);
        _adaptive = AdaptiveConcurrency.Of(options, options.MaxConcurrency);
        _maxConcurrency = _adaptive?.Limit ?? options.MaxConcurrency;
        _measures = new AdmissionMeasures(time);
        _timer = CreateTimer(time);
    }

    /// <summary>
    /// The limits. They may be swapped at any time, as by a configuration reload, and hold at once. Nobody is lost:
    /// those who run or wait already stay, also where there may be fewer now. An adaptive limit goes on from where it
    /// is, unless another <see cref="AdmissionOptions.MaxConcurrency"/> says where to begin.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">The value has <see cref="AdmissionOptions.Problems"/>.</exception>
    public AdmissionOptions Options
    {
        get => _options;
        set
        {
            AdmissionOptions.ThrowIfWrong(value);
            lock (_gate)
            {
                var old = _options;
                _options = value;
                var begin = value.MaxConcurrency == old.MaxConcurrency ? _maxConcurrency : value.MaxConcurrency;
                if (value.MaxConcurrency != old.MaxConcurrency || value.Adaptive != old.Adaptive)
                    _adaptive = AdaptiveConcurrency.Of(value, begin);
                Volatile.Write(ref _maxConcurrency, _adaptive?.Limit ?? value.MaxConcurrency);
                _pace.Throttle(value.ThrottleRate);
                LetInUnderLock(Now());
            }
        }
    }

    /// <summary>What is kept away from the less urgent now. Setting it acts on those that wait, too.</summary>
    public AdmissionRestriction Restriction
    {
        get
        {
            lock (_gate)
                return _restriction;
        }
        set
        {
            lock (_gate)
            {
                _restriction = value;
                var now = Now();
                while (_line.LastBehind(value.LeastUrgent) is { } shed)
                    RefuseUnderLock(shed, AdmissionRefusal.Shed, now);
                LetInUnderLock(now);
            }
        }
    }

    /// <summary>Calls that may run at once now; 0 without a limit. An adaptive limit moves it.</summary>
    public int MaxConcurrency => Volatile.Read(ref _maxConcurrency);

    /// <summary>
    /// Takes a place if there is one now and nobody of this priority or a more urgent one waits for it.
    /// </summary>
    /// <param name="request">Who asks.</param>
    /// <param name="lease">The place, to be given back; harmless when there is none.</param>
    /// <returns>
    /// Whether the call was let in. One that was not counts nowhere: it may yet go elsewhere, or wait.
    /// </returns>
    public bool TryEnter(in AdmissionRequest request, out AdmissionLease lease)
    {
        lock (_gate)
        {
            var now = Now();
            if (!CanEnterUnderLock(request, now))
            {
                lease = default;
                return false;
            }

            lease = EnterUnderLock(request, now, waited: 0);
            return true;
        }
    }

    /// <summary>Takes a place, and waits for one if need be.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="cancellation">Ends the wait as <see cref="AdmissionRefusal.Cancelled"/>; nothing is thrown.</param>
    /// <returns>The place, or why there is none. To be awaited once.</returns>
    public ValueTask<AdmissionResult> EnterAsync(
        in AdmissionRequest request, CancellationToken cancellation = default)
    {
        AdmissionWaiter waiter;
        ValueTask<AdmissionResult> task;
        lock (_gate)
        {
            var now = Now();
            if (CanEnterUnderLock(request, now) && !cancellation.IsCancellationRequested)
            {
                return ValueTask.FromResult(new AdmissionResult(AdmissionRefusal.None,
                    EnterUnderLock(request, now, waited: 0), TimeSpan.Zero, TimeSpan.Zero));
            }

            var refusal = cancellation.IsCancellationRequested
                ? AdmissionRefusal.Cancelled
                : WhyNotWaitUnderLock(request, now);
            if (refusal != AdmissionRefusal.None)
            {
                _refused++;
                var wait = EstimateUnderLock(request.Priority, request.Tokens, now);
                return ValueTask.FromResult(new AdmissionResult(refusal, default, TimeSpan.Zero, new TimeSpan(wait)));
            }

            if (_line.IsFullFor(request.Priority, _options.MaxQueueSize, now)
                && _line.LastBehind(request.Priority) is { } shed)
                RefuseUnderLock(shed, AdmissionRefusal.Shed, now);
            waiter = _spares.TryPop(out var spare) ? spare : new AdmissionWaiter(this);
            waiter.Begin(request, now, now + Patience(request));
            task = waiter.Task;
            _line.Add(waiter);
            ArmUnderLock(now);
        }

        waiter.Heed(cancellation);
        return task;
    }

    /// <summary>
    /// How long a call would wait now, by what calls took lately; zero when it would not, or nobody knows.
    /// </summary>
    /// <param name="request">The call.</param>
    public TimeSpan EstimatedWait(in AdmissionRequest request = default) => Look(request).EstimatedWait;

    /// <summary>What would become of a call that asked now. Takes nothing, and promises nothing.</summary>
    /// <param name="request">The call.</param>
    public AdmissionOutlook Look(in AdmissionRequest request = default)
    {
        lock (_gate)
        {
            var now = Now();
            if (CanEnterUnderLock(request, now))
                return default;
            var wait = EstimateUnderLock(request.Priority, request.Tokens, now);
            return new AdmissionOutlook(WhyNotWaitUnderLock(request, now), new TimeSpan(wait));
        }
    }

    /// <summary>Everything at one moment.</summary>
    public AdmissionStatus GetStatus()
    {
        lock (_gate)
        {
            var rate = _measures.PerSecond(Now());
            return new AdmissionStatus(_places.Taken - _paused, _maxConcurrency, _line.Count + _paused,
                _options.MaxQueueSize, _admitted, _refused, _measures.SuccessRate, rate, _measures.AverageWait,
                _measures.AverageRunTime, Look().EstimatedWait);
        }
    }

    /// <summary>
    /// Ends all waits as <see cref="AdmissionRefusal.Shed"/>. Those that run give their places back as ever.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            while (_line.FirstToEnd is { } waiter)
                RefuseUnderLock(waiter, AdmissionRefusal.Shed, Now());
        }

        _timer.Dispose();
    }

    internal void Cancel(AdmissionWaiter waiter)
    {
        lock (_gate)
        {
            if (!waiter.IsWaiting)
                return;
            RefuseUnderLock(waiter, AdmissionRefusal.Cancelled, Now());
            // It may have been the head, and who is behind it may need less.
            LetInUnderLock(Now());
        }
    }

    internal void Recycle(AdmissionWaiter waiter)
    {
        lock (_gate)
        {
            if (_spares.Count < MostSpares)
                _spares.Push(waiter);
        }
    }

    private ITimer CreateTimer(TimeProvider time)
    {
        // The timer must not keep the ambient values of whoever makes the queue.
        if (ExecutionContext.IsFlowSuppressed())
            return time.CreateTimer(OnTimer, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using (ExecutionContext.SuppressFlow())
            return time.CreateTimer(OnTimer, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long Now() => Math.Max(0, _time.GetElapsedTime(_origin).Ticks);

    private bool CanEnterUnderLock(in AdmissionRequest request, long now) =>
        !_isDisposed && request.Priority <= _restriction.LeastUrgent && HasPlaceUnderLock(request.Priority)
        && _line.First(request.Priority) is null && _pace.Wait(request.Tokens, now) == 0;

    private bool HasPlaceUnderLock(int priority)
    {
        if (_maxConcurrency == 0)
            return true;
        var places = _maxConcurrency;
        if (priority > AdmissionPriority.Normal)
            places = Math.Max(1, places - (int)Math.Ceiling(places * _restriction.Reserved));
        return _places.Taken < places;
    }

    private AdmissionLease EnterUnderLock(in AdmissionRequest request, long now, long waited)
    {
        var number = _pace.Begin(request.Tokens, now);
        _admitted++;
        _measures.Begun(now, waited);
        var place = _places.Take(request, number, now, out var generation);
        return new AdmissionLease(this, place, generation);
    }

    private AdmissionRefusal WhyNotWaitUnderLock(in AdmissionRequest request, long now)
    {
        if (_isDisposed || request.Priority > _restriction.LeastUrgent)
            return AdmissionRefusal.Shed;
        var left = Patience(request);
        if (left <= 0 || EstimateUnderLock(request.Priority, request.Tokens, now) > left)
            return AdmissionRefusal.WouldBeLate;
        // In a full line a call that is more urgent than the last one takes its place.
        return _line.IsFullFor(request.Priority, _options.MaxQueueSize, now)
            && (_options.MaxQueueSize == 0 || _line.LastBehind(request.Priority) is null)
                ? AdmissionRefusal.QueueFull : AdmissionRefusal.None;
    }

    private long Patience(in AdmissionRequest request) =>
        Math.Min(_options.Timeout.Ticks, request.Deadline.Remaining.Ticks);

    private long EstimateUnderLock(int priority, long tokens, long now)
    {
        var ahead = _line.Ahead(priority, out var tokensAhead);
        var byPace = _pace.Estimate(ahead, tokensAhead, tokens, now);
        var turns = _maxConcurrency == 0 ? 0 : Math.Max(0, ahead + 1 + _places.Taken - _maxConcurrency);
        var byPlaces = turns == 0 ? 0 : _measures.AverageHeldTicks * turns / _maxConcurrency;
        return (long)Math.Min(Math.Max(byPace, byPlaces), TimeSpan.TicksPerDay);
    }

    private void LetInUnderLock(long now)
    {
        while (NextUnderLock() is { } next && _pace.Wait(next.Request.Tokens, now) == 0)
        {
            _line.Remove(next, isLetIn: true);
            var waited = Math.Max(0, now - next.Since);
            var lease = EnterUnderLock(next.Request, now, waited);
            next.End(new AdmissionResult(AdmissionRefusal.None, lease, new TimeSpan(waited), TimeSpan.Zero));
        }

        ArmUnderLock(now);
    }

    private AdmissionWaiter? NextUnderLock()
    {
        if (_line.Count == 0 || !HasPlaceUnderLock(AdmissionPriority.Highest))
            return null;
        return _line.First(HasPlaceUnderLock(AdmissionPriority.Lowest)
            ? AdmissionPriority.Lowest
            : AdmissionPriority.Normal);
    }

    private void RefuseUnderLock(AdmissionWaiter waiter, AdmissionRefusal why, long now)
    {
        _line.Remove(waiter, isLetIn: false);
        _refused++;
        waiter.End(new AdmissionResult(why, default, new TimeSpan(Math.Max(0, now - waiter.Since)),
            new TimeSpan(EstimateUnderLock(waiter.Request.Priority, waiter.Request.Tokens, now))));
    }

    private void OnTimer(object? _)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _alarm = Never;
            var now = Now();
            while (_line.FirstToEnd is { } waiter && waiter.Until <= now)
                RefuseUnderLock(waiter, AdmissionRefusal.TimedOut, now);
            LetInUnderLock(now);
        }
    }

    /// <summary>
    /// Sets the one timer for whatever time alone will bring: the end of a wait, or the throttle's next.
    /// </summary>
    private void ArmUnderLock(long now)
    {
        if (_line.FirstToEnd is not { } first)
            return;
        var next = first.Until;
        if (NextUnderLock() is { } paced)
            next = Math.Min(next, now + _pace.Wait(paced.Request.Tokens, now));
        // A timer that is too early looks and sets itself anew: cheaper than to move it at each arrival and departure.
        if (next >= _alarm)
            return;
        _alarm = next;
        var wait = Math.Max(1, (next - now + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }
}
