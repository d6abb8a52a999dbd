using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Gemini;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A long talk on its way to another dialect and a long answer on its way back, beside what it takes to do no more
/// than read the same bytes. To be held: at least half of the reader's speed, at most twice the bytes allocated.
/// </summary>
[BenchmarkCategory("translation")]
public class TranslationBenchmarks
{
    private const int Bytes = 1_000_000;

    private readonly AnthropicProvider _anthropic = new(
        new ProviderOptions { Name = "anthropic", Type = "anthropic" }, new Uri("https://api.anthropic.com/v1"));
    private readonly GeminiProvider _gemini = new(
        new ProviderOptions { Name = "gemini", Type = "gemini" }, ProviderTypes.Find("gemini")!,
        new Uri("https://generativelanguage.googleapis.com/v1beta"));
    private readonly byte[] _request = Bodies.Conversation(Bytes);
    private readonly byte[] _message = Bodies.AnthropicMessage(Bytes);
    private readonly byte[] _candidate = Bodies.GeminiAnswer(Bytes);
    private readonly byte[] _responses = Bodies.ResponsesConversation(Bytes);
    private readonly IProvider _responsesCallers = new Provider(
        new ProviderOptions { Name = "groq", Type = "groq", BaseUrl = new Uri("http://127.0.0.1") }, new KeyRing([]))
            .DialectFor(new CallRequest
            {
                Id = "bench", Dialect = Dialect.Responses, Operation = Operation.Responses, Body = default,
                Model = "smart", ModelValue = default, ObjectStart = 0,
            });

    private CallRequest _call = null!;
    private AnswerContext _context;

    [GlobalSetup]
    public void Setup()
    {
        if (ChatRequestBody.TryRead(_request, out var fields) is { } wrong)
        {
            throw new InvalidOperationException(wrong.Message);
        }

        _call = new CallRequest
        {
            Id = "bench", Dialect = Dialect.OpenAi, Operation = Operation.ChatCompletions, Body = _request,
            Model = fields.Model, ModelValue = fields.ModelValue, ObjectStart = fields.ObjectStart,
        };
        _context = new AnswerContext(_call, "claude-sonnet-4-5", 1_750_000_000);
        var shortest = Bytes * 9 / 10;
        if (AnthropicAnswer() < Bytes || AnthropicRequest() < Bytes || GeminiAnswer() < shortest
            || GeminiRequest() < shortest)
        {
            throw new InvalidOperationException("something was lost in translation");
        }
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone: request")]
    public long Reader() => Read(_request);

    [Benchmark(Description = "AnthropicProvider.WriteBody")]
    public int AnthropicRequest()
    {
        using var output = new PooledBuffer(_call.Body.Length + 256);
        _anthropic.WriteBody(_call, "claude-sonnet-4-5", output);
        return output.Length;
    }

    [Benchmark(Description = "Utf8JsonReader alone: answer")]
    public long AnswerReader() => Read(_message);

    [Benchmark(Description = "AnthropicProvider.ReadAnswer")]
    public int AnthropicAnswer()
    {
        using var output = new PooledBuffer();
        var answer = _anthropic.ReadAnswer(_context, _message, output);
        return answer.Fault is null ? answer.Body.Length : throw new InvalidOperationException(answer.Fault.Message);
    }

    [Benchmark(Description = "GeminiProvider.WriteBody")]
    public int GeminiRequest()
    {
        using var output = new PooledBuffer(_call.Body.Length + 256);
        _gemini.WriteBody(_call, "gemini-2.5-flash", output);
        return output.Length;
    }

    [Benchmark(Description = "GeminiProvider.ReadAnswer")]
    public int GeminiAnswer()
    {
        using var output = new PooledBuffer();
        var answer = _gemini.ReadAnswer(_context, _candidate, output);
        return answer.Fault is null ? answer.Body.Length : throw new InvalidOperationException(answer.Fault.Message);
    }

    [Benchmark(Description = "Utf8JsonReader alone: request for a response")]
    public long ResponsesReader() => Read(_responses);

    [Benchmark(Description = "ResponsesCallers.WriteBody, first attempt")]
    public int ResponsesRequest()
    {
        // Anew each time: a call keeps its translation for all its attempts.
        var call = new CallRequest
        {
            Id = "bench", Dialect = Dialect.Responses, Operation = Operation.Responses, Body = _responses,
            Model = "smart", ModelValue = 9..16, ObjectStart = 1,
        };
        using var output = new PooledBuffer(call.Body.Length + 256);
        _responsesCallers.WriteBody(call, "llama-3.3-70b-versatile", output);
        return output.Length;
    }

    private static long Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
        }

        return reader.BytesConsumed;
    }
}
