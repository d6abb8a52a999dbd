namespace Holdfast.Retrying;

/// <summary><see cref="RetryStatistics"/> at about one moment.</summary>
/// <param name="Calls">Calls that have ended.</param>
/// <param name="TotalAttempts">Their attempts, retries included.</param>
/// <param name="SuccessfulAttempts">Attempts that brought the answer: at most one per call.</param>
/// <param name="FailedAttempts">All the others.</param>
/// <param name="AverageRetries">Retries per call; 0 without calls.</param>
/// <param name="MaxRetries">The most retries that one call made.</param>
/// <param name="TotalDelay">The time all calls waited between attempts.</param>
/// <param name="AverageDelay">That time per retry; zero without retries.</param>
public sealed record RetryStatisticsSnapshot(
    long Calls,
    long TotalAttempts,
    long SuccessfulAttempts,
    long FailedAttempts,
    double AverageRetries,
    long MaxRetries,
    TimeSpan TotalDelay,
    TimeSpan AverageDelay);
