using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A chat's long talk on its way to another dialect, beside what it takes to do no more than read the same bytes. To be
/// held: at least half of the reader's speed, at most twice the bytes allocated.
/// </summary>
[BenchmarkCategory("translation", "requests")]
public class TranslatedRequestBenchmarks
{
    private readonly byte[] _request = Bodies.Conversation(Translations.Bytes);
    private IProvider _dialect = null!;
    private CallRequest _call = null!;

    [Params("anthropic", "bedrock", "cohere", "gemini", "ollama")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _dialect = Translations.ProviderOf(Dialect).Dialect;
        _call = Translations.Call(Holdfast.Gateway.Calls.Dialect.OpenAi, _request);
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public long Reader() => Translations.Read(_request);

    [Benchmark(Description = "request from a chat")]
    public int Request() => Translations.WriteBody(_dialect, _call);
}
