using Holdfast.CircuitBreaking;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Benchmarks.Library;

/// <summary>
/// Many threads on one breaker. Times are wall time by call over all threads: half is perfect on two cores.
/// </summary>
[BenchmarkCategory("scaling")]
public class BreakerScalingBenchmarks
{
    private const int CallsPerInvocation = 240_000;

    private readonly CircuitBreaker _closed = new("closed", new CircuitBreakerOptions(), TimeProvider.System);
    private readonly CircuitBreaker _ratio = new(
        "ratio", new CircuitBreakerOptions { FailureRatio = 0.5 }, TimeProvider.System);
    private readonly ResiliencePipeline _polly = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions())
        .Build();

    [Params(1, 2, 8)]
    public int Threads { get; set; }

    [Benchmark(Baseline = true, OperationsPerInvoke = CallsPerInvocation, Description = "Polly breaker, Execute")]
    public void Polly() => OnAllThreads(calls =>
    {
        for (var i = 0; i < calls; i++)
        {
            _polly.Execute(static () => { });
        }
    });

    [Benchmark(OperationsPerInvoke = CallsPerInvocation, Description = "permit + success")]
    public void PermitAndSuccess() => OnAllThreads(calls => Run(_closed, calls));

    [Benchmark(OperationsPerInvoke = CallsPerInvocation, Description = "permit + success, with a ratio")]
    public void PermitAndSuccessWithRatio() => OnAllThreads(calls => Run(_ratio, calls));

    private static void Run(CircuitBreaker breaker, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            breaker.TryAcquire(out var permit);
            permit.Succeeded();
        }
    }

    private void OnAllThreads(Action<int> work)
    {
        var threads = new Thread[Threads];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() => work(CallsPerInvocation / threads.Length));
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }
    }
}
