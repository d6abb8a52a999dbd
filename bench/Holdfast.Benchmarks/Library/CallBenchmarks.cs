using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Outcome = Holdfast.Failover.Outcome;

namespace Holdfast.Benchmarks.Library;

/// <summary>
/// Breaker, timeout and retry around an operation that is complete at once, next to the same of Polly: the loop with a
/// plan, breakers and clocks, and the same as an operation with statistics, telemetry and a trail.
/// </summary>
[BenchmarkCategory("call")]
public class CallBenchmarks
{
    private readonly CircuitBreaker[] _one = [ProtectedNumber.Closed()];
    private readonly CircuitBreaker[] _threeWithFirstOpen =
        [ProtectedNumber.Open(), ProtectedNumber.Closed(), ProtectedNumber.Closed()];

    private readonly RetryOptions _retry = new();
    private readonly TimeoutOptions _timeouts = new();
    private readonly Backoff _backoff = new(new Random(1));
    private readonly ResilientOperation<int> _operation;
    private readonly ResilientOperation<int> _operationWithFirstOpen;
    private readonly ResiliencePipeline _polly = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions())
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions())
        .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(60) })
        .Build();

    public CallBenchmarks()
    {
        var operations = new ResilientOperations(TimeProvider.System, new Random(1));
        _operation = operations.Register("one", [Target("a")]);
        _operationWithFirstOpen = operations.Register("three", [Target("a"), Target("b"), Target("c")]);
        _operationWithFirstOpen.Isolate("a");
    }

    [Benchmark(Baseline = true, Description = "Polly retry + breaker + timeout")]
    public ValueTask<int> Polly() =>
        _polly.ExecuteAsync(static (answer, _) => ValueTask.FromResult(answer), 42);

    [Benchmark(Description = "loop + plan + breaker + clock, 1 target")]
    public ValueTask<int> OneTarget() => ProtectedNumber.CallAsync(_one, FailoverLaunch.OnFailure, 42);

    [Benchmark(Description = "loop + plan + breaker + clock, 3 targets, first open")]
    public ValueTask<int> FirstOpen() => ProtectedNumber.CallAsync(_threeWithFirstOpen, FailoverLaunch.OnFailure, 42);

    [Benchmark(Description = "of these: the plan, 3 targets, first open")]
    public int Plan()
    {
        using var plan = AttemptPlan.Rent(_threeWithFirstOpen.Length, _retry, _backoff);
        var step = plan.Next(_threeWithFirstOpen, AvailabilityOf, TimeSpan.MaxValue);
        plan.Report(step.Target, Outcome.Ok);
        return step.Target;
    }

    [Benchmark(Description = "of these: the clock")]
    public bool Clock()
    {
        using var clock = new AttemptClock(
            TimeProvider.System, _timeouts, streaming: false, Deadline.None, CancellationToken.None, lendToken: true);
        return clock.Token.CanBeCanceled;
    }

    [Benchmark(Description = "the clock, with a token of its own")]
    public bool ClockWithOwnToken()
    {
        using var clock = new AttemptClock(
            TimeProvider.System, _timeouts, streaming: false, Deadline.None, CancellationToken.None);
        return clock.Token.CanBeCanceled;
    }

    [Benchmark(Description = "ResilientOperation, 1 target")]
    public ValueTask<ExecutionResult<int>> Operation() => _operation.ExecuteAsync();

    [Benchmark(Description = "ResilientOperation, 3 targets, first isolated")]
    public ValueTask<ExecutionResult<int>> OperationFirstOpen() => _operationWithFirstOpen.ExecuteAsync();

    private static Availability AvailabilityOf(CircuitBreaker[] breakers, int index) =>
        breakers[index].RetryAfter is { Ticks: > 0 } wait
            ? Availability.Not(Outcome.CircuitOpen, wait)
            : Availability.Now;

    private static OperationTarget<int> Target(string name) => new(name, static _ => ValueTask.FromResult(42));
}
