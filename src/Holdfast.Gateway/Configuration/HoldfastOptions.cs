using Holdfast.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// A whole configuration as the user wrote it: inheritance applied (target &gt; model &gt; provider &gt; defaults),
/// environment variables put in, every value checked.
/// </summary>
internal sealed record HoldfastOptions
{
    public ServerOptions Server { get; init; } = new();

    /// <summary>The limits of the whole gateway.</summary>
    public AdmissionOptions Limits { get; init; } = CallLimits.None;

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<RouteOptions> Models { get; init; } = [];

    /// <summary>When the gateway is degraded, and what it then holds back.</summary>
    public OperationModeOptions Modes { get; init; } = new();

    /// <summary>
    /// How often metrics are sent by OTLP, 100 ms to 1 day, unless OpenTelemetry's own variable says it. Default 60 s.
    /// Read at start.
    /// </summary>
    public TimeSpan MetricsExportInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The level of <c>logging.level</c>.</summary>
    public Microsoft.Extensions.Logging.LogLevel LogLevel { get; init; } =
        Microsoft.Extensions.Logging.LogLevel.Information;
}
