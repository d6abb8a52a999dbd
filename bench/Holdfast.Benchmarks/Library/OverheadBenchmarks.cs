using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Health;

namespace Holdfast.Benchmarks.Library;

/// <summary>
/// What each protection adds to a call, in one table: the breaker, the queue, going on to another target, and being
/// watched. What the metrics add is in <see cref="Gateway.MetricsBenchmarks"/>.
/// </summary>
[BenchmarkCategory("overhead")]
public class OverheadBenchmarks
{
    private const int Models = 20;

    private static readonly IOException Down = new("down");

    private readonly CircuitBreaker _breaker = ProtectedNumber.Closed();
    private readonly AdmissionQueue _queue = new(
        new AdmissionOptions { MaxConcurrency = 100, ThrottleRate = 0 }, TimeProvider.System);

    private readonly HealthMonitor _one = new(new HealthOptions(), TimeProvider.System);
    private readonly HealthMonitor _many = new(new HealthOptions(), TimeProvider.System);
    private readonly ResilientOperation<int> _bad;
    private readonly ResilientOperation<int> _throwing;

    public OverheadBenchmarks()
    {
        var operations = new ResilientOperations(TimeProvider.System, new Random(1));
        // It must not open: then the first target would not be asked any more.
        var options = new OperationOptions<int>
        {
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 0 }, IsGood = static answer => answer > 0,
        };
        var good = new OperationTarget<int>("good", static _ => ValueTask.FromResult(42));
        _bad = operations.Register(
            "bad", [new OperationTarget<int>("bad", static _ => ValueTask.FromResult(0)), good], options);
        _throwing = operations.Register("throwing", [new OperationTarget<int>("down", static _ => throw Down), good],
            options);
        _one.Register(Watched(0));
        for (var i = 0; i < Models; i++)
            _many.Register(Watched(i));
    }

    [Benchmark(Description = "circuit breaker: permit + success")]
    public bool Breaker()
    {
        var isIn = _breaker.TryAcquire(out var permit);
        permit.Succeeded();
        return isIn;
    }

    [Benchmark(Description = "queue: enter + leave")]
    public bool Queue()
    {
        var isIn = _queue.TryEnter(default, out var lease);
        lease.Succeeded();
        return isIn;
    }

    [Benchmark(Description = "fallback: a bad answer, then a good one")]
    public ValueTask<ExecutionResult<int>> Fallback() => _bad.ExecuteAsync();

    [Benchmark(Description = "fallback: an exception, then a good answer")]
    public ValueTask<ExecutionResult<int>> FallbackFromException() => _throwing.ExecuteAsync();

    [Benchmark(Description = "health: a call's success is noted")]
    public void Sign() => _many.Succeeded("model-7", TimeSpan.FromMilliseconds(3));

    [Benchmark(Description = "health: a check that is answered at once")]
    public Task<OverallHealth> Check() => _one.CheckAsync();

    [Benchmark(Description = "health: all of 20 models")]
    public OverallHealth Read() => _many.GetHealth();

    private static MonitoredModel Watched(int number) => new($"model-{number}", $"model {number}", "provider")
    {
        Check = static _ => ValueTask.FromResult(true),
    };
}
