using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Raw text in, raw text out.</summary>
internal static class AnthropicWire
{
    public static readonly DialectWire Wire = new(
        drop => new AnthropicProvider(
            new ProviderOptions { Name = "anthropic", Type = "anthropic", DropUnsupported = drop },
            new Uri("https://api.anthropic.com/v1")),
        "claude-sonnet-4-5");

    /// <summary>A golden that stands on several lines for the reader is one line on the wire.</summary>
    public static string Joined(this string golden) => golden.Replace("\n", "", StringComparison.Ordinal);

    /// <summary>The messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages) => Wire.Request(
        $$"""{"model":"smart","messages":{{messages}}}""",
        """{"model":"claude-sonnet-4-5","max_tokens":4096,""", "}");

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false) => Wire.Request(
        $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""",
        """
        {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text",
        "text":"Hi"}]}]
        """.Joined(), "}", drop).TrimStart(',');
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class AnthropicStream(bool includeUsage = false)
    : DialectStream(AnthropicWire.Wire.OpenStream(includeUsage))
{
    public static readonly string Start = """
        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x",
        "content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":2,
        "cache_read_input_tokens":3,"output_tokens":1}}}
        """.Joined();

    /// <summary>A stream that has got as far as its first event.</summary>
    public static AnthropicStream Begun(bool includeUsage = false)
    {
        var stream = new AnthropicStream(includeUsage);
        stream.Read(Start);
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) => Choice(DeltaOf(delta));

    public static string Choice(string choice) => ChoiceOf("msg_1", "claude-x", choice);
}
