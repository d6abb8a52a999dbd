using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Raw text in, raw text out.</summary>
internal static class AnthropicWire
{
    public const string Model = "claude-sonnet-4-5";

    /// <summary>A golden that stands on several lines for the reader is one line on the wire.</summary>
    public static string Joined(this string golden) => golden.Replace("\n", "", StringComparison.Ordinal);

    public static AnthropicProvider Provider(bool drop = false) => new(
        new ProviderOptions { Name = "anthropic", Type = "anthropic", DropUnsupported = drop },
        new Uri("https://api.anthropic.com/v1"));

    public static CallRequest Call(string body = "{}", bool stream = false, bool includeUsage = false) =>
        Call(Encoding.UTF8.GetBytes(body), stream, includeUsage);

    public static CallRequest Call(byte[] body, bool stream, bool includeUsage = false) => new()
    {
        Id = "call-1",
        Dialect = Dialect.OpenAi,
        Operation = Operation.ChatCompletions,
        Body = body,
        Model = "smart",
        ModelValue = ..0,
        ObjectStart = 1,
        Stream = stream,
        IncludeUsage = includeUsage,
    };

    public static AnswerContext Context(bool includeUsage = false) =>
        new(Call(includeUsage: includeUsage), Model, 1700000000);

    public static string Request(string body, bool drop = false, bool stream = false)
    {
        using var output = new PooledBuffer();
        Provider(drop).WriteBody(Call(body, stream), Model, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages)
    {
        var request = Request($$"""{"model":"smart","messages":{{messages}}}""");
        const string start = """{"model":"claude-sonnet-4-5","max_tokens":4096,""";
        Assert.StartsWith(start, request);
        return request[start.Length..^1];
    }

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false)
    {
        var request = Request($$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""", drop);
        var start = """
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text",
            "text":"Hi"}]}]
            """.Joined();
        Assert.StartsWith(start, request);
        return request[start.Length..^1].TrimStart(',');
    }

    public static UnsupportedFieldException Refused(string body, bool drop = false) =>
        Assert.Throws<UnsupportedFieldException>(() => Request(body, drop));

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(byte[] body)
    {
        using var output = new PooledBuffer();
        var answer = Provider().ReadAnswer(Context(), body, output);
        return (Encoding.UTF8.GetString(answer.Body.Span), answer.Usage, answer.Fault);
    }

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(string body) =>
        Answer(Encoding.UTF8.GetBytes(body));
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class AnthropicStream(bool includeUsage = false)
{
    public static readonly string Start = """
        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x",
        "content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":2,
        "cache_read_input_tokens":3,"output_tokens":1}}}
        """.Joined();

    private const string Head =
        """data: {"id":"msg_1","object":"chat.completion.chunk","created":1700000000,"model":"claude-x","choices":[""";

    private readonly PooledBuffer _output = new();

    public IStreamReader Reader { get; } =
        AnthropicWire.Provider().OpenStream(AnthropicWire.Context(includeUsage));

    public StreamSignal Signal { get; private set; }

    /// <summary>Feeds one event and returns what the caller gets of it.</summary>
    public string Read(string data) => Read(Encoding.UTF8.GetBytes(data));

    public string Read(byte[] data)
    {
        _output.Clear();
        Signal = Reader.Read(new SseEvent { Data = data, HasData = true }, _output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    public string Complete()
    {
        _output.Clear();
        Reader.Complete(_output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    /// <summary>A stream that has got as far as its first event.</summary>
    public static AnthropicStream Begun(bool includeUsage = false)
    {
        var stream = new AnthropicStream(includeUsage);
        stream.Read(Start);
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) => Choice(
        $$"""{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":null}""");

    public static string Choice(string choice) => Head + choice + "]}\n\n";
}
