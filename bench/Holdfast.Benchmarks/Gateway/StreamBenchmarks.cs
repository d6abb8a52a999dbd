using System.Text;
using Holdfast.Bench.InstantUpstream;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Cohere;
using Holdfast.Gateway.Providers.Gemini;
using Holdfast.Gateway.Providers.Ollama;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>One event of a stream on its way through: cut out, understood, handed on or translated.</summary>
[BenchmarkCategory("events")]
public class StreamBenchmarks
{
    private const int EventsPerRead = 32;

    private static readonly AnswerContext Context = new(
        new CallRequest
        {
            Id = "bench", Dialect = Dialect.OpenAi, Operation = Operation.ChatCompletions, Body = default,
            Model = "smart", ModelValue = default, ObjectStart = 0, Stream = true,
        },
        "claude-sonnet-4-5", 1_750_000_000);

    private readonly PooledBuffer _output = new(64 * 1024);
    private readonly SseParser _parser = new();
    private readonly LineParser _lines = new();
    private readonly OpenAiStreamReader _openAi = new(includeUsage: false);
    private readonly AnthropicStreamReader _anthropic = new(Context);
    private readonly CohereStreamReader _cohere = new(Context);
    private readonly GeminiStreamReader _gemini = new(Context);
    private readonly OllamaStreamReader _ollama = new(Context);
    private byte[] _openAiEvents = [];
    private byte[] _anthropicEvents = [];
    private byte[] _cohereEvents = [];
    private byte[] _geminiEvents = [];
    private byte[] _ollamaLines = [];

    [GlobalSetup]
    public void Setup()
    {
        _openAiEvents = Repeated(CannedAnswers.Events(1)[1]);
        var (opening, delta) = Bodies.AnthropicEvents();
        _anthropicEvents = Repeated(delta);
        var (start, content) = Bodies.CohereEvents();
        _cohereEvents = Repeated(content);
        _geminiEvents = Repeated(Bodies.GeminiEvent());
        _ollamaLines = Repeated(Bodies.OllamaLine());
        Read(opening, _anthropic);
        Read(start, _cohere);
        if (Read(_anthropicEvents, _anthropic) != EventsPerRead || Read(_openAiEvents, _openAi) != EventsPerRead
            || Read(_cohereEvents, _cohere) != EventsPerRead || Read(_geminiEvents, _gemini) != EventsPerRead
            || Ollama() != EventsPerRead)
        {
            throw new InvalidOperationException($"tokens are missing: {Encoding.UTF8.GetString(_output.WrittenSpan)}");
        }
    }

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser")]
    public int Parser()
    {
        var unread = _openAiEvents.AsSpan();
        var events = 0;
        while (_parser.TryRead(unread, atEnd: false, out _, out var consumed))
        {
            unread = unread[consumed..];
            events++;
        }

        return events;
    }

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + OpenAiStreamReader")]
    public int OpenAi() => Read(_openAiEvents, _openAi);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + AnthropicStreamReader")]
    public int Anthropic() => Read(_anthropicEvents, _anthropic);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + GeminiStreamReader")]
    public int Gemini() => Read(_geminiEvents, _gemini);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + CohereStreamReader")]
    public int Cohere() => Read(_cohereEvents, _cohere);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "LineParser + OllamaStreamReader")]
    public int Ollama() => Read(_ollamaLines, _ollama, _lines);

    private int Read(ReadOnlySpan<byte> unread, IStreamReader reader) => Read(unread, reader, _parser);

    private int Read(ReadOnlySpan<byte> unread, IStreamReader reader, IEventParser parser)
    {
        _output.Clear();
        var tokens = 0;
        while (parser.TryRead(unread, atEnd: false, out var sse, out var consumed))
        {
            tokens += reader.Read(sse, _output).Kind == StreamSignalKind.Token ? 1 : 0;
            unread = unread[consumed..];
        }

        return tokens;
    }

    private static byte[] Repeated(byte[] one) => [.. Enumerable.Repeat(one, EventsPerRead).SelectMany(bytes => bytes)];
}
