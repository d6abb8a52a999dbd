using Holdfast.Execution;
using Holdfast.Failover;

namespace Holdfast.Admission;

/// <summary>A call that was not let in. Nothing of it was done; later it may be.</summary>
public sealed class AdmissionRefusedException : ResilienceException
{
    /// <summary>Makes one.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="retryAfter">How long until it is worth another try; zero when nobody knows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The refusal is none.</exception>
    public AdmissionRefusedException(AdmissionRefusal refusal, TimeSpan retryAfter)
        : base(Say(refusal, retryAfter), CategoryOf(refusal), isRecoverable: true) =>
        (Refusal, RetryAfter) = (refusal, retryAfter);

    /// <summary>Why it was not let in.</summary>
    public AdmissionRefusal Refusal { get; }

    /// <summary>How long until it is worth another try; zero when nobody knows.</summary>
    public TimeSpan RetryAfter { get; }

    private static ErrorCategory CategoryOf(AdmissionRefusal refusal) =>
        refusal is AdmissionRefusal.TimedOut or AdmissionRefusal.WouldBeLate
            ? ErrorCategory.Timeout
            : Outcome.Saturated.Rule().Category;

    private static string Say(AdmissionRefusal refusal, TimeSpan retryAfter)
    {
        var why = refusal switch
        {
            AdmissionRefusal.QueueFull => "the queue is full",
            AdmissionRefusal.WouldBeLate => "it would wait longer than it may",
            AdmissionRefusal.TimedOut => "it has waited as long as it may",
            AdmissionRefusal.Shed => "more urgent calls come first",
            AdmissionRefusal.Cancelled => "it was cancelled",
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "not a refusal"),
        };
        return retryAfter > TimeSpan.Zero
            ? FormattableString.Invariant(
                $"not let in: {why}; another try is worth it in {retryAfter.TotalSeconds:F1} s")
            : $"not let in: {why}";
    }
}
