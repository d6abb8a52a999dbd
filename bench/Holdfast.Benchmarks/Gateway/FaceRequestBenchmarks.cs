using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A long talk of a caller of another face on its way to a provider, beside what it takes to do no more than read the
/// same bytes. It becomes a chat first; a call keeps that for all its attempts, so each of these is a first one.
/// </summary>
[BenchmarkCategory("translation", "face requests")]
public class FaceRequestBenchmarks
{
    private IProvider _dialect = null!;
    private Dialect _face;
    private byte[] _request = [];

    [Params("messages, chat", "messages, bedrock", "messages, cohere", "messages, gemini", "messages, ollama",
        "responses, chat", "responses, anthropic", "responses, bedrock", "responses, cohere", "responses, gemini",
        "responses, ollama")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        (_face, var type) = Translations.Parted(Dialect);
        _request = _face == Holdfast.Gateway.Calls.Dialect.Responses
            ? Bodies.ResponsesConversation(Translations.Bytes)
            : Bodies.Conversation(Translations.Bytes);
        _dialect = Translations.ProviderOf(type).DialectFor(Translations.Call(_face, _request));
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public long Reader() => Translations.Read(_request);

    [Benchmark(Description = "request")]
    public int Request() => Translations.WriteBody(_dialect, Translations.Call(_face, _request));
}
