using Holdfast.CircuitBreaking;
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
/// Breaker, timeout and retry around an operation that is complete at once, next to the same of Polly.
/// </summary>
[BenchmarkCategory("call")]
public class CallBenchmarks
{
    private static readonly Func<CircuitBreaker[], int, Availability> AvailabilityOf = static (breakers, index) =>
        breakers[index].RetryAfter is var wait && wait == TimeSpan.Zero
            ? Availability.Now
            : Availability.Not(Outcome.CircuitOpen, wait);

    private readonly CircuitBreaker[] _one;
    private readonly CircuitBreaker[] _threeWithFirstOpen;
    private readonly RetryOptions _retry = new();
    private readonly TimeoutOptions _timeouts = new();
    private readonly Backoff _backoff = new(new Random(1));
    private readonly ResiliencePipeline _polly = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions())
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions())
        .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(60) })
        .Build();

    public CallBenchmarks()
    {
        _one = [Breaker()];
        _threeWithFirstOpen = [Breaker(), Breaker(), Breaker()];
        for (var i = 0; i < _one[0].Options.FailureThreshold; i++)
        {
            _threeWithFirstOpen[0].TryAcquire(out var permit);
            permit.Failed();
        }
    }

    [Benchmark(Baseline = true, Description = "Polly retry + breaker + timeout")]
    public ValueTask<int> Polly() =>
        _polly.ExecuteAsync(static (answer, _) => ValueTask.FromResult(answer), 42);

    [Benchmark(Description = "plan + breaker + clock, 1 target")]
    public ValueTask<int> OneTarget() => CallAsync(_one, 42);

    [Benchmark(Description = "plan + breaker + clock, 3 targets, first open")]
    public ValueTask<int> FirstOpen() => CallAsync(_threeWithFirstOpen, 42);

    [Benchmark(Description = "of these: the plan, 3 targets, first open")]
    public int Plan()
    {
        var plan = new AttemptPlan(_threeWithFirstOpen.Length, _retry, _backoff);
        var step = plan.Next(_threeWithFirstOpen, AvailabilityOf, TimeSpan.MaxValue);
        plan.Report(step.Target, Outcome.Ok);
        return step.Target;
    }

    [Benchmark(Description = "of these: the clock")]
    public bool Clock()
    {
        using var clock = new AttemptClock(
            TimeProvider.System, _timeouts, streaming: false, Deadline.None, CancellationToken.None);
        return clock.Token.CanBeCanceled;
    }

    private static CircuitBreaker Breaker() => new("target", new CircuitBreakerOptions(), TimeProvider.System);

    private async ValueTask<int> CallAsync(CircuitBreaker[] breakers, int answer)
    {
        var deadline = Deadline.After(_timeouts.Call, TimeProvider.System);
        var plan = new AttemptPlan(breakers.Length, _retry, _backoff);
        while (true)
        {
            var step = plan.Next(breakers, AvailabilityOf, deadline.Remaining);
            if (step.Kind == AttemptStepKind.GiveUp || !breakers[step.Target].TryAcquire(out var permit))
            {
                return -1;
            }

            using var clock = new AttemptClock(
                TimeProvider.System, _timeouts, streaming: false, deadline, CancellationToken.None);
            var got = await OperationAsync(answer, clock.Token);
            permit.Succeeded();
            return got;
        }
    }

    private static ValueTask<int> OperationAsync(int answer, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? ValueTask.FromResult(-1) : ValueTask.FromResult(answer);
}
