using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Ollama;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

/// <summary>Raw text in, raw text out.</summary>
internal static class OllamaWire
{
    public static readonly DialectWire Wire = new(
        drop => new OllamaProvider(
            new ProviderOptions { Name = "ollama", Type = "ollama", DropUnsupported = drop },
            new Uri("http://127.0.0.1:11434")),
        "qwen3");

    /// <summary>The messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages) => Wire.Request(
        $$"""{"model":"smart","messages":{{messages}}}""",
        """{"model":"qwen3","messages":""", ""","stream":false,"options":{}}""");

    /// <summary>What fields become, in a request with one message.</summary>
    public static string Fields(string fields, bool drop = false, string model = "qwen3") => Wire.Request(
        $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{fields}}}""",
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}],"stream":false,""", "}", drop, model);
}

/// <summary>One stream under test: lines in, text and signals out.</summary>
internal sealed class OllamaStream(bool includeUsage = false) : DialectStream(OllamaWire.Wire.OpenStream(includeUsage))
{
    public static readonly string Role = Chunk("""{"role":"assistant","content":""}""");

    /// <summary>A line of an answer that goes on.</summary>
    public static string Line(string message) =>
        $$"""{"model":"qwen3:8b","created_at":"t","message":{{message}},"done":false}""";

    public static string Done(string reason, string message = """{"role":"assistant","content":""}""") =>
        $$"""{"model":"qwen3:8b","message":{{message}},"done":true,"done_reason":"{{reason}}","""
        + "\"prompt_eval_count\":11,\"eval_count\":7}";

    /// <summary>A stream that has said something.</summary>
    public static OllamaStream Begun(bool includeUsage = false)
    {
        var stream = new OllamaStream(includeUsage);
        stream.Read(Line("""{"role":"assistant","content":"A"}"""));
        return stream;
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) => Choice(DeltaOf(delta));

    public static string Choice(string choice) => ChoiceOf("call-1", "qwen3:8b", choice);
}
