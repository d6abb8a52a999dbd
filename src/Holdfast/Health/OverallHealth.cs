namespace Holdfast.Health;

/// <summary>How one model does.</summary>
/// <param name="Model">The model.</param>
/// <param name="Status">Its status.</param>
/// <param name="Since">Since when it is that, in UTC.</param>
/// <param name="ErrorRate">The share of failures among recent signs, 0 to 1; 0 without any.</param>
/// <param name="AverageResponseTime">
/// Of its recent successes; without any the last good check's; null without that too.
/// </param>
/// <param name="ConsecutiveFailures">Failures since the last success.</param>
/// <param name="LastSign">When a call or a check last told something, in UTC; null: never.</param>
/// <param name="LastCheck">When it was last checked, in UTC; null: never.</param>
/// <param name="LastError">What the last failure said; null when there was none.</param>
/// <param name="LastFailure">When that was, in UTC; null when there was none.</param>
/// <param name="Reason">Why the status is what it is, in words; empty while nothing has happened.</param>
public sealed record ModelHealth(
    MonitoredModel Model,
    HealthStatus Status,
    DateTimeOffset Since,
    double ErrorRate,
    TimeSpan? AverageResponseTime,
    int ConsecutiveFailures,
    DateTimeOffset? LastSign,
    DateTimeOffset? LastCheck,
    string? LastError,
    DateTimeOffset? LastFailure,
    string Reason)
{
    /// <summary>Whether it can be counted on: available or degraded.</summary>
    public bool IsHealthy => Status is HealthStatus.Available or HealthStatus.Degraded;
}

/// <summary>How all of them do.</summary>
/// <param name="Status">
/// <see cref="HealthStatus.Unavailable"/> when a critical model is, or all are; <see cref="HealthStatus.Degraded"/>
/// when any is not available; models in maintenance don't count.
/// </param>
/// <param name="Healthy">How many are available or degraded.</param>
/// <param name="Unhealthy">How many are unavailable.</param>
/// <param name="Models">Each of them, in the order in which they were registered.</param>
public sealed record OverallHealth(
    HealthStatus Status, int Healthy, int Unhealthy, IReadOnlyList<ModelHealth> Models);

/// <summary>One change of a model's status.</summary>
/// <param name="Model">The model.</param>
/// <param name="From">The old status.</param>
/// <param name="To">The new status.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record HealthChange(
    MonitoredModel Model, HealthStatus From, HealthStatus To, DateTimeOffset At, string Reason);
