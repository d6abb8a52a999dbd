namespace Holdfast.Admission;

/// <summary>
/// What would become of a call that asked a queue to be let in. <c>default(AdmissionOutlook)</c>: it would be, at once.
/// </summary>
public readonly record struct AdmissionOutlook
{
    private readonly bool _waits;

    internal AdmissionOutlook(AdmissionRefusal refusal, TimeSpan estimatedWait)
    {
        _waits = true;
        Refusal = refusal;
        EstimatedWait = estimatedWait;
    }

    /// <summary>It would be let in at once.</summary>
    public bool IsOpen => !_waits;

    /// <summary>Why it would be refused at once; <see cref="AdmissionRefusal.None"/> where it may wait.</summary>
    public AdmissionRefusal Refusal { get; }

    /// <summary>How long it would wait, by the estimate; zero when it would not, or nobody knows.</summary>
    public TimeSpan EstimatedWait { get; }
}
