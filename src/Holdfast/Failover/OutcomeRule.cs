namespace Holdfast.Failover;

/// <summary>What an outcome does to the circuit breaker.</summary>
public enum CircuitEffect
{
    /// <summary>It says nothing about the target; a permit is given back unused.</summary>
    None,

    /// <summary>Counts as a success.</summary>
    Success,

    /// <summary>Counts as a failure.</summary>
    Failure,

    /// <summary>The call was ended by somebody else: the permit is given back.</summary>
    GivenBack,
}

/// <summary>Whether the same target may be tried again in the same call.</summary>
public enum RepeatRule
{
    /// <summary>No.</summary>
    Never,

    /// <summary>Yes, for a retry of the call's budget and after a wait.</summary>
    Yes,

    /// <summary>Only when no other target can be tried.</summary>
    IfNothingElse,
}

/// <summary>Who failed, in one of six words. <see cref="Outcomes.Code"/> gives the literal code.</summary>
public enum ErrorCategory
{
    /// <summary>Nobody did.</summary>
    None,

    /// <summary>The way to the provider: <c>NETWORK_ERROR</c>.</summary>
    Network,

    /// <summary>The provider or its model: <c>MODEL_ERROR</c>.</summary>
    Model,

    /// <summary>Too slow: <c>TIMEOUT_ERROR</c>.</summary>
    Timeout,

    /// <summary>A question or an answer that isn't one: <c>VALIDATION_ERROR</c>.</summary>
    Validation,

    /// <summary>Kept away from the target: <c>CIRCUIT_BREAKER_ERROR</c>.</summary>
    CircuitBreaker,

    /// <summary>No target was left: <c>FALLBACK_ERROR</c>.</summary>
    Fallback,
}

/// <summary>One line of the table: what follows from an outcome.</summary>
/// <param name="Word">The word in headers, logs and metrics.</param>
/// <param name="Circuit">What it does to the circuit breaker.</param>
/// <param name="Repeat">Whether the same target may be tried again.</param>
/// <param name="NextTarget">
/// Whether the next target may be tried. For <see cref="Outcome.Cut"/> this holds only if the caller can continue a
/// stream on another target.
/// </param>
/// <param name="Category">Who failed.</param>
public readonly record struct OutcomeRule(
    string Word, CircuitEffect Circuit, RepeatRule Repeat, bool NextTarget, ErrorCategory Category);
