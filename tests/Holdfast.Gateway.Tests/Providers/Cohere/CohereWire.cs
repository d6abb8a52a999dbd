using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Cohere;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

/// <summary>Raw text in, raw text out.</summary>
internal static class CohereWire
{
    public static readonly DialectWire Wire = new(
        drop => new CohereProvider(
            new ProviderOptions { Name = "cohere", Type = "cohere", DropUnsupported = drop },
            new Uri("https://api.cohere.com/v2")),
        "command-a");

    /// <summary>The messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages) => Wire.Request(
        $$"""{"model":"smart","messages":{{messages}}}""", """{"model":"command-a","messages":""", "}");

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false) => Wire.Request(
        $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""",
        """{"model":"command-a","messages":[{"role":"user","content":"Hi"}]""", "}", drop).TrimStart(',');
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class CohereStream(bool includeUsage = false) : DialectStream(CohereWire.Wire.OpenStream(includeUsage))
{
    public const string Start = """{"id":"c-1","type":"message-start","delta":{"message":{"role":"assistant"}}}""";

    /// <summary>A stream that has got as far as its first event.</summary>
    public static CohereStream Begun(bool includeUsage = false)
    {
        var stream = new CohereStream(includeUsage);
        stream.Read(Start);
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) => ChoiceOf("c-1", "command-a", DeltaOf(delta));
}
