using System.Text;
using Holdfast.Bench.InstantUpstream;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Bedrock;

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
    private readonly OpenAiStreamReader _openAi = new(includeUsage: false);
    private readonly AnthropicStreamReader _anthropic = new(Context);
    private byte[] _openAiEvents = [];
    private readonly EventStreamParser _frames = new();
    private readonly BedrockStreamReader _bedrock = new(Context);
    private byte[] _anthropicEvents = [];
    private byte[] _bedrockEvents = [];

    [GlobalSetup]
    public void Setup()
    {
        _openAiEvents = Repeated(CannedAnswers.Events(1)[1]);
        var (opening, delta) = Bodies.AnthropicEvents();
        _anthropicEvents = Repeated(delta);
        Read(opening, _parser, _anthropic);
        (opening, delta) = Bodies.BedrockEvents();
        _bedrockEvents = Repeated(delta);
        Read(opening, _frames, _bedrock);
        if (Anthropic() != EventsPerRead || OpenAi() != EventsPerRead || Bedrock() != EventsPerRead)
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
    public int OpenAi() => Read(_openAiEvents, _parser, _openAi);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "SseParser + AnthropicStreamReader")]
    public int Anthropic() => Read(_anthropicEvents, _parser, _anthropic);

    [Benchmark(OperationsPerInvoke = EventsPerRead, Description = "EventStreamParser + BedrockStreamReader")]
    public int Bedrock() => Read(_bedrockEvents, _frames, _bedrock);

    private int Read(ReadOnlySpan<byte> unread, IEventParser parser, IStreamReader reader)
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
