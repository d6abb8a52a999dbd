namespace Holdfast.Gateway.Observability;

/// <summary>Shows how many lines of the log were lost.</summary>
internal sealed class LogMetrics
{
    /// <param name="meter">The gateway's meter.</param>
    /// <param name="writer">What brings the lines; null where the log has another way.</param>
    public LogMetrics(GatewayMeter meter, LineWriter? writer) => meter.Meter.CreateObservableCounter(
        "holdfast_log_lines_dropped_total", () => writer?.Dropped ?? 0, null,
        "Lines of the log that were dropped because nobody took them in time");
}
