using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>
/// A call that was kept away from its only target, because the circuit is open or isolated. Nothing was sent.
/// </summary>
public sealed class CircuitOpenException : ResilienceException
{
    /// <summary>Makes one.</summary>
    /// <param name="model">The target whose circuit is open.</param>
    /// <param name="retryAfter">
    /// How long until a call is let in again; <see cref="TimeSpan.MaxValue"/> while isolated by hand.
    /// </param>
    /// <param name="attempts">What was tried before; null = nothing.</param>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    public CircuitOpenException(string model, TimeSpan retryAfter, AttemptTrail? attempts = null)
        : base(Say(model, retryAfter), ErrorCategory.CircuitBreaker, model, true, attempts, LastThrown(attempts)) =>
        RetryAfter = retryAfter;

    /// <summary>
    /// How long until a call is let in again; <see cref="TimeSpan.MaxValue"/> while isolated by hand.
    /// </summary>
    public TimeSpan RetryAfter { get; }

    private static string Say(string model, TimeSpan retryAfter)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (retryAfter == TimeSpan.MaxValue)
            return $"{model}: the circuit is isolated until somebody resets it";
        var seconds = retryAfter.TotalSeconds;
        return FormattableString.Invariant($"{model}: the circuit is open, try again in {seconds:0.#} s");
    }
}
