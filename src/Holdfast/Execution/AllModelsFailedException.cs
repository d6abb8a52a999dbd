using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>A call whose targets all failed or were passed over. Its code is <c>FALLBACK_ERROR</c>.</summary>
public sealed class AllModelsFailedException : ResilienceException
{
    /// <summary>Makes one. It is recoverable when one of the outcomes is.</summary>
    /// <param name="attempts">What was tried and passed over.</param>
    /// <exception cref="ArgumentNullException">The trail is null.</exception>
    public AllModelsFailedException(AttemptTrail attempts)
        : base(Say(NotNull(attempts)), ErrorCategory.Fallback, null, attempts.IsRecoverable, attempts,
            LastThrown(attempts))
    {
    }

    private static string Say(AttemptTrail attempts) =>
        attempts.Count == 0 ? "there was no target to try" : $"every target failed: {attempts}";
}
