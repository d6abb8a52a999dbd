namespace Holdfast.CircuitBreaking;

/// <summary>Where a circuit breaker stands.</summary>
public enum CircuitState
{
    /// <summary>Calls go through; failures are counted.</summary>
    Closed,

    /// <summary>A few probes go through to find out whether the target has recovered; the rest fail fast.</summary>
    HalfOpen,

    /// <summary>Calls fail fast. It stays the state, also after the recovery time, until a probe is let in.</summary>
    Open,

    /// <summary>Taken out by hand: nothing goes through until <see cref="CircuitBreaker.Reset"/>.</summary>
    Isolated,
}
