namespace Holdfast.CircuitBreaking;

/// <summary>The words for a circuit's states in status reports, logs and metrics.</summary>
public static class CircuitStates
{
    /// <summary><c>closed</c>, <c>half_open</c>, <c>open</c> or <c>isolated</c>.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the enumeration's.</exception>
    public static string Word(this CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half_open",
        CircuitState.Open => "open",
        CircuitState.Isolated => "isolated",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no state of a circuit"),
    };
}
