namespace Holdfast.Admission;

/// <summary>Why a call was not let in.</summary>
public enum AdmissionRefusal
{
    /// <summary>It was let in.</summary>
    None,

    /// <summary>As many calls wait as may wait, none of them less urgent.</summary>
    QueueFull,

    /// <summary>
    /// The estimated wait is longer than it may wait, or its deadline has passed: it need not begin to.
    /// </summary>
    WouldBeLate,

    /// <summary>It has waited as long as it may.</summary>
    TimedOut,

    /// <summary>
    /// It is not urgent enough: a more urgent one took its place in a full queue, or its priority is closed.
    /// </summary>
    Shed,

    /// <summary>Its own token was struck while it waited.</summary>
    Cancelled,
}
