using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>
/// A call to one target that failed as often as the retry budget allows. Category and code are those of its last
/// attempt.
/// </summary>
public sealed class RetryExhaustedException : ResilienceException
{
    /// <summary>Makes one. It is recoverable when its last outcome is.</summary>
    /// <param name="model">The target.</param>
    /// <param name="attempts">What was tried.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public RetryExhaustedException(string model, AttemptTrail attempts)
        : base(Say(model, NotNull(attempts)), CategoryOf(attempts), model,
            attempts.Count != 0 && attempts[^1].Outcome.IsRecoverable(), attempts, LastThrown(attempts))
    {
    }

    private static ErrorCategory CategoryOf(AttemptTrail attempts) =>
        attempts.LastOrDefault()?.Category is { } category and not ErrorCategory.None ? category : ErrorCategory.Model;

    private static string Say(string model, AttemptTrail attempts)
    {
        ArgumentNullException.ThrowIfNull(model);
        return $"{model}: {attempts.SentCount} attempts failed: {attempts}";
    }
}
