using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Retrying;
using Holdfast.Tests.Telemetry;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

public class ChatTelemetryTests
{
    private static readonly IOException Reset = new("reset");

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_chat_call_measures_itself_and_each_attempt()
    {
        using var listening = new Listening("chat-measured");
        using var client = Client(listening, "chat-measured", Throws(Reset), Says("hello"));

        await client.GetResponseAsync("hi");

        Assert.Equal(
            [
                "holdfast.attempt.duration 0 target=a outcome=refused",
                "holdfast.attempt.duration 0 target=b outcome=ok",
                "holdfast.operation.duration 0 outcome=ok",
                "holdfast.fallbacks 1",
            ],
            listening.Measured);
        Assert.Equal([110, 111], listening.Events.Select(one => one.Id));
    }

    [Fact]
    public async Task An_attempt_is_a_client_span_with_the_attributes_of_generative_AI()
    {
        var said = new ChatResponseUpdate(ChatRole.Assistant, "hello")
        {
            ModelId = "gpt-4o-2024-11-20", ResponseId = "r1", FinishReason = ChatFinishReason.Stop,
        };
        said.Contents.Add(new UsageContent(new UsageDetails { InputTokenCount = 3, OutputTokenCount = 2 }));
        using var listening = new Listening("chat-traced");
        using var client = Client(listening, "chat-traced", new ScriptedChatClient(Line(said)));

        await client.GetResponseAsync("hi", new ChatOptions { ModelId = "smart" });

        var (attempt, call) = (listening.Spans[0], listening.Spans[1]);
        Assert.Equal((ActivityKind.Client, call.SpanId), (attempt.Kind, attempt.ParentSpanId));
        Assert.Equal("chat openai smart", Tags(attempt, "operation.name", "provider.name", "request.model"));
        Assert.Equal("gpt-4o-2024-11-20 r1 3 2",
            Tags(attempt, "response.model", "response.id", "usage.input_tokens", "usage.output_tokens"));
        Assert.Equal(["stop"], (string[])attempt.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.DoesNotContain(attempt.TagObjects, tag => tag.Value as string is "hi" or "hello");
    }

    [Fact]
    public async Task A_classifier_that_throws_ends_the_attempts_span()
    {
        using var listening = new Listening("chat-defect");
        using var client = HoldfastChatClient.Create(
            new HoldfastOptions
            {
                Name = "chat-defect", Time = _time, Classify = _ => throw new InvalidCastException("defect"),
            },
            new ChatTarget("a", Throws(Reset)));

        await Assert.ThrowsAsync<InvalidCastException>(() => client.GetResponseAsync("hi"));

        Assert.Equal(["attempt a", "operation chat-defect"], listening.Spans.Select(span => span.DisplayName));
    }

    [Fact]
    public async Task A_streams_spans_last_until_its_end_and_tell_how_it_broke()
    {
        using var listening = new Listening("chat-cut");
        using var client = Client(listening, "chat-cut", new ScriptedChatClient(Fails(Reset, Text("hel"))));

        await Assert.ThrowsAsync<ResilienceException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("hi"))
                Assert.Empty(listening.Spans);
        });

        Assert.Equal(["attempt a", "operation chat-cut"], listening.Spans.Select(span => span.DisplayName));
        Assert.All(listening.Spans, span => Assert.Equal("cut", span.GetTagItem("outcome")));
        Assert.Contains("holdfast.operation.duration 0 outcome=cut", listening.Measured);
        Assert.Equal(112, Assert.Single(listening.Events).Id);
    }

    [Fact]
    public async Task A_streams_tokens_are_counted_in_its_span()
    {
        var usage = new ChatResponseUpdate(ChatRole.Assistant,
            [new UsageContent(new UsageDetails { InputTokenCount = 3, OutputTokenCount = 2 })]);
        using var listening = new Listening("chat-stream-tokens");
        using var client = Client(
            listening, "chat-stream-tokens", new ScriptedChatClient(Line(Text("hello"), usage)));

        await client.GetStreamingResponseAsync("hi").ToListAsync();

        Assert.Equal("3 2", Tags(listening.Spans[0], "usage.input_tokens", "usage.output_tokens"));
    }

    [Fact]
    public async Task A_circuit_that_opens_is_written_and_the_next_call_counts_what_it_skipped()
    {
        using var listening = new Listening("chat-skips");
        using var client = Client(listening, "chat-skips", Throws(Reset), Says("hello"));

        for (var i = 0; i < 3; i++)
            await client.GetResponseAsync("hi");

        Assert.Contains(listening.Events, one => one is (101, "CircuitOpened", _, _));
        Assert.Contains("holdfast.skipped 1 target=a why=circuit_open", listening.Measured);
    }

    [Fact]
    public async Task Spans_leave_the_callers_own_span_current()
    {
        using var listening = new Listening("chat-ambient");
        using var client = Client(listening, "chat-ambient", Says("hel", "lo"));
        using var own = new Activity("own").Start();

        await client.GetResponseAsync("hi");
        await foreach (var _ in client.GetStreamingResponseAsync("hi"))
            Assert.Same(own, Activity.Current);

        Assert.Same(own, Activity.Current);
        Assert.All(listening.Spans, span => Assert.Equal(own.TraceId, span.TraceId));
    }

    [Fact]
    public async Task Embeddings_tell_the_same_under_their_own_name()
    {
        using var listening = new Listening("embeddings-traced");
        using var generator = new OneEmbedding().WithHoldfast(
            new HoldfastOptions { Name = "embeddings-traced", Time = _time, Logger = listening }, "e");

        await generator.GenerateAsync(["one"]);

        Assert.Equal("embeddings 7", Tags(listening.Spans[0], "operation.name", "usage.input_tokens"));
        Assert.Contains("holdfast.attempt.duration 0 target=e outcome=ok", listening.Measured);
    }

    private static string Tags(Activity span, params string[] names) =>
        string.Join(' ', names.Select(name => span.GetTagItem($"gen_ai.{name}")));

    private HoldfastChatClient Client(Listening listening, string name, params ScriptedChatClient[] clients) =>
        HoldfastChatClient.Create(
            new HoldfastOptions
            {
                Name = name,
                Time = _time,
                Logger = listening,
                Retry = new RetryOptions { MaxRetries = 0 },
                CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 },
            },
            clients.Select((client, i) => new ChatTarget($"{(char)('a' + i)}", client)));

    private sealed class OneEmbedding : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
            EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new(new float[] { 1 })])
            {
                Usage = new UsageDetails { InputTokenCount = 7 },
            });

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
