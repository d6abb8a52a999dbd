using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Gemini;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

/// <summary>Raw text in, raw text out.</summary>
internal static class GeminiWire
{
    public const string Model = "gemini-2.5-flash";

    public static readonly DialectWire Wire = new(drop => Provider(drop), Model);

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

    /// <summary>The contents, and what comes before them, of a request whose other fields don't matter.</summary>
    public static string Contents(string messages, string model = Model) => Wire.Request(
        $$"""{"model":"smart","messages":{{messages}}}""", "{", ""","generationConfig":{}}""", model: model);

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false, string model = Model) => Wire.Request(
        $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""",
        """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],""", "}", drop, model);

    /// <summary>What options become in the part of the request that has most of them.</summary>
    public static string Generation(string options, bool drop = false, string model = Model)
    {
        var written = Options(options, drop, model);
        const string start = "\"generationConfig\":{";
        Assert.StartsWith(start, written);
        return written[start.Length..^1];
    }
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class GeminiStream(bool includeUsage = false, int n = 1)
    : DialectStream(GeminiWire.Wire.OpenStream(includeUsage, n))
{
    /// <summary>What a chunk with the role is.</summary>
    public static string Role(int index = 0) => Chunk("""{"role":"assistant","content":""}""", index);

    /// <summary>An event with one candidate.</summary>
    public static string Event(string candidate) =>
        $$"""{"candidates":[{{candidate}}],"modelVersion":"gemini-x","responseId":"r-1"}""";

    /// <summary>An event with these parts.</summary>
    public static string Parts(string parts) =>
        Event($$$"""{"content":{"role":"model","parts":[{{{parts}}}]},"index":0}""");

    /// <summary>A stream that has said something.</summary>
    public static GeminiStream Begun(bool includeUsage = false, int n = 1)
    {
        var stream = new GeminiStream(includeUsage, n);
        stream.Read(Parts("""{"text":"A"}"""));
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta, int index = 0) => Choice(DeltaOf(delta, index));

    public static string Finish(string reason, int index = 0) => Choice(
        $$$"""{"index":{{{index}}},"delta":{},"logprobs":null,"finish_reason":"{{{reason}}}"}""");

    public static string Choice(string choice) => ChoiceOf("r-1", "gemini-x", choice);
}
