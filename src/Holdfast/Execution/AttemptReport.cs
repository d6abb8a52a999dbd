using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>One target's part in a call: an attempt, or why there was none.</summary>
/// <param name="Target">The target's name, as <c>openai/gpt-4o</c>.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">
/// From its start to the outcome; for a stream that opened, to its first token. Zero for a target that was passed over.
/// </param>
public sealed record AttemptReport(string Target, Outcome Outcome, TimeSpan Duration)
{
    /// <summary>What went wrong, in one sentence; null for an answer. May hold the provider's own words.</summary>
    public string? Message { get; init; }

    /// <summary>What was thrown; null when nothing was.</summary>
    public Exception? Exception { get; init; }

    /// <summary>Whether this call had tried the target before. Default false.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>
    /// Whether the target was really asked; false for one that was passed over. Default: as
    /// <see cref="Outcomes.IsAttempt"/> says of the outcome.
    /// </summary>
    public bool WasSent { get; init; } = Outcome.IsAttempt();

    /// <summary>Who failed; <see cref="ErrorCategory.None"/> for an answer and for a cancellation.</summary>
    public ErrorCategory Category => Outcome.Rule().Category;

    /// <summary>The category's literal code, as <c>NETWORK_ERROR</c>; empty when nobody failed.</summary>
    public string Code => Category.Code();
}
