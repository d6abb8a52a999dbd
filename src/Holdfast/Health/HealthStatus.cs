namespace Holdfast.Health;

/// <summary>How something that calls go to does.</summary>
public enum HealthStatus
{
    /// <summary>It works.</summary>
    Available,

    /// <summary>It works, but slowly, or not every time.</summary>
    Degraded,

    /// <summary>It doesn't work.</summary>
    Unavailable,

    /// <summary>It was taken out by hand.</summary>
    Maintenance,
}
