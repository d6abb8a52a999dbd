using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class JsonLineFormatterTests
{
    private readonly JsonLineFormatter _formatter = new(new ManualTimeProvider());

    [Fact]
    public void A_call_is_its_fields_and_no_sentence()
    {
        var log = new FormattedLog(_formatter, CallLog.Category);

        new CallLog(log).OnCompleted(new CallRecord(ChatCall.Of()) { HttpStatus = 200 });

        var line = JsonDocument.Parse(Assert.Single(log.Lines)).RootElement;
        Assert.Equal(("call", "information", "req_1", 200, false), (Text(line, "event"), Text(line, "level"),
            Text(line, "requestId"), line.GetProperty("status").GetInt32(), line.GetProperty("stream").GetBoolean()));
        Assert.Equal("2026-03-01T12:00:00Z", Text(line, "time"));
        Assert.False(line.TryGetProperty("message", out _));
        Assert.Equal(JsonValueKind.Null, line.GetProperty("firstTokenMs").ValueKind);
    }

    [Fact]
    public void Another_entry_has_its_sentence_its_fields_and_its_exception()
    {
        var log = new FormattedLog(_formatter, "Some.Category");

        log.LogWarning(new InvalidOperationException("why"), "circuit of {Provider} \n {Ratio}", "a\"b", double.NaN);

        var text = Assert.Single(log.Lines);
        Assert.Equal(1, text.Count(character => character == '\n'));
        var line = JsonDocument.Parse(text).RootElement;
        Assert.Equal(("circuit of a\"b \n NaN", "a\"b", "NaN"),
            (Text(line, "message"), Text(line, "provider"), Text(line, "ratio")));
        Assert.Contains("why", Text(line, "exception"), StringComparison.Ordinal);
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private sealed class FormattedLog(JsonLineFormatter formatter, string category) : ILogger<CallLog>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> format)
        {
            using var writer = new StringWriter();
            var entry = new LogEntry<TState>(logLevel, category, eventId, state, exception, format);
            formatter.Write(entry, null, writer);
            Lines.Add(writer.ToString());
        }
    }
}
