namespace Holdfast.Telemetry;

/// <summary>
/// The ids of what the library and its extensions write to logs. They are stable: a number keeps its meaning for ever,
/// and its name is the constant's.
/// </summary>
public static class HoldfastEvents
{
    /// <summary>Warning: a circuit opened; its target is left alone.</summary>
    public const int CircuitOpened = 101;

    /// <summary>Information: a circuit lets probes in.</summary>
    public const int CircuitHalfOpened = 102;

    /// <summary>Information: a circuit closed; its target is used again.</summary>
    public const int CircuitClosed = 103;

    /// <summary>Warning: a target was taken out by hand.</summary>
    public const int CircuitIsolated = 104;

    /// <summary>Debug: an attempt failed, with what it threw.</summary>
    public const int AttemptFailed = 110;

    /// <summary>Warning: a call was answered by a target after the first.</summary>
    public const int CallFailedOver = 111;

    /// <summary>Error: a call got no answer, or lost it on the way.</summary>
    public const int CallFailed = 112;

    /// <summary>Information: a second target is tried beside a slow one.</summary>
    public const int HedgeStarted = 113;

    /// <summary>Warning, once for each target: an SDK repeats by itself, so that attempts multiply.</summary>
    public const int SdkRetriesLeftOn = 120;
}
