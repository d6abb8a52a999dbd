using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Cohere;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

/// <summary>Raw text in, raw text out.</summary>
internal static class CohereWire
{
    public const string Model = "command-a";

    public static CohereProvider Provider(bool drop = false) => new(
        new ProviderOptions { Name = "cohere", Type = "cohere", DropUnsupported = drop },
        new Uri("https://api.cohere.com/v2"));

    public static CallRequest Call(byte[] body, bool stream = false, bool includeUsage = false) => new()
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
        new(Call("{}"u8.ToArray(), includeUsage: includeUsage), Model, 1700000000);

    public static string Request(string body, bool drop = false, bool stream = false)
    {
        using var output = new PooledBuffer();
        Provider(drop).WriteBody(Call(Encoding.UTF8.GetBytes(body), stream), Model, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages)
    {
        var request = Request($$"""{"model":"smart","messages":{{messages}}}""");
        const string start = """{"model":"command-a","messages":""";
        Assert.StartsWith(start, request);
        return request[start.Length..^1];
    }

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false)
    {
        var request = Request($$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""", drop);
        const string start = """{"model":"command-a","messages":[{"role":"user","content":"Hi"}]""";
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
internal sealed class CohereStream(bool includeUsage = false)
{
    public const string Start = """{"id":"c-1","type":"message-start","delta":{"message":{"role":"assistant"}}}""";

    private const string Head =
        """data: {"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"command-a","choices":[""";

    private readonly PooledBuffer _output = new();

    public IStreamReader Reader { get; } = CohereWire.Provider().OpenStream(CohereWire.Context(includeUsage));

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
    public static CohereStream Begun(bool includeUsage = false)
    {
        var stream = new CohereStream(includeUsage);
        stream.Read(Start);
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) => Choice(
        $$"""{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":null}""");

    public static string Choice(string choice) => Head + choice + "]}\n\n";
}
