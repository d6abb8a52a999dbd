namespace Holdfast.Retrying;

/// <summary>
/// What retrying cost and brought. Each call that has ended is recorded once. Thread-safe, without a lock and, except
/// <see cref="GetSnapshot"/>, without allocation.
/// </summary>
public sealed class RetryStatistics
{
    private long _calls;
    private long _successes;
    private long _failures;
    private long _retries;
    private long _maxRetries;
    private long _delayTicks;

    /// <summary>Records a call that has ended.</summary>
    /// <param name="attempts">
    /// The attempts it made at all its targets, retries included. 0 when nothing could be tried.
    /// </param>
    /// <param name="retries">How many of them were retries: attempts at a target that was tried before.</param>
    /// <param name="succeeded">
    /// Whether the call got its answer. Its other attempts count as failed, as all do when it did not.
    /// </param>
    /// <param name="delay">The time it waited between attempts; negative counts as zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is negative; there are more retries than attempts, or a success without an attempt.
    /// </exception>
    public void Record(int attempts, int retries, bool succeeded, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, succeeded ? 1 : 0);
        ArgumentOutOfRangeException.ThrowIfNegative(retries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(retries, attempts);
        Interlocked.Increment(ref _calls);
        if (succeeded)
            Interlocked.Increment(ref _successes);
        var failed = attempts - (succeeded ? 1 : 0);
        if (failed != 0)
            Interlocked.Add(ref _failures, failed);
        if (retries != 0)
        {
            Interlocked.Add(ref _retries, retries);
            RaiseMaximum(retries);
        }

        if (delay > TimeSpan.Zero)
            Interlocked.Add(ref _delayTicks, delay.Ticks);
    }

    /// <summary>
    /// Everything at about one moment: while others record, a call may be in one number and not yet in another.
    /// </summary>
    public RetryStatisticsSnapshot GetSnapshot()
    {
        var calls = Interlocked.Read(ref _calls);
        var successes = Interlocked.Read(ref _successes);
        var failures = Interlocked.Read(ref _failures);
        var retries = Interlocked.Read(ref _retries);
        var delay = Interlocked.Read(ref _delayTicks);
        return new RetryStatisticsSnapshot(
            calls,
            successes + failures,
            successes,
            failures,
            calls == 0 ? 0 : retries / (double)calls,
            Interlocked.Read(ref _maxRetries),
            new TimeSpan(delay),
            retries == 0 ? TimeSpan.Zero : new TimeSpan(delay / retries));
    }

    private void RaiseMaximum(long retries)
    {
        var seen = Interlocked.Read(ref _maxRetries);
        while (retries > seen)
        {
            var before = Interlocked.CompareExchange(ref _maxRetries, retries, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
