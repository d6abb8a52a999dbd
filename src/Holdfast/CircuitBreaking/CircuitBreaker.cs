namespace Holdfast.CircuitBreaking;

/// <summary>
/// Keeps calls away from a target that fails, and lets a few back in to see whether it has recovered.
/// <see cref="TryAcquire"/> gives a permit or says at once that there is none; the permit is settled when the outcome
/// is known, which may be on another thread and much later. All members are thread-safe. A call that is let in and
/// succeeds while the circuit is closed takes no lock and allocates nothing; only the first success after a failure
/// takes the lock, to forget the failure.
/// </summary>
public sealed class CircuitBreaker
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly CircuitMachine _machine;
    private volatile CircuitBreakerOptions _options;
    private DateTimeOffset? _lastFailure;
    private long _rejections;

    /// <summary>Makes a closed circuit breaker.</summary>
    /// <param name="name">What it is called in registries, metrics and events.</param>
    /// <param name="options">When it opens and closes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="CircuitBreakerOptions.Problems"/>.</exception>
    public CircuitBreaker(string name, CircuitBreakerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(time);
        Check(options);
        Name = name;
        _options = options;
        _time = time;
        _origin = time.GetTimestamp();
        _machine = new CircuitMachine(options);
    }

    /// <summary>
    /// Raised after each change of state, outside every lock, on the thread that caused it. Two changes that follow
    /// closely on two threads may arrive in either order; <see cref="CircuitTransition.At"/> tells. A listener that
    /// throws breaks neither the call nor the other listeners: see <see cref="ListenerFailed"/>.
    /// </summary>
    public event Action<CircuitBreaker, CircuitTransition>? StateChanged;

    /// <summary>Raised with what a listener of <see cref="StateChanged"/> threw. Must not throw itself.</summary>
    public event Action<CircuitBreaker, Exception>? ListenerFailed;

    /// <summary>The name given at construction.</summary>
    public string Name { get; }

    /// <summary>
    /// The options. They may be swapped at any time, as by a configuration reload: state, counts and permits stay, and
    /// the new values hold from the next decision on, also for the recovery time that is running.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">The value has <see cref="CircuitBreakerOptions.Problems"/>.</exception>
    public CircuitBreakerOptions Options
    {
        get => _options;
        set
        {
            Check(value);
            lock (_gate)
            {
                _options = value;
                _machine.ConfigureUnderLock(value);
            }
        }
    }

    /// <summary>The state. An open circuit reads as open until a probe is let in.</summary>
    public CircuitState State
    {
        get
        {
            lock (_gate)
                return _machine.State;
        }
    }

    /// <summary>Whether <see cref="TryAcquire"/> would succeed right now. Takes nothing.</summary>
    public bool IsAvailable => RetryAfter == TimeSpan.Zero;

    /// <summary>
    /// How long until the next call is let in: zero when one is let in now, <see cref="TimeSpan.MaxValue"/> while
    /// isolated. While all probes of a half-open circuit are in flight nobody knows: it is
    /// <see cref="CircuitBreakerOptions.RecoveryTimeout"/> at most, and usually takes much less.
    /// </summary>
    public TimeSpan RetryAfter
    {
        get
        {
            if (_machine.ClosedGeneration >= 0)
                return TimeSpan.Zero;
            lock (_gate)
                return _machine.RetryAfterUnderLock(Now());
        }
    }

    /// <summary>Calls that failed fast since the breaker was made.</summary>
    public long Rejections => Interlocked.Read(ref _rejections);

    /// <summary>Asks for the right to make one call.</summary>
    /// <param name="permit">The permit to settle; harmless when there is none.</param>
    /// <returns>False: fail fast, and leave the target alone.</returns>
    public bool TryAcquire(out CircuitPermit permit)
    {
        var generation = _machine.ClosedGeneration;
        if (generation >= 0)
        {
            permit = new CircuitPermit(this, generation, 0);
            return true;
        }

        return TryAcquireWhileNotClosed(out permit);
    }

    /// <summary>Everything at one moment.</summary>
    public CircuitStatus GetStatus()
    {
        lock (_gate)
        {
            var retryAfter = _machine.RetryAfterUnderLock(Now());
            return new CircuitStatus(
                _machine.State,
                _machine.Failures,
                _machine.Successes,
                _machine.ConsecutiveFailures,
                _lastFailure,
                _machine.State == CircuitState.Open ? _time.GetUtcNow() + retryAfter : null,
                retryAfter == TimeSpan.Zero,
                Rejections);
        }
    }

    /// <summary>Takes the target out by hand, whatever happens, until <see cref="Reset"/>.</summary>
    public void Isolate()
    {
        CircuitState from, to;
        lock (_gate)
        {
            from = _machine.State;
            _machine.IsolateUnderLock();
            to = _machine.State;
        }

        Raise(from, to);
    }

    /// <summary>
    /// Says that the target seems to be there again, as somebody found who asked beside the calls. A recovery time that
    /// has grown is <see cref="CircuitBreakerOptions.RecoveryTimeout"/> again, also the one that is running, so that
    /// calls find out soon. It closes nothing: that takes probes.
    /// </summary>
    public void SeemsRecovered()
    {
        lock (_gate)
            _machine.ForgetReopeningsUnderLock();
    }

    /// <summary>
    /// Closes the circuit by hand from any state and forgets its failures and its grown recovery time. The totals stay.
    /// Results of calls let in before it are ignored.
    /// </summary>
    public void Reset()
    {
        CircuitState from, to;
        lock (_gate)
        {
            from = _machine.State;
            _machine.ResetUnderLock();
            to = _machine.State;
        }

        Raise(from, to);
    }

    internal void Commit(long generation, long probe)
    {
        CircuitState from, to;
        lock (_gate)
        {
            from = _machine.State;
            _machine.CommitUnderLock(generation, probe, Now());
            to = _machine.State;
        }

        Raise(from, to);
    }

    internal void Succeed(long generation, long probe)
    {
        var window = _machine.Window;
        var now = window is null ? 0 : Now();
        if (probe == 0 && _machine.TrySucceedWithoutLock(generation, window, now))
            return;

        CircuitState from, to;
        lock (_gate)
        {
            from = _machine.State;
            _machine.SucceedUnderLock(generation, probe, Now());
            to = _machine.State;
        }

        Raise(from, to);
    }

    internal void Fail(long generation, long probe)
    {
        CircuitState from, to;
        lock (_gate)
        {
            from = _machine.State;
            if (_machine.FailUnderLock(generation, probe, Now()))
                _lastFailure = _time.GetUtcNow();
            to = _machine.State;
        }

        Raise(from, to);
    }

    internal void Abandon(long generation, long probe)
    {
        lock (_gate)
            _machine.AbandonUnderLock(generation, probe, Now());
    }

    private static void Check(CircuitBreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
    }

    private bool TryAcquireWhileNotClosed(out CircuitPermit permit)
    {
        CircuitState from, to;
        bool admitted;
        lock (_gate)
        {
            from = _machine.State;
            admitted = _machine.TryAdmitUnderLock(Now(), out var generation, out var probe);
            permit = admitted ? new CircuitPermit(this, generation, probe) : default;
            to = _machine.State;
        }

        if (!admitted)
            Interlocked.Increment(ref _rejections);
        Raise(from, to);
        return admitted;
    }

    private long Now() => _time.GetElapsedTime(_origin).Ticks;

    private void Raise(CircuitState from, CircuitState to)
    {
        if (from == to || StateChanged is not { } listeners)
            return;
        var transition = new CircuitTransition(from, to, _time.GetUtcNow());
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(this, transition);
            }
            catch (Exception exception)
            {
                ListenerFailed?.Invoke(this, exception);
            }
        }
    }
}
