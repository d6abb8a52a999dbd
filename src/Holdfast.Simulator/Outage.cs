namespace Holdfast.Simulator;

/// <summary>A time during which every request to a provider fails.</summary>
/// <param name="From">The start, counted from the moment the behaviour was set.</param>
/// <param name="To">The end, not included.</param>
/// <param name="Mode">How requests fail meanwhile.</param>
public sealed record Outage(TimeSpan From, TimeSpan To, OutageMode Mode = OutageMode.Status503);

/// <summary>What a provider does during an outage.</summary>
public enum OutageMode
{
    /// <summary>Answers 503.</summary>
    Status503,

    /// <summary>Resets the connection.</summary>
    Refuse,

    /// <summary>Never answers.</summary>
    Silent,
}
