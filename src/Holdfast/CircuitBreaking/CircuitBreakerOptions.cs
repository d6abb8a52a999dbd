namespace Holdfast.CircuitBreaking;

/// <summary>When a breaker opens, how long it stays open, and what closes it again.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>Consecutive failures that open the breaker; 0 turns the rule off. Default 5.</summary>
    public int FailureThreshold { get; init; } = 5;

    /// <summary>Failures inside <see cref="MonitoringPeriod"/> that open it; 0 (default) turns the rule off.</summary>
    public int WindowThreshold { get; init; }

    /// <summary>Share of failed calls that opens it; 0 (default) turns the rule off.</summary>
    public double FailureRatio { get; init; }

    /// <summary>Calls in the window before the ratio counts. Default 20.</summary>
    public int MinimumCalls { get; init; } = 20;

    /// <summary>Length of the window. Default 2 minutes.</summary>
    public TimeSpan MonitoringPeriod { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time from opening to the first probe. Default 60 seconds.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Cap of the growing recovery time. Default 10 minutes.</summary>
    public TimeSpan MaxRecoveryTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Successful probes that close it. Default 2.</summary>
    public int SuccessThreshold { get; init; } = 2;

    /// <summary>Probes let in at once. Default 1.</summary>
    public int HalfOpenProbes { get; init; } = 1;
}
