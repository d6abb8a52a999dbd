using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A long answer of another dialect on its way to a chat's caller, beside what it takes to do no more than read the
/// same bytes. To be held: at least half of the reader's speed, at most twice the bytes allocated.
/// </summary>
[BenchmarkCategory("translation", "answers")]
public class TranslatedAnswerBenchmarks
{
    private IProvider _dialect = null!;
    private AnswerContext _context;
    private byte[] _answer = [];

    [Params("anthropic", "bedrock", "cohere", "gemini", "ollama")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _dialect = Translations.ProviderOf(Dialect).Dialect;
        _context = Translations.Asked(Holdfast.Gateway.Calls.Dialect.OpenAi);
        _answer = Bodies.AnswerOf(Dialect, Translations.Bytes);
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public long Reader() => Translations.Read(_answer);

    [Benchmark(Description = "answer to a chat")]
    public int Answer() => Translations.ReadAnswer(_dialect, _context, _answer);
}
