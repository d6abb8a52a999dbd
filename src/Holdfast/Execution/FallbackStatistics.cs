using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>Counts fallbacks. Thread-safe.</summary>
internal sealed class FallbackStatistics
{
    private long _calls;
    private long _invocations;
    private long _successes;
    private long _primaryFailures;
    private long _ticks;

    /// <summary>A call has ended.</summary>
    /// <param name="primary">The target that came first in it.</param>
    /// <param name="trail">What was tried and passed over.</param>
    /// <param name="winner">The target that answered; null when none did.</param>
    /// <param name="wentOn">See <see cref="FailoverResult{TAnswer}.WentOn"/>.</param>
    /// <param name="fellBack">See <see cref="FailoverResult{TAnswer}.FellBack"/>.</param>
    /// <param name="took">The whole call.</param>
    public void Record(string primary, AttemptTrail trail, string? winner, bool wentOn, bool fellBack,
        TimeSpan took)
    {
        Interlocked.Increment(ref _calls);
        if (trail.OnlyTarget == primary)
            return;
        if (trail.Any(one => one.Target == primary && one.Outcome is not (Outcome.Ok or Outcome.Cancelled))
            && winner != primary)
            Interlocked.Increment(ref _primaryFailures);
        if (!wentOn)
            return;
        Interlocked.Increment(ref _invocations);
        if (!fellBack)
            return;
        Interlocked.Increment(ref _successes);
        Interlocked.Add(ref _ticks, took.Ticks);
    }

    public FallbackStatisticsSnapshot GetSnapshot()
    {
        var calls = Interlocked.Read(ref _calls);
        var invocations = Interlocked.Read(ref _invocations);
        var successes = Interlocked.Read(ref _successes);
        return new FallbackStatisticsSnapshot(
            invocations,
            invocations == 0 ? 1 : successes / (double)invocations,
            calls == 0 ? 0 : Interlocked.Read(ref _primaryFailures) / (double)calls,
            successes == 0 ? TimeSpan.Zero : new TimeSpan(Interlocked.Read(ref _ticks) / successes));
    }
}
