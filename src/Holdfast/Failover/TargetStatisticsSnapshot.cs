namespace Holdfast.Failover;

/// <summary>
/// <see cref="TargetStatistics"/> at about one moment: while others record, one attempt may be in one number and not
/// yet in another.
/// </summary>
/// <param name="RequestCount">Attempts since the beginning.</param>
/// <param name="SuccessCount">Successes since the beginning.</param>
/// <param name="FailureCount">Failures since the beginning.</param>
/// <param name="CancelledCount">
/// Attempts that were called off since the beginning: they lost a race or a hedge, or their caller left.
/// </param>
/// <param name="SuccessRate">
/// Successes among the recent attempts that were a success or a failure, 0 to 1; null while there are none.
/// </param>
/// <param name="AverageResponseTime">The average recent latency; null while the target has never answered.</param>
/// <param name="P50">Half of the recent latencies are no longer than this; zero like the average.</param>
/// <param name="P95">95 % of the recent latencies are no longer than this; zero like the average.</param>
/// <param name="P99">99 % of the recent latencies are no longer than this; zero like the average.</param>
/// <param name="LastOutcome">How the last attempt ended; null while there was none.</param>
/// <param name="LastTime">When that was, in UTC; null while there was none.</param>
public sealed record TargetStatisticsSnapshot(
    long RequestCount,
    long SuccessCount,
    long FailureCount,
    long CancelledCount,
    double? SuccessRate,
    TimeSpan? AverageResponseTime,
    TimeSpan P50,
    TimeSpan P95,
    TimeSpan P99,
    Outcome? LastOutcome,
    DateTimeOffset? LastTime);
