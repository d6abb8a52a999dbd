namespace Holdfast.Admission;

/// <summary>How a call that was let in ended.</summary>
internal enum AdmissionEnding
{
    Unknown,
    Succeeded,
    Failed,
    Overloaded,
    Refused,
}
