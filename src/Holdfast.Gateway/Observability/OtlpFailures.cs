using System.Diagnostics.Tracing;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Says in the log that a collector doesn't take what is sent, once a minute at most. The exporter tells nobody but its
/// event source.
/// </summary>
internal sealed partial class OtlpFailures(TimeProvider time, ILogger logger) : EventListener
{
    private const string ExporterSource = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _count;
    private long? _toldAt;

    // Called by the base class before anything here is set.
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == ExporterSource)
        {
            EnableEvents(eventSource, EventLevel.Error);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        long count;
        lock (_lock)
        {
            count = ++_count;
            if (_toldAt is { } toldAt && time.GetElapsedTime(toldAt) < Pause)
            {
                return;
            }

            _toldAt = time.GetTimestamp();
        }

        NotTaken(eventData.EventName, count);
    }

    [LoggerMessage(62, LogLevel.Warning,
        "telemetry was not taken by its collector and is lost ({Event}); failures so far: {Count}")]
    private partial void NotTaken(string? @event, long count);
}
