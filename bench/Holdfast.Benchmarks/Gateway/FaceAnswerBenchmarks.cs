using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A long answer of a provider on its way to a caller of another face, beside what it takes to do no more than read the
/// same bytes. What isn't a chat's becomes one on the way.
/// </summary>
[BenchmarkCategory("translation", "face answers")]
public class FaceAnswerBenchmarks
{
    private IProvider _dialect = null!;
    private AnswerContext _context;
    private byte[] _answer = [];

    [Params("messages, chat", "messages, bedrock", "messages, cohere", "messages, gemini", "messages, ollama",
        "responses, chat", "responses, anthropic", "responses, bedrock", "responses, cohere", "responses, gemini",
        "responses, ollama")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var (face, type) = Translations.Parted(Dialect);
        _context = Translations.Asked(face);
        _dialect = Translations.ProviderOf(type).DialectFor(_context.Call);
        _answer = Bodies.AnswerOf(type, Translations.Bytes);
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public long Reader() => Translations.Read(_answer);

    [Benchmark(Description = "answer")]
    public int Answer() => Translations.ReadAnswer(_dialect, _context, _answer);
}
