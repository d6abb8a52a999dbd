namespace Holdfast.CircuitBreaking;

/// <summary>
/// The circuit breaker as a small state and its transitions, without clock, lock or events: the owner holds its lock
/// and says what time it is (ticks of 100 ns since any moment; going backwards is harmless). Only
/// <see cref="ClosedGeneration"/> and <see cref="TrySucceedWithoutLock"/> may be used without the lock.
/// Each change of state starts a new generation; a result that carries an older one changes nothing.
/// </summary>
internal sealed class CircuitMachine
{
    private readonly List<Probe> _inFlight = [];
    private readonly List<long> _committed = [];
    private CircuitBreakerOptions _options;
    private CircuitWindow? _window;
    private CircuitState _state;
    private long _generation;
    private long _closedGeneration;
    private int _consecutiveFailures;
    private long _successes;
    private long _openedAt;
    private int _reopenings;
    private int _probeSuccesses;
    private long _lastProbe;

    public CircuitMachine(CircuitBreakerOptions options)
    {
        _options = options;
        ConfigureUnderLock(options);
    }

    public CircuitState State => _state;

    public long Generation => _generation;

    /// <summary>The generation to admit calls with while the circuit is closed, else -1. Needs no lock.</summary>
    public long ClosedGeneration => Volatile.Read(ref _closedGeneration);

    public int ConsecutiveFailures => Volatile.Read(ref _consecutiveFailures);

    public long Successes => Interlocked.Read(ref _successes);

    public long Failures { get; private set; }

    public CircuitWindow? Window => Volatile.Read(ref _window);

    public void ConfigureUnderLock(CircuitBreakerOptions options)
    {
        _options = options;
        var window = _window;
        if (options is { WindowThreshold: 0, FailureRatio: 0 })
            window = null;
        else if (window is null)
            window = new CircuitWindow(options.MonitoringPeriod);
        else if (window.Period != options.MonitoringPeriod)
            window = window.WithPeriodUnderLock(options.MonitoringPeriod);
        Volatile.Write(ref _window, window);
    }

    /// <summary>A success while nothing needs the lock: no failure to forget, no time slice to start.</summary>
    public bool TrySucceedWithoutLock(long generation, CircuitWindow? window, long now)
    {
        if (ClosedGeneration != generation)
            return false;
        if (ConsecutiveFailures != 0)
            return false;
        if (window is not null && !window.TryAddSuccess(now, generation, ref _closedGeneration))
            return false;
        Interlocked.Increment(ref _successes);
        return true;
    }

    /// <summary>Lets a call in. <paramref name="probe"/> is 0 for a call of the closed state.</summary>
    public bool TryAdmitUnderLock(long now, out long generation, out long probe)
    {
        probe = 0;
        if (RetryAfterUnderLock(now) != TimeSpan.Zero)
        {
            generation = -1;
            return false;
        }

        if (_state == CircuitState.Open)
            Enter(CircuitState.HalfOpen);
        if (_state == CircuitState.HalfOpen)
        {
            probe = ++_lastProbe;
            _inFlight.Add(new Probe(probe, now));
        }

        generation = _generation;
        return true;
    }

    public void CommitUnderLock(long generation, long probe, long now)
    {
        if (generation != _generation || !TakeProbe(probe, now))
            return;
        _committed.Add(probe);
        CountProbeSuccess();
    }

    public void SucceedUnderLock(long generation, long probe, long now)
    {
        if (generation != _generation)
            return;
        if (probe != 0)
        {
            if (!_committed.Remove(probe) && TakeProbe(probe, now))
                CountProbeSuccess();
            return;
        }

        _consecutiveFailures = 0;
        _window?.AddSuccessUnderLock(now);
        Interlocked.Increment(ref _successes);
    }

    /// <summary>False when the failure counted for nothing: it came late, or its probe was settled before.</summary>
    public bool FailUnderLock(long generation, long probe, long now)
    {
        if (generation != _generation || (probe != 0 && !_committed.Remove(probe) && !TakeProbe(probe, now)))
            return false;

        Failures++;
        _consecutiveFailures++;
        if (_state == CircuitState.HalfOpen)
        {
            _reopenings++;
            Open(now);
            return true;
        }

        _window?.AddFailureUnderLock(now);
        if (ShouldOpen(now))
            Open(now);
        return true;
    }

    public void AbandonUnderLock(long generation, long probe, long now)
    {
        if (generation == _generation && !_committed.Remove(probe))
            TakeProbe(probe, now);
    }

    public void IsolateUnderLock()
    {
        if (_state != CircuitState.Isolated)
            Enter(CircuitState.Isolated);
    }

    public void ResetUnderLock() => Close();

    public void ForgetReopeningsUnderLock() => _reopenings = 0;

    /// <summary>
    /// Zero when a call would be let in now; <see cref="TimeSpan.MaxValue"/> when only a hand can help.
    /// </summary>
    public TimeSpan RetryAfterUnderLock(long now)
    {
        switch (_state)
        {
            case CircuitState.Open:
                // A clock that went back behind the opening starts the wait again instead of stretching it.
                _openedAt = Math.Min(_openedAt, now);
                var left = RecoveryTime().Ticks - (now - _openedAt);
                return left > 0 ? new TimeSpan(left) : TimeSpan.Zero;
            case CircuitState.HalfOpen:
                ExpireProbes(now);
                if (_inFlight.Count < _options.HalfOpenProbes)
                    return TimeSpan.Zero;
                // The probes are known long before their permits expire; else the circuit opens again for about this.
                var expiry = UntilAProbeExpires(now);
                return expiry < _options.RecoveryTimeout ? expiry : _options.RecoveryTimeout;
            case CircuitState.Isolated:
                return TimeSpan.MaxValue;
            default:
                return TimeSpan.Zero;
        }
    }

    private bool ShouldOpen(long now)
    {
        if (_options.FailureThreshold > 0 && _consecutiveFailures >= _options.FailureThreshold)
            return true;
        if (_window is null)
            return false;
        var (calls, failures) = _window.CountUnderLock(now);
        if (_options.WindowThreshold > 0 && failures >= _options.WindowThreshold)
            return true;
        return _options.FailureRatio > 0
            && failures > 1
            && calls >= _options.MinimumCalls
            && failures >= _options.FailureRatio * calls;
    }

    private TimeSpan RecoveryTime()
    {
        // 2^40 times the shortest recovery time is beyond every cap.
        var doubled = _options.RecoveryTimeout.Ticks * Math.Pow(2, Math.Min(_reopenings, 40));
        return new TimeSpan((long)Math.Min(doubled, _options.MaxRecoveryTime.Ticks));
    }

    private void CountProbeSuccess()
    {
        Interlocked.Increment(ref _successes);
        if (++_probeSuccesses >= _options.SuccessThreshold)
            Close();
    }

    private void Open(long now)
    {
        _openedAt = now;
        Enter(CircuitState.Open);
    }

    private void Close()
    {
        _consecutiveFailures = 0;
        _reopenings = 0;
        Enter(CircuitState.Closed);
    }

    private void Enter(CircuitState state)
    {
        _state = state;
        _generation++;
        _probeSuccesses = 0;
        _inFlight.Clear();
        _committed.Clear();
        Volatile.Write(ref _closedGeneration, state == CircuitState.Closed ? _generation : -1);
        _window?.ClearUnderLock();
    }

    private bool TakeProbe(long probe, long now)
    {
        ExpireProbes(now);
        for (var i = 0; i < _inFlight.Count; i++)
        {
            if (_inFlight[i].Id != probe)
                continue;
            _inFlight.RemoveAt(i);
            return true;
        }

        return false;
    }

    private void ExpireProbes(long now)
    {
        for (var i = _inFlight.Count - 1; i >= 0; i--)
        {
            var probe = _inFlight[i];
            if (probe.Since > now)
                _inFlight[i] = probe with { Since = now };
            else if (now - probe.Since >= _options.PermitLifetime.Ticks)
                _inFlight.RemoveAt(i);
        }
    }

    private TimeSpan UntilAProbeExpires(long now)
    {
        var first = long.MaxValue;
        foreach (var probe in _inFlight)
            first = Math.Min(first, probe.Since);
        return new TimeSpan(_options.PermitLifetime.Ticks - (now - first));
    }

    private readonly record struct Probe(long Id, long Since);
}
