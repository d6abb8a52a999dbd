using Holdfast.Gateway.Observability;
using Holdfast.Modes;

namespace Holdfast.Gateway.Modes;

/// <summary>Shows the mode at each scrape, and every change of it in the log.</summary>
internal sealed partial class ModeMetrics
{
    private readonly ILogger _logger;

    public ModeMetrics(OperationModes modes, GatewayMeter meter, ILogger<ModeMetrics> logger)
    {
        _logger = logger;
        meter.Meter.CreateObservableGauge("holdfast_operation_mode", () => (long)modes.Mode, null,
            "The operation mode: 0 normal, 1 degraded, 2 emergency");
        modes.Changed += change => ModeChanged(
            change.From.Word(), change.To.Word(), string.Join("; ", change.Reasons));
        modes.ListenerFailed += ListenerFailed;
    }

    [LoggerMessage(52, LogLevel.Warning, "operation mode: {From} -> {To}: {Reasons}")]
    private partial void ModeChanged(string from, string to, string reasons);

    [LoggerMessage(53, LogLevel.Error, "a change of the operation mode could not be passed on")]
    private partial void ListenerFailed(Exception failure);
}
