namespace Holdfast.Failover;

/// <summary>What to do next.</summary>
public enum AttemptStepKind
{
    /// <summary>Try the target now.</summary>
    Try,

    /// <summary>Wait, then try the target.</summary>
    WaitThenTry,

    /// <summary>End the call with what it has.</summary>
    GiveUp,
}

/// <summary>One step of an <see cref="AttemptPlan"/>.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Target">The target's number, from 0; -1 when giving up.</param>
/// <param name="Delay">How long to wait; zero except for <see cref="AttemptStepKind.WaitThenTry"/>.</param>
/// <param name="IsRepeat">Whether the target was tried before in this call, so that the step spends a retry.</param>
public readonly record struct AttemptStep(AttemptStepKind Kind, int Target, TimeSpan Delay, bool IsRepeat);

/// <summary>A target that a call passed over and never tried.</summary>
/// <param name="Target">The target's number, from 0.</param>
/// <param name="Why">The reason when it was passed over first.</param>
/// <param name="RetryAfter">How long that reason was to last then; zero when nobody knew.</param>
public readonly record struct SkippedTarget(int Target, Outcome Why, TimeSpan RetryAfter);
