using System.Text;
using Holdfast.Bench.InstantUpstream;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Bedrock;
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

    private static readonly AnswerContext ResponsesContext = new(
        new CallRequest
        {
            Id = "bench", Dialect = Dialect.Responses, Operation = Operation.Responses,
            Body = "{\"model\":\"smart\",\"input\":\"hi\"}"u8.ToArray(), Model = "smart", ModelValue = 9..16,
            ObjectStart = 1, Stream = true,
        },
        "llama-3.3-70b-versatile", 1_750_000_000);

    // A response keeps what it has said until its end, so none may go on for ever.
    private const int EventsPerResponse = 100_000;

    private readonly PooledBuffer _output = new(64 * 1024);
    private readonly SseParser _parser = new();
    private readonly LineParser _lines = new();
    private readonly OpenAiStreamReader _openAi = new(includeUsage: false);
    private readonly AnthropicStreamReader _anthropic = new(Context);
    private readonly CohereStreamReader _cohere = new(Context);
    private readonly GeminiStreamReader _gemini = new(Context);
    private readonly OllamaStreamReader _ollama = new(Context);
    private byte[] _openAiEvents = [];
    private readonly IStreamReader _passed = Responses("openai");
    private IStreamReader _responses = Responses("groq");
    private int _told;
    private byte[] _anthropicEvents = [];
    private byte[] _cohereEvents = [];
    private byte[] _geminiEvents = [];
    private byte[] _ollamaLines = [];
    private byte[] _responsesEvents = [];
    private readonly EventStreamParser _frames = new();
    private readonly BedrockStreamReader _bedrock = new(Context);
    private byte[] _bedrockEvents = [];

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
        _responsesEvents = Repeated(Bodies.ResponsesDelta());
        (opening, delta) = Bodies.BedrockEvents();
        _bedrockEvents = Repeated(delta);
        Read(opening, _bedrock, _frames);
        if (Bedrock() != EventsPerRead || Read(_anthropicEvents, _anthropic) != EventsPerRead
            || Read(_openAiEvents, _openAi) != EventsPerRead
            || Read(_cohereEvents, _cohere) != EventsPerRead || Read(_geminiEvents, _gemini) != EventsPerRead
            || Ollama() != EventsPerRead || ResponsesPassed() != EventsPerRead || ResponsesTold() != EventsPerRead)
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

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "EventStreamParser + BedrockStreamReader")]
    public int Bedrock() => Read(_bedrockEvents, _bedrock, _frames);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + GeminiStreamReader")]
    public int Gemini() => Read(_geminiEvents, _gemini);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + CohereStreamReader")]
    public int Cohere() => Read(_cohereEvents, _cohere);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "LineParser + OllamaStreamReader")]
    public int Ollama() => Read(_ollamaLines, _ollama, _lines);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + ResponsesPassedStream")]
    public int ResponsesPassed() => Read(_responsesEvents, _passed);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + RetoldStream of a chat's to responses")]
    public int ResponsesTold()
    {
        _told += EventsPerRead;
        if (_told > EventsPerResponse)
        {
            _told = 0;
            _responses = Responses("groq");
        }

        return Read(_openAiEvents, _responses);
    }

    private static IStreamReader Responses(string type) => new Provider(
        new ProviderOptions { Name = type, Type = type, BaseUrl = new Uri("http://127.0.0.1") }, new KeyRing([]))
            .DialectFor(ResponsesContext.Call).OpenStream(ResponsesContext);

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
