using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Execution;

/// <summary>How an operation does at one moment.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="IsAvailable">One of its targets can be tried now.</param>
/// <param name="Targets">Its targets, in their order.</param>
/// <param name="Retries">Its attempts and retries.</param>
/// <param name="Fallbacks">Its fallbacks.</param>
public sealed record OperationHealth(string Operation, bool IsAvailable, IReadOnlyList<TargetHealth> Targets,
    RetryStatisticsSnapshot Retries, FallbackStatisticsSnapshot Fallbacks);

/// <summary>How one target does at one moment.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Circuit">Its breaker.</param>
/// <param name="Statistics">Its success rate and latency.</param>
public sealed record TargetHealth(string Target, CircuitStatus Circuit, TargetStatisticsSnapshot Statistics);

/// <summary>The fallbacks of an operation since it was registered.</summary>
/// <param name="Invocations">
/// Calls in which a target after the first was tried because one before it had failed, was passed over or was hedged.
/// A race that is started on purpose is none of them.
/// </param>
/// <param name="SuccessRate">The share of these that got an answer from such a target, 0 to 1; 1 without any.</param>
/// <param name="PrimaryFailureRate">
/// The share of all calls whose first target failed or was passed over, 0 to 1; 0 without any.
/// </param>
/// <param name="AverageFallbackLatency">The mean time of the calls that a fallback answered; zero without any.</param>
public sealed record FallbackStatisticsSnapshot(
    long Invocations, double SuccessRate, double PrimaryFailureRate, TimeSpan AverageFallbackLatency);
