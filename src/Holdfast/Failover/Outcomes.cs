using Holdfast.CircuitBreaking;

namespace Holdfast.Failover;

/// <summary>What follows from each outcome: one table, used by everybody.</summary>
public static class Outcomes
{
    // In the order of the enumeration.
    private static readonly OutcomeRule[] Table =
    [
        new("ok", CircuitEffect.Success, RepeatRule.Never, false, ErrorCategory.None),
        new("refused", CircuitEffect.Failure, RepeatRule.Yes, true, ErrorCategory.Network),
        new("timeout", CircuitEffect.Failure, RepeatRule.Yes, true, ErrorCategory.Timeout),
        new("server_error", CircuitEffect.Failure, RepeatRule.Yes, true, ErrorCategory.Model),
        new("bad_answer", CircuitEffect.Failure, RepeatRule.Yes, true, ErrorCategory.Validation),
        new("cut", CircuitEffect.Failure, RepeatRule.Never, true, ErrorCategory.Network),
        new("conflict", CircuitEffect.None, RepeatRule.Yes, true, ErrorCategory.Model),
        new("rate_limited", CircuitEffect.None, RepeatRule.IfNothingElse, true, ErrorCategory.Model),
        new("quota", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.Model),
        new("auth", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.Model),
        new("not_found", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.Model),
        new("caller_error", CircuitEffect.None, RepeatRule.Never, false, ErrorCategory.Validation),
        new("cancelled", CircuitEffect.GivenBack, RepeatRule.Never, false, ErrorCategory.None),
        new("circuit_open", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.CircuitBreaker),
        new("saturated", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.Model),
        new("held", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.Model),
        new("isolated", CircuitEffect.None, RepeatRule.Never, true, ErrorCategory.CircuitBreaker),
    ];

    /// <summary>The line of the table.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <exception cref="IndexOutOfRangeException">The value is none of the enumeration's.</exception>
    public static OutcomeRule Rule(this Outcome outcome) => Table[(int)outcome];

    /// <summary>The word in headers, logs and metrics, as <c>rate_limited</c>.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <exception cref="IndexOutOfRangeException">The value is none of the enumeration's.</exception>
    public static string Word(this Outcome outcome) => Table[(int)outcome].Word;

    /// <summary>Whether there was an attempt: false for the outcomes that say why a target was not tried.</summary>
    /// <param name="outcome">The outcome.</param>
    public static bool IsAttempt(this Outcome outcome) => outcome < Outcome.CircuitOpen;

    /// <summary>
    /// Whether the same call can succeed later although nobody changes anything: true where waiting helps; false for
    /// an answer, a cancellation, the caller's own mistake, and what somebody has to put right first (a key, a credit,
    /// a model's name).
    /// </summary>
    /// <param name="outcome">The outcome.</param>
    public static bool IsRecoverable(this Outcome outcome) => outcome is not (Outcome.Ok or Outcome.Cancelled
        or Outcome.Quota or Outcome.Auth or Outcome.NotFound or Outcome.CallerError);

    /// <summary>The literal code, as <c>NETWORK_ERROR</c>; empty for <see cref="ErrorCategory.None"/>.</summary>
    /// <param name="category">The category.</param>
    public static string Code(this ErrorCategory category) => category switch
    {
        ErrorCategory.Network => "NETWORK_ERROR",
        ErrorCategory.Model => "MODEL_ERROR",
        ErrorCategory.Timeout => "TIMEOUT_ERROR",
        ErrorCategory.Validation => "VALIDATION_ERROR",
        ErrorCategory.CircuitBreaker => "CIRCUIT_BREAKER_ERROR",
        ErrorCategory.Fallback => "FALLBACK_ERROR",
        _ => "",
    };

    /// <summary>Settles a permit as the table says.</summary>
    /// <param name="permit">The permit of the attempt.</param>
    /// <param name="outcome">How the attempt ended.</param>
    public static void Settle(this CircuitPermit permit, Outcome outcome)
    {
        switch (outcome.Rule().Circuit)
        {
            case CircuitEffect.Success:
                permit.Succeeded();
                break;
            case CircuitEffect.Failure:
                permit.Failed();
                break;
            default:
                permit.Abandoned();
                break;
        }
    }
}
