namespace Holdfast.CircuitBreaking;

/// <summary>What a circuit breaker looks like at one moment, for people and dashboards.</summary>
/// <param name="State">The state.</param>
/// <param name="FailureCount">Failures that counted since the breaker was made. Late results count nowhere.</param>
/// <param name="SuccessCount">Successes that counted since the breaker was made.</param>
/// <param name="ConsecutiveFailures">Failures since the last success. Zero again when the circuit closes.</param>
/// <param name="LastFailureTime">When the last failure was counted, in UTC; null when there was none.</param>
/// <param name="NextAttemptTime">When an open circuit lets in its next probe, in UTC; null in any other state.</param>
/// <param name="Available">Whether a call would be let in right now.</param>
/// <param name="Rejections">Calls that failed fast since the breaker was made.</param>
public sealed record CircuitStatus(
    CircuitState State,
    long FailureCount,
    long SuccessCount,
    int ConsecutiveFailures,
    DateTimeOffset? LastFailureTime,
    DateTimeOffset? NextAttemptTime,
    bool Available,
    long Rejections);
