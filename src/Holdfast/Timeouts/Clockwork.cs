using System.Runtime.CompilerServices;

namespace Holdfast.Timeouts;

/// <summary>
/// What is behind an <see cref="AttemptClock"/>: timer, token source and limits. Streams have one of their own. That of
/// a plain call serves one use after the other: it goes to the spares of its <see cref="TimeProvider"/> when a use ends
/// uncancelled, and its timer stays set, because the next use rarely wants it sooner.
/// <para>
/// A use has a number, so that whoever disposes of an old clock doesn't stop the new one. What has struck or was
/// cancelled never serves again. A timer that comes late finds the next use and judges that one: it harms nothing.
/// </para>
/// </summary>
internal sealed class Clockwork
{
    private const int MostSpares = 256;

    private static readonly TimerCallback OnTimer = static work => ((Clockwork)work!).Ring();
    private static readonly Action<object?> OnCaller = static source => ((CancellationTokenSource)source!).Cancel();
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly Spares<Clockwork> OfSystemTime = new(MostSpares);
    private static readonly ConditionalWeakTable<TimeProvider, Spares<Clockwork>> OfOtherTimes = [];

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Spares<Clockwork>? _spares;
    private readonly bool _streaming;
    private readonly ITimer _timer;
    private readonly ThroughputGauge? _gauge;
    private TimeoutOptions _options;
    private Deadline _call;
    private long _start;
    private long _use;
    private bool _lendsToken;
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _caller;
    private volatile TimeoutKind _struck;
    private bool _begun;
    private bool _cancelling;
    private bool _disposed;
    private long _lastToken;
    private long _characters;

    // When the timer rings next, as a timestamp; never rings: the largest.
    private long _rings = long.MaxValue;

    // Active time stands still while paused. In one word, so that the timer reads it without a lock: from 0 on it is
    // the sum of all pauses (running); below 0 it is the complement of the active time it stopped at (paused).
    private long _pauses;

    // Set by the timer when it found the clock paused and left it to Resume to wind it up again.
    private int _asleep;

    private Clockwork(TimeProvider time, TimeoutOptions options, bool streaming, Spares<Clockwork>? spares)
    {
        _time = time;
        _options = options;
        _streaming = streaming;
        _spares = spares;
        _gauge = streaming && options.MinThroughput > 0 ? new ThroughputGauge() : null;
        _timer = CreateTimer(time);
    }

    /// <summary>Starts a spare one or a new one; the arguments are those of <see cref="AttemptClock"/>.</summary>
    public static Clockwork Start(TimeProvider time, TimeoutOptions options, bool streaming, Deadline call,
        CancellationToken caller, bool lendToken, out long use, out CancellationToken token)
    {
        var spares = streaming ? null : SparesOf(time);
        var work = spares?.Take() ?? new Clockwork(time, options, streaming, spares);
        work.Start(options, call, caller, lendToken);
        use = work._use;
        token = work._source!.Token;
        return work;
    }

    public TimeoutKind StruckIn(long use)
    {
        // In this order: a use that has struck is the last, so a number that still fits was not another's.
        var struck = _struck;
        return Volatile.Read(ref _use) == use ? struck : TimeoutKind.None;
    }

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

    public void TokenArrived(int characters)
    {
        if (!_streaming)
            return;
        Volatile.Write(ref _characters, _characters + characters);
        Volatile.Write(ref _lastToken, Active());
    }

    public void Pause()
    {
        if (_streaming && Volatile.Read(ref _pauses) >= 0)
            Interlocked.Exchange(ref _pauses, ~Active());
    }

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

    /// <summary>Ends a use; ignored when that has ended.</summary>
    public void Stop(long use)
    {
        bool cancelling;
        lock (_gate)
        {
            if (_disposed || _use != use)
                return;
            _disposed = true;
            cancelling = _cancelling;
        }

        // From here on the timer touches nothing, and nobody else is let in. False: the caller's token is cancelling
        // the source at this moment, or has.
        var source = _source!;
        var isFree = _caller == default || _caller.Unregister();
        _caller = default;
        var isDone = isFree && !cancelling;
        var isClean = isDone && !source.IsCancellationRequested;
        if (!(isClean && _lendsToken && source.TryReset()))
        {
            if (isDone)
                source.Dispose();
            _source = null;
        }

        if (isClean && _spares is not null)
        {
            Volatile.Write(ref _use, use + 1);
            if (_spares.TryKeep(this))
                return;
        }

        _timer.Dispose();
    }

    private static Spares<Clockwork> SparesOf(TimeProvider time) => ReferenceEquals(time, TimeProvider.System)
        ? OfSystemTime
        : OfOtherTimes.GetValue(time, static _ => new Spares<Clockwork>(MostSpares));

    private void Start(TimeoutOptions options, Deadline call, CancellationToken caller, bool lendToken)
    {
        // A token that was lent goes to borrowers only.
        if (!lendToken || _source is null)
            _source = new CancellationTokenSource();
        if (caller.CanBeCanceled)
            _caller = caller.UnsafeRegister(OnCaller, _source);
        CancellationTokenSource? struck;
        lock (_gate)
        {
            _options = options;
            _call = call;
            _lendsToken = lendToken;
            _start = _time.GetTimestamp();
            _disposed = false;
            struck = JudgeUnderLock(_start);
        }

        Cancel(struck);
    }

    private ITimer CreateTimer(TimeProvider time)
    {
        // The timer must not keep the ambient values of whoever makes the call.
        if (ExecutionContext.IsFlowSuppressed())
            return time.CreateTimer(OnTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using (ExecutionContext.SuppressFlow())
            return time.CreateTimer(OnTimer, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        lock (_gate)
            _rings = long.MaxValue;
        Look();
    }

    private void Look()
    {
        CancellationTokenSource? struck;
        lock (_gate)
            struck = JudgeUnderLock(_time.GetTimestamp());
        Cancel(struck);
    }

    /// <summary>What is to be cancelled because a limit has struck; else the timer is set.</summary>
    private CancellationTokenSource? JudgeUnderLock(long now)
    {
        if (_disposed || _cancelling || _source!.IsCancellationRequested)
            return null;
        var kind = KindUnderLock(now, out var left);
        if (kind == TimeoutKind.None)
        {
            ArmUnderLock(now, left);
            return null;
        }

        _struck = kind;
        _cancelling = true;
        return _source;
    }

    /// <summary>Outside the lock, because it runs what others registered.</summary>
    private void Cancel(CancellationTokenSource? struck)
    {
        if (struck is null)
            return;
        try
        {
            struck.Cancel();
        }
        catch (AggregateException)
        {
            // What somebody registered on the token threw. The token is struck all the same, and on a timer's thread
            // there is nobody to throw it at: it would end the process.
        }
        finally
        {
            lock (_gate)
            {
                _cancelling = false;
                if (_disposed)
                    struck.Dispose();
            }
        }
    }

    private TimeoutKind KindUnderLock(long now, out TimeSpan left)
    {
        left = _call.RemainingAt(now, _time);
        // First of all, because it is nobody's failure.
        if (left <= TimeSpan.Zero)
            return TimeoutKind.Call;

        var kind = TimeoutKind.Call;
        if (!_begun)
        {
            var elapsed = new TimeSpan(ElapsedAt(now));
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

    private void ArmUnderLock(long now, TimeSpan left)
    {
        if (left == TimeSpan.MaxValue)
            return;
        // Whole milliseconds upwards: timers cut the rest off and would fire too early, again and again.
        var wait = left < LongestWait ? Math.Ceiling(left.TotalMilliseconds) : LongestWait.TotalMilliseconds;
        var due = now + (long)(wait / 1000 * _time.TimestampFrequency);
        // A timer that rings too early looks again, and costs less than one that is set for each attempt.
        if (_rings <= due)
            return;
        _rings = due;
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    private long Elapsed() => ElapsedAt(_time.GetTimestamp());

    private long ElapsedAt(long now) => Math.Max(0, _time.GetElapsedTime(_start, now).Ticks);

    private long Active()
    {
        var pauses = Volatile.Read(ref _pauses);
        return pauses < 0 ? ~pauses : Math.Max(0, Elapsed() - pauses);
    }
}
