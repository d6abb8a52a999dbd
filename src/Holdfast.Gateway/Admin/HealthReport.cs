using System.Text.Json.Serialization;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Routing;
using Holdfast.Health;

namespace Holdfast.Gateway.Admin;

/// <summary>The answer of <c>GET /admin/health</c>.</summary>
/// <param name="Timestamp">When it was so, in UTC.</param>
/// <param name="Status">
/// <c>critical</c> when a critical provider is unhealthy, or all are; <c>degraded</c> when any is not <c>ok</c>; else
/// <c>ok</c>. Providers in maintenance, and those of which nothing is known, don't count.
/// </param>
/// <param name="Healthy">Providers that can be counted on.</param>
/// <param name="Unhealthy">Providers that cannot.</param>
/// <param name="Maintenance">Providers that were taken out by hand.</param>
/// <param name="Records">One for each provider, in the order of the configuration.</param>
internal sealed record HealthReport(DateTimeOffset Timestamp, string Status, int Healthy, int Unhealthy,
    int Maintenance, IReadOnlyList<HealthRecordReport> Records)
{
    public static HealthReport Of(IEnumerable<ProviderView> providers, DateTimeOffset now)
    {
        HealthRecordReport[] records = [.. providers.Select(HealthRecordReport.Of)];
        HealthRecordReport[] counted = [.. records.Where(record => record.Health is not ("maintenance" or "unknown"))];
        HealthRecordReport[] unhealthy = [.. counted.Where(record => record.Status == "critical")];
        var isCritical = unhealthy.Length > 0
            && (unhealthy.Length == counted.Length || unhealthy.Any(record => record.Critical));
        return new HealthReport(now,
            isCritical ? "critical" : counted.Any(record => record.Status != "ok") ? "degraded" : "ok",
            counted.Length - unhealthy.Length, unhealthy.Length,
            records.Count(record => record.Health == "maintenance"), records);
    }
}

/// <summary>The health of a provider, or of one of its models: the same fields for both.</summary>
internal sealed record HealthRecordReport
{
    /// <summary><c>llm_provider_NAME</c>; a model's is its name at the provider.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// <c>ok</c>, <c>degraded</c> (slow, failing now and then, some models only, or in maintenance) or <c>critical</c>
    /// (unavailable, or its circuit is open).
    /// </summary>
    public required string Status { get; init; }

    /// <summary>
    /// <c>available</c>, <c>degraded</c>, <c>unavailable</c>, <c>maintenance</c>, or <c>unknown</c>: no route names a
    /// model of it, and nobody has called one.
    /// </summary>
    public required string Health { get; init; }

    /// <summary>The configuration says so of it, or of one of its models.</summary>
    public required bool Critical { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Message { get; init; }

    public required HealthDetails Details { get; init; }

    /// <summary>Failures among recent calls and checks, as a share of 1; a provider's is its models' mean.</summary>
    public required double ErrorRate { get; init; }

    /// <summary>When it was last asked whether it is there; null: never. In UTC.</summary>
    public required DateTimeOffset? LastCheck { get; init; }

    /// <summary>Absent on a model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HealthRecordReport>? Models { get; init; }

    public static HealthRecordReport Of(ProviderView provider)
    {
        TargetView[] watched = [.. provider.Targets.Where(target => target.Health is not null)];
        ModelHealth[] known = [.. watched.Select(target => target.Health!)];
        var health = StatusOf(known) ?? (provider.Targets.Count == 0 && provider.Status == "available"
            ? "unknown"
            : provider.Status);
        var isCritical = known.Any(model => model.Model.IsCritical);
        var isMissed = known.Any(model => model is { Model.IsCritical: true, Status: HealthStatus.Unavailable });
        var times = known.Select(model => model.AverageResponseTime).OfType<TimeSpan>().ToArray();
        return new HealthRecordReport
        {
            Name = $"llm_provider_{provider.Name}",
            Status = isMissed ? "critical" : RecordStatus(health),
            Health = health,
            Critical = isCritical,
            Message = known.Length == 0 ? "no route names a model of it: it is not watched" : MessageOf(known, health),
            Details = HealthDetails.Of(provider.State.Word(), watched,
                times.Length == 0 ? null : times.Average(time => time.TotalMilliseconds)),
            ErrorRate = known.Length == 0 ? 0 : known.Average(model => model.ErrorRate),
            LastCheck = known.Max(model => model.LastCheck),
            Models = [.. watched.Select(Of)],
        };
    }

    private static HealthRecordReport Of(TargetView target)
    {
        var known = target.Health!;
        return new HealthRecordReport
        {
            Name = known.Model.Name,
            Status = RecordStatus(known.Status.Word()),
            Health = known.Status.Word(),
            Critical = known.Model.IsCritical,
            Message = known.Reason,
            Details = HealthDetails.Of(
                target.Circuit.State.Word(), [target], known.AverageResponseTime?.TotalMilliseconds),
            ErrorRate = known.ErrorRate,
            LastCheck = known.LastCheck,
        };
    }

    /// <summary>Null when nothing is watched.</summary>
    private static string? StatusOf(IReadOnlyList<ModelHealth> known)
    {
        ModelHealth[] counted = [.. known.Where(model => model.Status != HealthStatus.Maintenance)];
        return (known.Count == 0 ? (HealthStatus?)null
            : counted.Length == 0 ? HealthStatus.Maintenance
            : counted.All(model => !model.IsHealthy) ? HealthStatus.Unavailable
            : known.Any(model => model.Status != HealthStatus.Available) ? HealthStatus.Degraded
            : HealthStatus.Available)?.Word();
    }

    private static string RecordStatus(string health) => health switch
    {
        "available" or "unknown" => "ok",
        "unavailable" => "critical",
        _ => "degraded",
    };

    private static string MessageOf(IReadOnlyList<ModelHealth> known, string health) =>
        known.Where(model => model.Status != HealthStatus.Available).ToArray() is { Length: > 0 } wrong
            ? string.Join("; ", wrong.Select(model => $"{model.Model.Name}: {model.Status.Word()}: {model.Reason}"))
            : health;
}

/// <summary>What stands behind a record.</summary>
/// <param name="CircuitBreakerState">A provider's is the worst of its models'.</param>
/// <param name="FailureCount">Failures that the circuit counted since the process began.</param>
/// <param name="LastFailureTime">Of a call or a check, in UTC; null without any.</param>
/// <param name="ResponseTimeMs">The mean until answers begin; of the last check where there were no calls.</param>
/// <param name="Error">What the last failure was, in a word or two; never a provider's text.</param>
/// <param name="ErrorType">Its category, as <c>TIMEOUT_ERROR</c>.</param>
internal sealed record HealthDetails(string CircuitBreakerState, long FailureCount, DateTimeOffset? LastFailureTime,
    double? ResponseTimeMs, string? Error, string? ErrorType)
{
    public static HealthDetails Of(string circuit, IReadOnlyList<TargetView> targets, double? responseTimeMs)
    {
        var last = targets.Select(target => target.Health!).MaxBy(model => model.LastFailure);
        return new HealthDetails(circuit, targets.Sum(target => target.Circuit.FailureCount), last?.LastFailure,
            responseTimeMs, last?.LastError,
            last?.LastError is { } error ? HealthWords.CategoryOf(error) : null);
    }
}
