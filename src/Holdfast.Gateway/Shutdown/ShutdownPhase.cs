namespace Holdfast.Gateway.Shutdown;

/// <summary>When in a shutdown a task runs.</summary>
internal enum ShutdownPhase
{
    /// <summary>A hook before everything: the node is not ready any more and still takes calls.</summary>
    Before,

    /// <summary>The listener closes; runs beside the drain, for what would hold it up, as streams of events.</summary>
    Draining,

    /// <summary>No call is under way any more, and none will come: flush, give back, say goodbye.</summary>
    Cleanup,

    /// <summary>A hook after every cleanup.</summary>
    After,
}
