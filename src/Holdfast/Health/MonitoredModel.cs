namespace Holdfast.Health;

/// <summary>Something whose health is watched.</summary>
/// <param name="Id">What it is known by; no two have the same.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Provider">Who runs it.</param>
public sealed record MonitoredModel(string Id, string Name, string Provider)
{
    /// <summary>Its version, if it has one. Default empty.</summary>
    public string Version { get; init; } = "";

    /// <summary>Whether all is not well while it is unavailable. Default false.</summary>
    public bool IsCritical { get; init; }

    /// <summary>
    /// Asks whether it works, when no call has told: it throws, or answers false, when it doesn't; a
    /// <see cref="CheckFailedException"/> says why in its own words. It runs on the thread pool and must heed its
    /// token: one that doesn't is left behind when its time is over, with the thread that it may block. Null, the
    /// default: it is known by its calls alone.
    /// </summary>
    public Func<CancellationToken, ValueTask<bool>>? Check { get; init; }

    /// <summary>
    /// Models that name the same group share their checks, as those of one provider that answers for all of them: one
    /// check is made, by the options of the first, and all that have been idle learn from it. Default empty: each is
    /// checked by itself.
    /// </summary>
    public string CheckGroup { get; init; } = "";

    /// <summary>
    /// Whether a check does what calls do, so that the time it takes says how long they take. Default true; false where
    /// it only asks whether somebody is there.
    /// </summary>
    public bool ChecksAreCalls { get; init; } = true;

    /// <summary>Its own options. Null, the default: the monitor's.</summary>
    public HealthOptions? Options { get; init; }

    /// <summary>
    /// Says in words what stands in its way whatever its signs say, as an open circuit: it is unavailable as long as it
    /// says something. Null, the default, or a null from it: nothing does. It is asked often and within a lock: it may
    /// neither block nor throw nor ask the monitor. Call <see cref="HealthMonitor.Reconsider"/> when its answer
    /// changes.
    /// </summary>
    public Func<string?>? Obstacle { get; init; }
}
