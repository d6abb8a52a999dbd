namespace Holdfast.Gateway.Shutdown;

/// <summary>The section <c>server.shutdown</c>.</summary>
internal sealed record ShutdownOptions
{
    /// <summary>How long calls in flight may go on once the delay has passed. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// From then to the forced end: callers that are cut hear of it, and cleanup that is late still runs. Default 5
    /// seconds.
    /// </summary>
    public TimeSpan ForceKillTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Readiness is false this long before the listener closes. Default 0.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>After so long the process ends, whatever is left.</summary>
    public TimeSpan Whole => Delay + Timeout + ForceKillTimeout;
}
