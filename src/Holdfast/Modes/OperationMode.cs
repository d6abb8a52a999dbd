namespace Holdfast.Modes;

/// <summary>How the whole system works. A larger number is worse.</summary>
public enum OperationMode
{
    /// <summary>Everything is done.</summary>
    Normal,

    /// <summary>Something is wrong: what only makes things nicer stops, what can wait waits.</summary>
    Degraded,

    /// <summary>Only what matters most is done.</summary>
    Emergency,
}
