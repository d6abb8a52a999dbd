using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests;

/// <summary>Keeps what is logged, with the names and values of each line.</summary>
internal sealed class CapturedLog<T>(LogLevel lowest = LogLevel.Trace) : ILogger<T>
{
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];

    public IReadOnlyList<Line> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var line = new Line(logLevel, formatter(state, exception), exception,
            values.ToDictionary(value => value.Key, value => value.Value));
        lock (_lock)
            _lines.Add(line);
    }

    internal sealed record Line(
        LogLevel Level, string Text, Exception? Exception, IReadOnlyDictionary<string, object?> Values);
}
