namespace Holdfast.Modes;

/// <summary>A component that doesn't work as it should.</summary>
/// <param name="Component">Its name.</param>
/// <param name="Severity">How bad that is for the whole.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Since">Since when, in UTC; a change of severity or reason doesn't begin it anew.</param>
public sealed record DegradedComponent(string Component, ModeSeverity Severity, string Reason, DateTimeOffset Since);

/// <summary>One change of the mode.</summary>
/// <param name="From">The old mode.</param>
/// <param name="To">The new mode.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Reasons">
/// Why the mode is the new one: what was set by hand, then all components that are degraded, the worst first, also
/// where a hand holds the mode against them. Empty when nobody has set it and nothing is degraded any more.
/// </param>
public sealed record ModeChange(
    OperationMode From, OperationMode To, DateTimeOffset At, IReadOnlyList<string> Reasons);

/// <summary>One change of a component.</summary>
/// <param name="Component">Its name.</param>
/// <param name="Severity">How bad it is from here on; null: it works again.</param>
/// <param name="Reason">Why; empty when it works again.</param>
/// <param name="At">When, in UTC.</param>
public sealed record ComponentChange(string Component, ModeSeverity? Severity, string Reason, DateTimeOffset At);

/// <summary>Everything about the mode at one moment.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="SetByHand">Whether somebody set it, rather than the components.</param>
/// <param name="Since">Since when it is this, in UTC.</param>
/// <param name="Reasons">See <see cref="ModeChange.Reasons"/>.</param>
/// <param name="Changes">Changes of the mode since the beginning.</param>
/// <param name="TimeInNormal">Time spent in <see cref="OperationMode.Normal"/>, the present included.</param>
/// <param name="TimeInDegraded">Time spent in <see cref="OperationMode.Degraded"/>, the present included.</param>
/// <param name="TimeInEmergency">Time spent in <see cref="OperationMode.Emergency"/>, the present included.</param>
/// <param name="Components">The components that are degraded, the worst first.</param>
/// <param name="History">The last changes of the mode, the latest last.</param>
/// <param name="ComponentHistory">The last changes of components, the latest last.</param>
public sealed record ModeStatus(
    OperationMode Mode,
    bool SetByHand,
    DateTimeOffset Since,
    IReadOnlyList<string> Reasons,
    long Changes,
    TimeSpan TimeInNormal,
    TimeSpan TimeInDegraded,
    TimeSpan TimeInEmergency,
    IReadOnlyList<DegradedComponent> Components,
    IReadOnlyList<ModeChange> History,
    IReadOnlyList<ComponentChange> ComponentHistory);
