using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>
/// A call to one target that cannot serve it now: it has no free place, rests, lost its key or its credit, or doesn't
/// know the model.
/// </summary>
public sealed class ModelUnavailableException : ResilienceException
{
    /// <summary>Makes one.</summary>
    /// <param name="model">The target.</param>
    /// <param name="why">
    /// Why it is unavailable. It decides category, code and <see cref="ResilienceException.IsRecoverable"/>; an outcome
    /// without a category counts as <see cref="ErrorCategory.Model"/>.
    /// </param>
    /// <param name="attempts">What was tried; null = nothing.</param>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    public ModelUnavailableException(string model, Outcome why, AttemptTrail? attempts = null)
        : base(Say(model, why), CategoryOf(why), model, why.IsRecoverable(), attempts, LastThrown(attempts)) =>
        Why = why;

    /// <summary>Why it is unavailable.</summary>
    public Outcome Why { get; }

    private static ErrorCategory CategoryOf(Outcome why) =>
        why.Rule().Category is not ErrorCategory.None and var category ? category : ErrorCategory.Model;

    private static string Say(string model, Outcome why)
    {
        ArgumentNullException.ThrowIfNull(model);
        return $"{model}: unavailable ({why.Word()})";
    }
}
