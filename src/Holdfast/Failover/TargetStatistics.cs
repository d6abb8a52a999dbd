using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>
/// How one target does: totals for people, and a success rate and latencies that forget, for whoever chooses between
/// targets. Thread-safe, without a lock, and without allocation except <see cref="GetSnapshot"/>.
/// <para>
/// A success is <see cref="Outcome.Ok"/>. A caller's mistake and a cancellation say nothing about the target: they are
/// requests, but neither successes nor failures. Every other attempt is a failure, a rate limit and a bad key too.
/// What was not tried counts nowhere.
/// </para>
/// <para>
/// A latency is the time of a success, and of a timeout, because the target would have taken at least as long. A
/// cancelled attempt that had already taken longer than the average is one too: who loses every race would otherwise
/// never be known to be slow. A quick failure is none, or a target that refuses at once would be the fastest.
/// </para>
/// </summary>
public sealed class TargetStatistics
{
    private const int OutcomeBits = 5;
    private const long Unit = 1024;

    // So many successes are assumed before the first attempt: one lone failure says little.
    private const long AssumedSuccesses = 5 * Unit;

    private readonly TimeProvider _time;
    private readonly Decay _decay;
    private readonly long _staleAfter;
    private long _requests;
    private long _successes;
    private long _failures;
    private long _cancelled;
    private long _recentSuccesses;
    private long _recentFailures;
    private long _latencyWeight;
    private long _latencyMicroseconds;
    private long _lastTried = -1;

    // The time above, the outcome below, in one word: so they belong together.
    private long _last = -1;

    /// <summary>Makes one that knows nothing.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="options">How fast it forgets; null, the default: the options' own defaults.</param>
    /// <exception cref="ArgumentNullException">The clock is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="TargetStatisticsOptions.Problems"/>.</exception>
    public TargetStatistics(TimeProvider time, TargetStatisticsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        options ??= new TargetStatisticsOptions();
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        _time = time;
        _decay = new Decay(time, options.HalfLife);
        _staleAfter = options.LatencyHalfLife.Ticks;
        Latencies = new LatencyHistogram(time, options.LatencyHalfLife);
    }

    /// <summary>The latencies: follow them with an <see cref="AdaptiveTimeout"/>, read percentiles.</summary>
    public LatencyHistogram Latencies { get; }

    /// <summary>Attempts that were made since this was.</summary>
    public long RequestCount => Interlocked.Read(ref _requests);

    /// <summary>Successes among the recent attempts, 0 to 1; 1 while there are none.</summary>
    public double SuccessRate => Rate(0);

    /// <summary>
    /// What to expect of the next attempt, 0 to 1: the success rate as if five successes had been seen before, so that
    /// it begins at 1 and takes a few failures to fall.
    /// </summary>
    public double ExpectedSuccessRate => Rate(AssumedSuccesses);

    /// <summary>The average recent latency; null while nothing is known.</summary>
    public TimeSpan? AverageResponseTime
    {
        get
        {
            Fade(_decay.Now());
            return Average();
        }
    }

    /// <summary>
    /// Whether the target should be tried before others so that something is known about it: nobody has tried it yet,
    /// or not for <see cref="TargetStatisticsOptions.LatencyHalfLife"/>. It ends with <see cref="Started()"/>, so that
    /// one call tries and not all of them.
    /// </summary>
    public bool WantsFirstTry
    {
        get
        {
            var tried = Volatile.Read(ref _lastTried);
            return tried < 0 || _decay.Now() - tried >= _staleAfter;
        }
    }

    /// <summary>Says that an attempt begins.</summary>
    public void Started() => Started(_time.GetTimestamp());

    /// <summary>The same for whoever has just read the clock.</summary>
    internal void Started(long timestamp) => Volatile.Write(ref _lastTried, _decay.At(timestamp));

    /// <summary>Records how an attempt ended. An outcome that is no attempt is ignored.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="duration">From its start to its outcome; for a stream, to its first token.</param>
    public void Record(Outcome outcome, TimeSpan duration) => Record(outcome, duration, _time.GetTimestamp());

    /// <summary>The same for whoever has just read the clock.</summary>
    internal void Record(Outcome outcome, TimeSpan duration, long timestamp)
    {
        if (!outcome.IsAttempt())
            return;
        var now = _decay.At(timestamp);
        Fade(now);
        Interlocked.Increment(ref _requests);
        Volatile.Write(ref _lastTried, now);
        Volatile.Write(ref _last, (now << OutcomeBits) | (long)outcome);
        if (outcome == Outcome.Ok)
        {
            Interlocked.Increment(ref _successes);
            Interlocked.Add(ref _recentSuccesses, Unit);
        }
        else if (outcome is not (Outcome.Cancelled or Outcome.CallerError))
        {
            Interlocked.Increment(ref _failures);
            Interlocked.Add(ref _recentFailures, Unit);
        }

        if (outcome == Outcome.Cancelled)
            Interlocked.Increment(ref _cancelled);
        if (IsLatency(outcome, duration))
            AddLatency(duration, timestamp);
    }

    /// <summary>Everything at about one moment.</summary>
    public TargetStatisticsSnapshot GetSnapshot()
    {
        var last = Interlocked.Read(ref _last);
        var isKnown = last >= 0;
        var rate = SuccessRate;
        var successes = Interlocked.Read(ref _successes);
        var judged = Interlocked.Read(ref _recentSuccesses) + Interlocked.Read(ref _recentFailures);
        // Whoever chooses goes by the time that a loser had taken at least; for people that is no response time.
        var hasAnswered = successes > 0;
        return new TargetStatisticsSnapshot(
            RequestCount,
            successes,
            Interlocked.Read(ref _failures),
            Interlocked.Read(ref _cancelled),
            judged == 0 ? null : rate,
            hasAnswered ? AverageResponseTime : null,
            hasAnswered ? Latencies.Percentile(0.5) : TimeSpan.Zero,
            hasAnswered ? Latencies.Percentile(0.95) : TimeSpan.Zero,
            hasAnswered ? Latencies.Percentile(0.99) : TimeSpan.Zero,
            isKnown ? (Outcome)(last & ((1 << OutcomeBits) - 1)) : null,
            isKnown ? _time.GetUtcNow() - new TimeSpan(Math.Max(0, _decay.Now() - (last >> OutcomeBits))) : null);
    }

    private bool IsLatency(Outcome outcome, TimeSpan duration) => outcome switch
    {
        Outcome.Ok or Outcome.Timeout => true,
        Outcome.Cancelled => Average() is not { } average || duration > average,
        _ => false,
    };

    private void AddLatency(TimeSpan duration, long timestamp)
    {
        // Longer than an hour says no more than an hour, and a sum of these can't overflow.
        var microseconds = Math.Clamp(duration.Ticks, 0, TimeSpan.TicksPerHour) / TimeSpan.TicksPerMicrosecond;
        Interlocked.Add(ref _latencyWeight, Unit);
        Interlocked.Add(ref _latencyMicroseconds, microseconds * Unit);
        Latencies.Record(duration, timestamp);
    }

    private TimeSpan? Average()
    {
        var weight = Interlocked.Read(ref _latencyWeight);
        // What is left of one latency after six half-lives is no longer worth knowing.
        if (weight < Unit / 64)
            return null;
        return new TimeSpan(Interlocked.Read(ref _latencyMicroseconds) / weight * TimeSpan.TicksPerMicrosecond);
    }

    private double Rate(long assumed)
    {
        Fade(_decay.Now());
        var good = Interlocked.Read(ref _recentSuccesses) + assumed;
        var all = good + Interlocked.Read(ref _recentFailures);
        return all == 0 ? 1 : good / (double)all;
    }

    private void Fade(long now)
    {
        if (!_decay.TryStep(now, out var factor))
            return;
        Decay.Scale(ref _recentSuccesses, factor);
        Decay.Scale(ref _recentFailures, factor);
        Decay.Scale(ref _latencyWeight, factor);
        Decay.Scale(ref _latencyMicroseconds, factor);
    }
}
