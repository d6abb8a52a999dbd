namespace Holdfast.Failover;

/// <summary>How a call chooses among its targets.</summary>
public enum FailoverStrategy
{
    /// <summary>By priority, the next one when one has failed.</summary>
    Sequential,

    /// <summary>By priority, several at once; the first success wins.</summary>
    Parallel,

    /// <summary>All at once, started in the order of their observed latency; the quickest success wins.</summary>
    Fastest,

    /// <summary>By a draw that follows configured weights and live performance.</summary>
    Weighted,

    /// <summary>By an even draw.</summary>
    Random,
}
