using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// A logger of JSON lines that never makes a call wait: the line is written on the calling thread without an
/// allocation, and a <see cref="LineWriter"/> brings it to its stream.
/// </summary>
[ProviderAlias("Json")]
internal sealed class JsonLog(LineWriter writer, TimeProvider time) : ILoggerProvider
{
    private const int UsualLine = 1024;

    // Lives as long as its thread.
    [ThreadStatic]
    private static PooledBuffer? _line;

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, writer, time);

    /// <summary>The writer is its owner's.</summary>
    public void Dispose()
    {
    }

    private sealed class Category(string name, LineWriter writer, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var line = _line ??= new PooledBuffer(UsualLine);
            line.Clear();
            JsonLine.Write(line, time.GetUtcNow(), logLevel, name, state, exception, formatter);
            writer.Write(line.WrittenSpan, isUrgent: logLevel >= LogLevel.Warning);
        }
    }
}
