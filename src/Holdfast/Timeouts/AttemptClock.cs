namespace Holdfast.Timeouts;

/// <summary>
/// Holds one attempt to its limits and cancels <see cref="Token"/> when one strikes. A plain call is bounded by the
/// attempt's limit as a whole; a stream by it and by the first-token limit until its first token, from then on by idle
/// time and throughput; both by the deadline of the call, always.
/// <para>
/// One timer serves all limits: it fires, looks how much is left, and is set again. A token costs one reading of the
/// clock and no allocation. <see cref="FirstToken"/>, <see cref="TokenArrived"/>, <see cref="Pause"/> and
/// <see cref="Resume"/> are for the one reader of the answer; the timer may fire and anybody may dispose meanwhile.
/// </para>
/// </summary>
public sealed class AttemptClock : IDisposable
{
    private static readonly TimerCallback OnTimer = static clock => ((AttemptClock)clock!).Look();
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeoutOptions _options;
    private readonly Deadline _call;
    private readonly bool _streaming;
    private readonly long _start;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly ThroughputGauge? _gauge;
    private volatile TimeoutKind _struck;
    private bool _begun;
    private bool _cancelling;
    private bool _disposed;
    private long _lastToken;
    private long _characters;

    // Active time stands still while paused. In one word, so that the timer reads it without a lock: from 0 on it is
    // the sum of all pauses (running); below 0 it is the complement of the active time it stopped at (paused).
    private long _pauses;

    // Set by the timer when it found the clock paused and left it to Resume to wind it up again.
    private int _asleep;

    /// <summary>Starts the clock.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="options">The limits.</param>
    /// <param name="streaming">Whether the answer is a stream.</param>
    /// <param name="call">The deadline of the call; one that has passed strikes at once.</param>
    /// <param name="caller">The caller's token: when it is cancelled, so is <see cref="Token"/>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public AttemptClock(
        TimeProvider time, TimeoutOptions options, bool streaming, Deadline call, CancellationToken caller)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _options = options;
        _streaming = streaming;
        _call = call;
        _start = time.GetTimestamp();
        _gauge = streaming && options.MinThroughput > 0 ? new ThroughputGauge() : null;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Token = _source.Token;
        _timer = CreateTimer(time);
        Look();
    }

    /// <summary>Cancelled when a limit strikes or the caller's token is cancelled. Usable after disposal.</summary>
    public CancellationToken Token { get; }

    /// <summary>The limit that struck. None: nothing was cancelled, or the caller did it.</summary>
    public TimeoutKind Struck => _struck;

    /// <summary>
    /// Says that a stream's first token is here: the attempt's and the first-token limit end, idle time and throughput
    /// begin. Ignored for a plain call and the second time.
    /// </summary>
    public void FirstToken()
    {
        if (!_streaming)
            return;
        lock (_gate)
        {
            if (_begun)
                return;
            _begun = true;
            var active = Active();
            Volatile.Write(ref _lastToken, active);
            _gauge?.Start(active, Volatile.Read(ref _characters));
        }

        Look();
    }

    /// <summary>Says that a token arrived. Allocates nothing and sets no timer.</summary>
    /// <param name="characters">Its length, for the throughput.</param>
    public void TokenArrived(int characters)
    {
        Volatile.Write(ref _characters, _characters + characters);
        Volatile.Write(ref _lastToken, Active());
    }

    /// <summary>
    /// Stops idle time and throughput, because from here we wait for the caller, not for the provider. The deadline of
    /// the call runs on. Ignored when paused.
    /// </summary>
    public void Pause()
    {
        if (Volatile.Read(ref _pauses) >= 0)
            Interlocked.Exchange(ref _pauses, ~Active());
    }

    /// <summary>Lets idle time and throughput go on. Ignored when not paused.</summary>
    public void Resume()
    {
        var pauses = Volatile.Read(ref _pauses);
        if (pauses >= 0)
            return;
        // A full fence stands between this and the reading of _asleep; the timer does the same the other way round.
        Interlocked.Exchange(ref _pauses, Math.Max(0, Elapsed() - ~pauses));
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
            Look();
    }

    /// <summary>Stops the clock. Nothing strikes afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (!_cancelling)
                _source.Dispose();
        }

        _timer.Dispose();
    }

    private ITimer CreateTimer(TimeProvider time)
    {
        // The timer must not keep the ambient values of whoever makes the call.
        if (ExecutionContext.IsFlowSuppressed())
            return time.CreateTimer(OnTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using (ExecutionContext.SuppressFlow())
            return time.CreateTimer(OnTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_disposed || _cancelling || _source.IsCancellationRequested)
                return;
            var kind = JudgeUnderLock(out var left);
            if (kind == TimeoutKind.None)
            {
                Arm(left);
                return;
            }

            _struck = kind;
            _cancelling = true;
        }

        // Outside the lock, because it runs what others registered.
        _source.Cancel();
        lock (_gate)
        {
            _cancelling = false;
            if (_disposed)
                _source.Dispose();
        }
    }

    private TimeoutKind JudgeUnderLock(out TimeSpan left)
    {
        left = _call.Remaining;
        // First of all, because it is nobody's failure.
        if (left <= TimeSpan.Zero)
            return TimeoutKind.Call;

        var kind = TimeoutKind.Call;
        if (!_begun)
        {
            var elapsed = new TimeSpan(Elapsed());
            if (_streaming)
                Consider(_options.FirstToken, elapsed, TimeoutKind.FirstToken, ref left, ref kind);
            Consider(_options.Attempt, elapsed, TimeoutKind.Attempt, ref left, ref kind);
        }
        else if (!FallsAsleep())
        {
            var active = Active();
            var idle = new TimeSpan(active - Volatile.Read(ref _lastToken));
            Consider(_options.Idle, idle, TimeoutKind.Idle, ref left, ref kind);
            if (_gauge is not null && left > TimeSpan.Zero)
            {
                if (_gauge.IsTooSlow(active, Volatile.Read(ref _characters), _options.MinThroughput))
                    return TimeoutKind.Throughput;
                var look = new TimeSpan(_gauge.UntilNextLook(active));
                left = look < left ? look : left;
            }
        }

        return left <= TimeSpan.Zero ? kind : TimeoutKind.None;
    }

    private static void Consider(
        TimeSpan limit, TimeSpan spent, TimeoutKind candidate, ref TimeSpan left, ref TimeoutKind kind)
    {
        if (limit <= TimeSpan.Zero || limit - spent >= left)
            return;
        left = limit - spent;
        kind = candidate;
    }

    private bool FallsAsleep()
    {
        if (Volatile.Read(ref _pauses) >= 0)
            return false;
        Interlocked.Exchange(ref _asleep, 1);
        // Resumed in between, it may have missed the flag: then there is no sleep.
        return Volatile.Read(ref _pauses) < 0 || Interlocked.Exchange(ref _asleep, 0) == 0;
    }

    private void Arm(TimeSpan left)
    {
        if (left == TimeSpan.MaxValue)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Whole milliseconds upwards: timers cut the rest off and would fire too early, again and again.
        var wait = left < LongestWait ? Math.Ceiling(left.TotalMilliseconds) : LongestWait.TotalMilliseconds;
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    private long Elapsed() => Math.Max(0, _time.GetElapsedTime(_start).Ticks);

    private long Active()
    {
        var pauses = Volatile.Read(ref _pauses);
        return pauses < 0 ? ~pauses : Math.Max(0, Elapsed() - pauses);
    }
}
