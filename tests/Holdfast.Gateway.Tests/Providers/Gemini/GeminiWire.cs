using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Gemini;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

/// <summary>Raw text in, raw text out.</summary>
internal static class GeminiWire
{
    public const string Model = "gemini-2.5-flash";

    public static GeminiProvider Provider(bool drop = false, string type = "gemini", string? url = null)
    {
        var line = ProviderTypes.Find(type)!;
        var options = new ProviderOptions
        {
            Name = type, Type = type, DropUnsupported = drop, Region = "europe-west1", Project = "team",
            BaseUrl = url is null ? null : new Uri(url),
        };
        return new GeminiProvider(options, line, options.Address!);
    }

    public static CallRequest Call(string body = "{}", bool stream = false, bool includeUsage = false, int n = 1) =>
        Call(Encoding.UTF8.GetBytes(body), stream, includeUsage, n);

    public static CallRequest Call(byte[] body, bool stream, bool includeUsage = false, int n = 1) => new()
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
        Choices = n,
    };

    public static AnswerContext Context(bool includeUsage = false, int n = 1) =>
        new(Call(includeUsage: includeUsage, n: n), Model, 1700000000);

    public static string Request(string body, bool drop = false, string model = Model)
    {
        using var output = new PooledBuffer();
        Provider(drop).WriteBody(Call(body), model, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The contents, and what comes before them, of a request whose other fields don't matter.</summary>
    public static string Contents(string messages, string model = Model)
    {
        var request = Request($$"""{"model":"smart","messages":{{messages}}}""", model: model);
        const string end = ""","generationConfig":{}}""";
        Assert.EndsWith(end, request);
        return request[1..^end.Length];
    }

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false, string model = Model)
    {
        var request = Request(
            $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""", drop, model);
        const string start = """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],""";
        Assert.StartsWith(start, request);
        return request[start.Length..^1];
    }

    /// <summary>What options become in the part of the request that has most of them.</summary>
    public static string Generation(string options, bool drop = false, string model = Model)
    {
        var written = Options(options, drop, model);
        const string start = "\"generationConfig\":{";
        Assert.StartsWith(start, written);
        return written[start.Length..^1];
    }

    public static UnsupportedFieldException Refused(string body, bool drop = false, string model = Model) =>
        Assert.Throws<UnsupportedFieldException>(() => Request(body, drop, model));

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(byte[] body, int n = 1)
    {
        using var output = new PooledBuffer();
        var answer = Provider().ReadAnswer(Context(n: n), body, output);
        return (Encoding.UTF8.GetString(answer.Body.Span), answer.Usage, answer.Fault);
    }

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(string body, int n = 1) =>
        Answer(Encoding.UTF8.GetBytes(body), n);
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class GeminiStream(bool includeUsage = false, int n = 1)
{
    private const string Head =
        """data: {"id":"r-1","object":"chat.completion.chunk","created":1700000000,"model":"gemini-x","choices":[""";

    private readonly PooledBuffer _output = new();

    public IStreamReader Reader { get; } = GeminiWire.Provider().OpenStream(GeminiWire.Context(includeUsage, n));

    public StreamSignal Signal { get; private set; }

    /// <summary>What a chunk with the role is.</summary>
    public static string Role(int index = 0) => Chunk("""{"role":"assistant","content":""}""", index);

    /// <summary>An event with one candidate.</summary>
    public static string Event(string candidate) =>
        $$"""{"candidates":[{{candidate}}],"modelVersion":"gemini-x","responseId":"r-1"}""";

    /// <summary>An event with these parts.</summary>
    public static string Parts(string parts) =>
        Event($$$"""{"content":{"role":"model","parts":[{{{parts}}}]},"index":0}""");

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

    /// <summary>A stream that has said something.</summary>
    public static GeminiStream Begun(bool includeUsage = false, int n = 1)
    {
        var stream = new GeminiStream(includeUsage, n);
        stream.Read(Parts("""{"text":"A"}"""));
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta, int index = 0) => Choice(
        $$"""{"index":{{index}},"delta":{{delta}},"logprobs":null,"finish_reason":null}""");

    public static string Finish(string reason, int index = 0) => Choice(
        $$$"""{"index":{{{index}}},"delta":{},"logprobs":null,"finish_reason":"{{{reason}}}"}""");

    public static string Choice(string choice) => Head + choice + "]}\n\n";
}
