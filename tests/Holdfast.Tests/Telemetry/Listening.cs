using System.Diagnostics;
using System.Diagnostics.Metrics;
using Holdfast.Telemetry;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Telemetry;

/// <summary>
/// Listens to what one operation tells. Meter and source are the process's, so tests that run beside are heard too;
/// each takes a name of its own.
/// </summary>
internal sealed class Listening : ILogger, IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;
    private readonly string _name;
    private readonly List<string> _measured = [];
    private readonly List<(int Id, string Name, LogLevel Level, string Text)> _events = [];
    private readonly List<Activity> _spans = [];

    public Listening(string name)
    {
        _name = name;
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == CallTelemetry.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CallTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>As <c>holdfast.attempt.duration 2 target=a outcome=ok</c>; without the operation's tag.</summary>
    public IReadOnlyList<string> Measured
    {
        get
        {
            lock (_gate)
                return [.. _measured];
        }
    }

    /// <summary>Spans that have ended, in the order of their ends.</summary>
    public IReadOnlyList<Activity> Spans
    {
        get
        {
            lock (_gate)
                return [.. _spans];
        }
    }

    public IReadOnlyList<(int Id, string Name, LogLevel Level, string Text)> Events => _events;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
            _events.Add((eventId.Id, eventId.Name ?? "", logLevel, formatter(state, exception)));
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var isOurs = false;
        var text = FormattableString.Invariant($"{instrument.Name} {value}");
        foreach (var (key, tag) in tags)
        {
            if (key is "operation" or "circuit" && (tag as string)?.StartsWith(_name, StringComparison.Ordinal) == true)
                isOurs = true;
            else
                text += $" {key}={tag}";
        }

        if (!isOurs)
            return;
        lock (_gate)
            _measured.Add(text);
    }

    private void Note(Activity span)
    {
        var isOurs = span.DisplayName == $"operation {_name}" || Equals(span.GetTagItem("operation"), _name);
        if (!isOurs)
            return;
        lock (_gate)
            _spans.Add(span);
    }
}
