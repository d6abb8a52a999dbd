namespace Holdfast.CircuitBreaking;

/// <summary>One change of a circuit breaker's state.</summary>
/// <param name="From">The state before.</param>
/// <param name="To">The state after; always another one.</param>
/// <param name="At">When it happened, in UTC, by the breaker's <see cref="TimeProvider"/>.</param>
public readonly record struct CircuitTransition(CircuitState From, CircuitState To, DateTimeOffset At);
