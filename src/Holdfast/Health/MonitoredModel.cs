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
    /// Asks whether it works, when no call has told: it throws, or answers false, when it doesn't. Null, the default:
    /// it is known by its calls alone.
    /// </summary>
    public Func<CancellationToken, ValueTask<bool>>? Check { get; init; }
}
