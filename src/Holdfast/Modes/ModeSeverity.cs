namespace Holdfast.Modes;

/// <summary>How bad it is for the whole that a component doesn't work. A larger number is worse.</summary>
public enum ModeSeverity
{
    /// <summary>Noted, no more.</summary>
    Low,

    /// <summary>The system is degraded.</summary>
    Medium,

    /// <summary>The system is degraded; several of these at once are an emergency.</summary>
    High,

    /// <summary>One is an emergency.</summary>
    Critical,
}
