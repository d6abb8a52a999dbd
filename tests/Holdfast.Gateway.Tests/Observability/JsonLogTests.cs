using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class JsonLogTests : IDisposable
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly MemoryStream _output = new();
    private readonly LineWriter _writer;
    private readonly ILoggerFactory _loggers;

    public JsonLogTests()
    {
        var time = new ManualTimeProvider();
        _writer = new LineWriter(_output, time);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(new JsonLog(_writer, time)));
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void A_call_is_its_fields_and_no_sentence()
    {
        var line = LineOf(new CallRecord(ChatCall.Of()) { HttpStatus = 200 });

        Assert.Equal(("call", "information", "req_1", 200, false), (Text(line, "event"), Text(line, "level"),
            Text(line, "requestId"), line.GetProperty("status").GetInt32(), line.GetProperty("stream").GetBoolean()));
        Assert.Equal("2026-03-01T12:00:00Z", Text(line, "time"));
        Assert.Equal("Holdfast.Gateway.Observability.CallLog", Text(line, "category"));
        Assert.False(line.TryGetProperty("message", out _));
        Assert.Equal(JsonValueKind.Null, line.GetProperty("firstTokenMs").ValueKind);
    }

    [Fact]
    public void A_calls_line_has_its_route_attempts_hedges_waits_tokens_and_times()
    {
        var line = LineOf(Answered());

        Assert.Equal(("fast", "groq", "llama", 2, 1, 1, true), (Text(line, "route"), Text(line, "provider"),
            Text(line, "providerModel"), line.GetProperty("attempts").GetInt32(),
            line.GetProperty("retries").GetInt32(), line.GetProperty("hedges").GetInt32(),
            line.GetProperty("fallback").GetBoolean()));
        Assert.Equal("openai/gpt%20x:circuit_open,openai/gpt-4o:timeout(1000.2ms),groq/llama:ok(2.0ms)",
            Text(line, "attempted"));
        Assert.Equal((1500.25, 1200, 900.5, 0.0813), (Number(line, "durationMs"), Number(line, "firstTokenMs"),
            Number(line, "waitedMs"), Number(line, "overheadMs")));
        Assert.Equal(12.5, Number(line, "queuedMs"));
        Assert.Equal((19, 24, 7, 3), (Number(line, "inputTokens"), Number(line, "outputTokens"),
            Number(line, "cachedInputTokens"), Number(line, "reasoningTokens")));
    }

    [Theory]
    [InlineData(TraceParent, "0af7651916cd43dd8448eb211c80319c")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "req_1")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", "req_1")]
    [InlineData("00-short", "req_1")]
    [InlineData("no trace parent at all, but quite long nevertheless", "req_1")]
    [InlineData(null, "req_1")]
    public void A_calls_line_has_the_trace_id_of_its_caller_or_the_id_of_its_answer(
        string? traceParent, string? traceId)
    {
        var headers = PassedHeaders.None with { TraceParent = traceParent };

        Assert.Equal(traceId, Text(LineOf(new CallRecord(ChatCall.Of(headers: headers))), "traceId"));
    }

    [Fact]
    public void A_calls_line_has_the_trace_id_of_its_own_span_where_it_is_traced()
    {
        using var span = new Activity("call").SetParentId(
            ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736"), ActivitySpanId.CreateRandom());
        span.Start();
        var headers = PassedHeaders.None with { TraceParent = TraceParent };

        var line = LineOf(new CallRecord(ChatCall.Of(headers: headers)) { Span = span });

        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", Text(line, "traceId"));
    }

    [Fact]
    public void Any_other_logger_gets_the_same_fields_with_the_same_values()
    {
        var other = new CapturedLog<CallLog>();
        new CallLog(other).OnCompleted(Answered());
        var values = Assert.Single(other.Lines).Values;

        var line = LineOf(Answered());

        var fields = line.EnumerateObject()
            .Where(field => field.Name is not ("time" or "level" or "category" or "event")).ToList();
        Assert.Equal(values.Keys.Select(JsonNamingPolicy.CamelCase.ConvertName), fields.Select(field => field.Name));
        Assert.Equal(values.Values.Select(value => JsonSerializer.Serialize(value)),
            fields.Select(field => JsonSerializer.Serialize(field.Value)));
    }

    [Fact]
    public void A_calls_line_allocates_nothing()
    {
        // A small writer, whose buffers don't grow meanwhile.
        using var writer = new LineWriter(Stream.Null, TimeProvider.System, capacity: 2048);
        using var loggers = LoggerFactory.Create(
            logging => logging.AddProvider(new JsonLog(writer, TimeProvider.System)));
        var log = new CallLog(loggers.CreateLogger<CallLog>());
        var call = Answered("gpt-4o-mini");
        for (var i = 0; i < 200; i++)
        {
            log.OnCompleted(call);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            log.OnCompleted(call);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Another_entry_has_its_sentence_its_fields_and_its_exception()
    {
        _loggers.CreateLogger("Some.Category").LogWarning(
            new InvalidOperationException("why"), "circuit of {Provider} \n {Ratio}", "a\"b", double.NaN);

        var line = Assert.Single(Lines());
        Assert.Equal(("circuit of a\"b \n NaN", "a\"b", "NaN", "warning"),
            (Text(line, "message"), Text(line, "provider"), Text(line, "ratio"), Text(line, "level")));
        Assert.Contains("why", Text(line, "exception"), StringComparison.Ordinal);
    }

    private static CallRecord Answered(string skipped = "gpt x")
    {
        var call = new CallRecord(ChatCall.Of())
        {
            ModelLabel = "fast", Outcome = Outcome.Ok, HttpStatus = 200, Hedges = 1, FellBack = true,
            Duration = TimeSpan.FromMilliseconds(1500.25), TimeToFirstToken = TimeSpan.FromMilliseconds(1200),
            Waited = TimeSpan.FromMilliseconds(900.5), Overhead = TimeSpan.FromMicroseconds(81.3),
            Usage = new Usage(19, 24, CachedInput: 7, Reasoning: 3), Queued = TimeSpan.FromMilliseconds(10),
        };
        call.Add(new AttemptRecord("openai", skipped, Outcome.CircuitOpen, TimeSpan.Zero, WasSent: false));
        call.Add(new AttemptRecord("openai", "gpt-4o", Outcome.Timeout, TimeSpan.FromMilliseconds(1000.2), true)
        {
            IsRepeat = true, Queued = TimeSpan.FromMilliseconds(2.5),
        });
        var winner = new AttemptRecord("groq", "llama", Outcome.Ok, TimeSpan.FromMilliseconds(2), WasSent: true);
        call.Add(winner);
        call.Won(winner);
        return call;
    }

    private JsonElement LineOf(CallRecord call)
    {
        new CallLog(_loggers.CreateLogger<CallLog>()).OnCompleted(call);
        return Assert.Single(Lines());
    }

    private List<JsonElement> Lines()
    {
        _writer.Dispose();
        var text = Encoding.UTF8.GetString(_output.ToArray());
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();
}
