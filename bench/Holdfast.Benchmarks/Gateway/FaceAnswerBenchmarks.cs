using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>
/// A long answer of a provider of chats on its way to a caller of another face, beside what it takes to do no more than
/// read the same bytes.
/// </summary>
[BenchmarkCategory("translation", "face answers")]
public class FaceAnswerBenchmarks
{
    private readonly byte[] _answer = Bodies.ChatCompletion(Translations.Bytes);
    private IProvider _dialect = null!;
    private AnswerContext _context;

    [Params("messages", "responses")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _context = Translations.Asked(Translations.FaceOf(Dialect));
        _dialect = Translations.ProviderOf("groq").DialectFor(_context.Call);
    }

    [Benchmark(Baseline = true, Description = "Utf8JsonReader alone")]
    public long Reader() => Translations.Read(_answer);

    [Benchmark(Description = "answer from a chat")]
    public int Answer() => Translations.ReadAnswer(_dialect, _context, _answer);
}
