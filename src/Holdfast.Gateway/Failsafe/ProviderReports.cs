using System.Text.Json.Serialization;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Failsafe;

/// <summary>The answer of <c>GET /failsafe/providers</c>.</summary>
internal sealed record ProviderReports(DateTimeOffset Timestamp, IReadOnlyList<ProviderReport> Providers)
{
    public static ProviderReports Of(IEnumerable<ProviderView> providers, DateTimeOffset now) =>
        new(now, [.. providers.Select(ProviderReport.Of)]);
}

/// <summary>A provider, or one of its models: the same fields for both.</summary>
internal sealed record ProviderReport
{
    public required string Name { get; init; }

    /// <summary><c>available</c>, <c>degraded</c>, <c>unavailable</c> or <c>maintenance</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The circuit's; a provider's is the worst of its models'.</summary>
    public required string State { get; init; }

    public required bool Available { get; init; }

    /// <summary>Open, or taken out by hand.</summary>
    public required bool CircuitBreakerOpen { get; init; }

    /// <summary>A provider's is the largest of its models'.</summary>
    public required int ConsecutiveFailures { get; init; }

    public required long FailureCount { get; init; }

    public required long SuccessCount { get; init; }

    /// <summary>
    /// Among recent successes and failures, 0 to 1; 1 while there are none. A provider's is weighted by requests.
    /// </summary>
    public required double SuccessRate { get; init; }

    public required double ErrorRate { get; init; }

    /// <summary>Milliseconds; null while nothing is known.</summary>
    public required double? AvgResponseTime { get; init; }

    /// <summary>The last failure's outcome word; never what a provider wrote.</summary>
    public required string? LastError { get; init; }

    public required DateTimeOffset? LastFailureTime { get; init; }

    /// <summary>When an open circuit lets in its next probe; a provider's is the earliest.</summary>
    public required DateTimeOffset? NextAttemptTime { get; init; }

    /// <summary>
    /// When it was last asked whether it is there; null: never, because calls tell or nobody wants to know. A
    /// provider's is the latest of its models'.
    /// </summary>
    public required DateTimeOffset? LastHealthCheck { get; init; }

    /// <summary>Absent on a model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProviderReport>? Models { get; init; }

    public static ProviderReport Of(ProviderView provider)
    {
        var targets = provider.Targets;
        var statistics = targets.Select(target => target.Target.Statistics.GetSnapshot()).ToArray();
        var rate = Mean([.. statistics.Where(target => target.SuccessRate is not null)],
            target => target.SuccessRate!.Value) ?? 1;
        var failure = targets.Select(target => target.Target.LastFailure).MaxBy(last => last?.At);
        return new ProviderReport
        {
            Name = provider.Name,
            Status = provider.Status,
            State = provider.State.Word(),
            Available = provider.IsAvailable,
            CircuitBreakerOpen = IsOpen(provider.State),
            ConsecutiveFailures = targets.Select(target => target.Circuit.ConsecutiveFailures).DefaultIfEmpty().Max(),
            FailureCount = targets.Sum(target => target.Circuit.FailureCount),
            SuccessCount = targets.Sum(target => target.Circuit.SuccessCount),
            SuccessRate = rate,
            ErrorRate = 1 - rate,
            AvgResponseTime = Mean([.. statistics.Where(target => target.AverageResponseTime is not null)],
                target => target.AverageResponseTime!.Value.TotalMilliseconds),
            LastError = failure?.Outcome.Word(),
            LastFailureTime = failure?.At,
            NextAttemptTime = targets.Min(target => target.Circuit.NextAttemptTime),
            LastHealthCheck = targets.Max(target => target.Health?.LastCheck),
            Models = [.. targets.Select(Of)],
        };
    }

    private static ProviderReport Of(TargetView target)
    {
        var statistics = target.Target.Statistics.GetSnapshot();
        return new ProviderReport
        {
            Name = target.Target.Model,
            Status = target.Status,
            State = target.Circuit.State.Word(),
            Available = target.Availability.IsAvailable,
            CircuitBreakerOpen = IsOpen(target.Circuit.State),
            ConsecutiveFailures = target.Circuit.ConsecutiveFailures,
            FailureCount = target.Circuit.FailureCount,
            SuccessCount = target.Circuit.SuccessCount,
            SuccessRate = statistics.SuccessRate ?? 1,
            ErrorRate = 1 - (statistics.SuccessRate ?? 1),
            AvgResponseTime = statistics.AverageResponseTime?.TotalMilliseconds,
            LastError = target.Target.LastFailure?.Outcome.Word(),
            LastFailureTime = target.Target.LastFailure?.At,
            NextAttemptTime = target.Circuit.NextAttemptTime,
            LastHealthCheck = target.Health?.LastCheck,
        };
    }

    private static bool IsOpen(CircuitState state) => state is CircuitState.Open or CircuitState.Isolated;

    private static double? Mean(
        IReadOnlyCollection<TargetStatisticsSnapshot> targets, Func<TargetStatisticsSnapshot, double> value) =>
        targets.Count == 0 ? null
        : targets.Sum(target => value(target) * target.RequestCount) / targets.Sum(target => target.RequestCount);
}
