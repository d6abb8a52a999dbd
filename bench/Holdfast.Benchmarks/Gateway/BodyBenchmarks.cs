using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>What a plain call's bodies cost on their way through: to find the fields, to patch, to judge.</summary>
[BenchmarkCategory("bodies")]
public class BodyBenchmarks
{
    private readonly OpenAiProvider _provider = new(
        new ProviderOptions { Name = "openai", Type = "openai" }, ProviderTypes.Find("openai")!,
        new Uri("https://api.openai.com/v1"));
    private readonly PooledBuffer _output = new(256 * 1024);
    private byte[] _request = [];
    private byte[] _answer = [];
    private CallRequest _call = null!;
    private AnswerContext _context;

    [Params(2_000, 100_000)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _request = Bodies.ChatRequest(Bytes);
        _answer = Bodies.ChatCompletion(Bytes);
        if (ChatRequestBody.TryRead(_request, out var fields) is { } wrong)
        {
            throw new InvalidOperationException(wrong.Message);
        }

        _call = new CallRequest
        {
            Id = "bench", Dialect = Dialect.OpenAi, Operation = Operation.ChatCompletions, Body = _request,
            Model = fields.Model, ModelValue = fields.ModelValue, ObjectStart = fields.ObjectStart,
        };
        _context = new AnswerContext(_call, "gpt-4o", 1_750_000_000);
        if (_provider.ReadAnswer(_context, _answer, _output).Fault is { } fault)
        {
            throw new InvalidOperationException(fault.Message);
        }
    }

    [Benchmark(Description = "ChatRequestBody.TryRead")]
    public bool Request() => ChatRequestBody.TryRead(_request, out _) is null;

    [Benchmark(Description = "OpenAiProvider.WriteBody")]
    public int WriteBody()
    {
        _output.Clear();
        _provider.WriteBody(_call, "gpt-4o", _output);
        return _output.Length;
    }

    [Benchmark(Description = "OpenAiProvider.ReadAnswer")]
    public long ReadAnswer() => _provider.ReadAnswer(_context, _answer, _output).Usage.Output;
}
