namespace Holdfast.Admission;

/// <summary>What became of a call that asked to be let in.</summary>
/// <param name="Refusal">Why not; <see cref="AdmissionRefusal.None"/> when it was let in.</param>
/// <param name="Lease">Its place, to be given back when the call ends; harmless when it was refused.</param>
/// <param name="Waited">How long it waited.</param>
/// <param name="RetryAfter">
/// For a refused call: how long until one like it would be let in, by the estimate; zero when nobody knows.
/// </param>
public readonly record struct AdmissionResult(
    AdmissionRefusal Refusal, AdmissionLease Lease, TimeSpan Waited, TimeSpan RetryAfter)
{
    /// <summary>Whether it was let in.</summary>
    public bool IsAdmitted => Refusal == AdmissionRefusal.None;
}
