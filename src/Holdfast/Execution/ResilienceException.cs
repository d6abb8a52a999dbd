using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>
/// A call that was protected and failed all the same. It says who failed, whether waiting can help, and everything that
/// was tried.
/// </summary>
public class ResilienceException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What happened, in one sentence.</param>
    /// <param name="category">Who failed; it decides the code.</param>
    /// <param name="model">The model or target it is about; null when it is about no single one.</param>
    /// <param name="isRecoverable">Whether the same call can succeed later although nobody changes anything.</param>
    /// <param name="attempts">What was tried; null = nothing.</param>
    /// <param name="inner">What was thrown below; null = nothing.</param>
    public ResilienceException(string message, ErrorCategory category, string? model = null, bool isRecoverable = false,
        AttemptTrail? attempts = null, Exception? inner = null)
        : base(message, inner)
    {
        Category = category;
        Model = model;
        IsRecoverable = isRecoverable;
        Attempts = attempts ?? AttemptTrail.Empty;
    }

    /// <summary>
    /// The literal code of the category: <c>NETWORK_ERROR</c>, <c>MODEL_ERROR</c>, <c>TIMEOUT_ERROR</c>,
    /// <c>VALIDATION_ERROR</c>, <c>CIRCUIT_BREAKER_ERROR</c> or <c>FALLBACK_ERROR</c>; empty for
    /// <see cref="ErrorCategory.None"/>.
    /// </summary>
    public string Code => Category.Code();

    /// <summary>Who failed.</summary>
    public ErrorCategory Category { get; }

    /// <summary>The model or target it is about; null when it is about no single one.</summary>
    public string? Model { get; }

    /// <summary>Whether the same call can succeed later although nobody changes anything.</summary>
    public bool IsRecoverable { get; }

    /// <summary>What was tried and passed over, in order.</summary>
    public AttemptTrail Attempts { get; }

    /// <summary>What was thrown by the last attempt that threw; null when none did.</summary>
    private protected static Exception? LastThrown(AttemptTrail? attempts) =>
        attempts?.LastOrDefault(attempt => attempt.Exception is not null)?.Exception;

    private protected static AttemptTrail NotNull(AttemptTrail attempts)
    {
        ArgumentNullException.ThrowIfNull(attempts);
        return attempts;
    }
}
