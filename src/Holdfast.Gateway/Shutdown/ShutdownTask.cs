namespace Holdfast.Gateway.Shutdown;

/// <summary>
/// Something to do when the gateway ends. Register it as a service; every one is run once. It may fail, hang or block
/// its thread: the next ones run all the same.
/// </summary>
/// <param name="Name">For the log: what is lost when it isn't done.</param>
/// <param name="RunAsync">Does it. The token is struck when its time is up; nobody waits for it then.</param>
internal sealed record ShutdownTask(string Name, Func<CancellationToken, Task> RunAsync)
{
    /// <summary>When it runs. Default: cleanup.</summary>
    public ShutdownPhase Phase { get; init; } = ShutdownPhase.Cleanup;

    /// <summary>The lower number runs first, equal ones together. Default 100.</summary>
    public int Priority { get; init; } = 100;

    /// <summary>
    /// The most time it gets. It may get less: what is left of its phase is shared between the priorities that are
    /// still to come. Default null: its whole share.
    /// </summary>
    public TimeSpan? Limit { get; init; }
}

/// <summary>How a task of the shutdown ended.</summary>
internal enum ShutdownTaskEnding
{
    Done,

    /// <summary>It threw.</summary>
    Failed,

    /// <summary>Its time was up; it may still be running.</summary>
    Abandoned,
}

/// <summary>What became of a task of the shutdown.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Duration">From its start to its end, or until it was abandoned.</param>
internal sealed record ShutdownTaskReport(string Name, ShutdownTaskEnding Ending, TimeSpan Duration);
