using Holdfast.Modes;

namespace Holdfast.Gateway.Modes;

/// <summary>The section <c>modes</c>: when the gateway is degraded, and what it then holds back.</summary>
internal sealed record OperationModeOptions
{
    // So many components as there can be providers, routes and critical targets.
    private const int MaxComponents = 10_000;

    /// <summary>
    /// The health of providers makes the mode; otherwise only what is marked or set by hand does. Default true.
    /// </summary>
    public bool Automatic { get; init; } = true;

    /// <summary>
    /// So many components of high severity are an emergency; 0: however many, they are none. Default 3.
    /// </summary>
    public int HighForEmergency { get; init; } = 3;

    /// <summary>
    /// The share of the places that calls less urgent than normal leave free while degraded, 0 to 1. Default 0.2.
    /// </summary>
    public double DegradedReserve { get; init; } = 0.2;

    /// <summary>Changes that are remembered. 1 to 100,000. Default 100.</summary>
    public int HistorySize { get; init; } = 100;

    /// <summary>The library's part of them.</summary>
    public ModeOptions ToModeOptions() => new()
    {
        HighForEmergency = HighForEmergency, HistorySize = HistorySize, MaxComponents = MaxComponents,
    };
}
