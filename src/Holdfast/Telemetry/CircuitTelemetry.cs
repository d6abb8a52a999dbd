using Holdfast.CircuitBreaking;
using Microsoft.Extensions.Logging;

namespace Holdfast.Telemetry;

/// <summary>Makes circuit breakers tell when they change.</summary>
public static class CircuitTelemetry
{
    /// <summary>
    /// Counts each change of state in <c>holdfast.circuit.transitions</c> and writes it to the log. Call it once for a
    /// breaker: each call adds a listener. Breakers that the library makes for operations, clients and strategies have
    /// it already; breakers of your own have not.
    /// </summary>
    /// <param name="breaker">The breaker. Its name becomes a metric's tag, so names must be few.</param>
    /// <param name="logger">Where events 101 to 104 go. Null, the default: nowhere.</param>
    /// <returns>The same breaker.</returns>
    /// <exception cref="ArgumentNullException">The breaker is null.</exception>
    public static CircuitBreaker WithTelemetry(this CircuitBreaker breaker, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(breaker);
        breaker.StateChanged += (changed, transition) => Tell(changed, transition.To, logger);
        return breaker;
    }

    private static void Tell(CircuitBreaker breaker, CircuitState state, ILogger? logger)
    {
        Instruments.Transitions.Add(1, new("circuit", breaker.Name), new("to", state.Word()));
        if (logger is null)
            return;
        switch (state)
        {
            case CircuitState.Open:
                EventLog.CircuitOpened(logger, breaker.Name, breaker.RetryAfter);
                break;
            case CircuitState.HalfOpen:
                EventLog.CircuitHalfOpened(logger, breaker.Name);
                break;
            case CircuitState.Isolated:
                EventLog.CircuitIsolated(logger, breaker.Name);
                break;
            default:
                EventLog.CircuitClosed(logger, breaker.Name);
                break;
        }
    }
}
