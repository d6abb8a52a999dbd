using Holdfast.CircuitBreaking;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Benchmarks.Library;

/// <summary>One call through a circuit breaker, next to a Polly pipeline that has only its circuit breaker.</summary>
[BenchmarkCategory("breaker")]
public class BreakerBenchmarks
{
    private readonly CircuitBreaker _closed = new("closed", new CircuitBreakerOptions(), TimeProvider.System);
    private readonly CircuitBreaker _ratio = new(
        "ratio", new CircuitBreakerOptions { FailureRatio = 0.5 }, TimeProvider.System);
    private readonly CircuitBreaker _isolated = new("isolated", new CircuitBreakerOptions(), TimeProvider.System);
    private readonly CircuitBreaker _open = new("open", new CircuitBreakerOptions(), TimeProvider.System);
    private readonly ResiliencePipeline _polly = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions())
        .Build();

    public BreakerBenchmarks()
    {
        _isolated.Isolate();
        for (var i = 0; i < _open.Options.FailureThreshold; i++)
        {
            _open.TryAcquire(out var permit);
            permit.Failed();
        }
    }

    [Benchmark(Baseline = true, Description = "Polly breaker, Execute")]
    public void Polly() => _polly.Execute(static () => { });

    [Benchmark(Description = "Polly breaker, ExecuteAsync")]
    public ValueTask<int> PollyAsync() =>
        _polly.ExecuteAsync(static (answer, _) => ValueTask.FromResult(answer), 42);

    [Benchmark(Description = "permit + success")]
    public bool PermitAndSuccess()
    {
        var admitted = _closed.TryAcquire(out var permit);
        permit.Succeeded();
        return admitted;
    }

    [Benchmark(Description = "permit + success, with a ratio")]
    public bool PermitAndSuccessWithRatio()
    {
        var admitted = _ratio.TryAcquire(out var permit);
        permit.Succeeded();
        return admitted;
    }

    [Benchmark(Description = "rejected: open")]
    public bool RejectedOpen() => _open.TryAcquire(out _);

    [Benchmark(Description = "rejected: isolated")]
    public bool RejectedIsolated() => _isolated.TryAcquire(out _);
}
