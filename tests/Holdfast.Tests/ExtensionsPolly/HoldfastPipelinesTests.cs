using System.Diagnostics;
using System.Reflection;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.Polly;
using Polly;
using Polly.CircuitBreaker;
using CircuitState = Holdfast.CircuitBreaking.CircuitState;

namespace Holdfast.Tests.ExtensionsPolly;

public class HoldfastPipelinesTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Failures_open_the_circuit_and_an_open_one_refuses_with_its_own_exception()
    {
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int>
        {
            Name = "embed", CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 },
        });

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<IOException>(() => ThrowAsync(pipeline, new IOException()));
        var open = await Assert.ThrowsAsync<CircuitOpenException>(() => ThrowAsync(pipeline, new IOException()));

        Assert.Equal(("embed", TimeSpan.FromSeconds(60)), (open.Model, open.RetryAfter));
    }

    [Fact]
    public async Task A_breaker_of_ones_own_closes_only_after_its_successes()
    {
        var breaker = new CircuitBreaker("mine", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int> { Breaker = breaker });

        await Assert.ThrowsAsync<IOException>(() => ThrowAsync(pipeline, new IOException()));
        _time.Advance(TimeSpan.FromSeconds(60));
        await pipeline.ExecuteAsync(_ => ValueTask.FromResult(1));
        var after = breaker.State;
        await pipeline.ExecuteAsync(_ => ValueTask.FromResult(1));

        Assert.Equal((CircuitState.HalfOpen, CircuitState.Closed), (after, breaker.State));
    }

    [Fact]
    public async Task Only_what_should_be_handled_counts()
    {
        var breaker = new CircuitBreaker("mine", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int>
        {
            Breaker = breaker, ShouldHandle = new PredicateBuilder<int>().Handle<IOException>().HandleResult(-1),
        });

        await Assert.ThrowsAsync<ArgumentException>(() => ThrowAsync(pipeline, new ArgumentException()));
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => ThrowAsync(pipeline, new OperationCanceledException()));
        Assert.Equal((0, 0), (breaker.GetStatus().FailureCount, breaker.GetStatus().SuccessCount));
        await pipeline.ExecuteAsync(_ => ValueTask.FromResult(-1));

        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public async Task A_pipeline_for_any_result_is_protected_too()
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddHoldfastCircuitBreaker(new HoldfastCircuitBreakerStrategyOptions
            {
                CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 },
            })
            .Build();

        Assert.Equal("x", await pipeline.ExecuteAsync(_ => ValueTask.FromResult("x")));
        Assert.Throws<IOException>(() => pipeline.Execute(() => throw new IOException()));
        Assert.Throws<CircuitOpenException>(() => pipeline.Execute(() => 1));
    }

    [Fact]
    public async Task Failover_goes_on_to_the_other_targets_by_priority()
    {
        var trails = new List<string>();
        var pipeline = Failover(new HoldfastFailoverStrategyOptions<int>
        {
            OnCompleted = trail => trails.Add(trail.ToString()),
            Targets =
            [
                new("last", _ => ValueTask.FromResult(3)) { Priority = 2 },
                new("next", _ => throw new TimeoutException()) { Priority = 1 },
            ],
        });

        var result = await pipeline.ExecuteAsync(static _ => ValueTask.FromException<int>(new IOException()));

        Assert.Equal(3, result);
        Assert.Equal("primary:server_error,next:timeout,last:ok", Assert.Single(trails));
    }

    [Fact]
    public async Task When_all_targets_fail_the_exception_holds_the_trail()
    {
        var pipeline = new ResiliencePipelineBuilder<int> { TimeProvider = _time }
            .AddHoldfastFailover(new FailoverTarget<int>("next", _ => throw new IOException()))
            .Build();

        var failed = await Assert.ThrowsAsync<AllModelsFailedException>(
            () => ThrowAsync(pipeline, new HttpRequestException()));

        Assert.Equal("primary:refused,next:server_error", failed.Attempts.ToString());
    }

    [Fact]
    public async Task What_should_not_be_handled_ends_the_execution_as_it_is()
    {
        var isAsked = false;
        var pipeline = Failover(new HoldfastFailoverStrategyOptions<int>
        {
            ShouldHandle = new PredicateBuilder<int>().Handle<IOException>(),
            Targets =
            [
                new("next", _ =>
                {
                    isAsked = true;
                    return ValueTask.FromResult(1);
                }),
            ],
        });

        await Assert.ThrowsAsync<ArgumentException>(() => ThrowAsync(pipeline, new ArgumentException()));

        Assert.False(isAsked);
    }

    [Fact]
    public async Task A_result_can_be_a_failure_and_is_disposed_of()
    {
        var bad = new MemoryStream();
        var good = new MemoryStream();
        var pipeline = new ResiliencePipelineBuilder<MemoryStream>()
            .AddHoldfastFailover(new HoldfastFailoverStrategyOptions<MemoryStream>
            {
                ShouldHandle = new PredicateBuilder<MemoryStream>().HandleResult(result => result == bad),
                Targets = [new("next", _ => ValueTask.FromResult(good))],
            })
            .Build();

        Assert.Same(good, await pipeline.ExecuteAsync(_ => ValueTask.FromResult(bad)));

        Assert.False(bad.CanRead);
        Assert.True(good.CanRead);
    }

    [Fact]
    public async Task A_cancelled_execution_stays_cancelled_and_counts_nowhere()
    {
        var breaker = new CircuitBreaker("primary", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Failover(new HoldfastFailoverStrategyOptions<int>
        {
            PrimaryBreaker = breaker,
            Targets = [new("next", _ => ValueTask.FromResult(1))],
        });
        using var left = new CancellationTokenSource();

        await Assert.ThrowsAsync<OperationCanceledException>(() => pipeline.ExecuteAsync(async token =>
        {
            await left.CancelAsync();
            token.ThrowIfCancellationRequested();
            return 1;
        }, left.Token).AsTask());

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task A_result_that_fails_after_the_caller_has_cancelled_counts_nowhere()
    {
        var breaker = new CircuitBreaker("mine", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var isFailure = new PredicateBuilder<int>().HandleResult(-1);
        var alone = Breaker(new HoldfastCircuitBreakerStrategyOptions<int>
        {
            Breaker = breaker, ShouldHandle = isFailure,
        });
        var trails = new List<string>();
        var several = Failover(new HoldfastFailoverStrategyOptions<int>
        {
            PrimaryBreaker = breaker,
            ShouldHandle = isFailure,
            OnCompleted = trail => trails.Add(trail.ToString()),
            Targets = [new("next", _ => ValueTask.FromResult(1))],
        });

        var results = (await LeaveAsync(alone, -1), await LeaveAsync(several, -1));

        Assert.Equal((-1, -1), results);
        Assert.Equal("mine:cancelled", Assert.Single(trails));
        Assert.Equal((CircuitState.Closed, 0L), (breaker.State, breaker.GetStatus().FailureCount));
    }

    [Fact]
    public async Task An_exception_after_the_caller_has_cancelled_counts_nowhere()
    {
        var breaker = new CircuitBreaker("mine", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int> { Breaker = breaker });

        await Assert.ThrowsAsync<IOException>(() => LeaveAsync(pipeline, -1, new IOException()));

        Assert.Equal((CircuitState.Closed, 0L), (breaker.State, breaker.GetStatus().FailureCount));
    }

    [Fact]
    public void A_predicate_that_is_null_is_refused_when_the_pipeline_is_built()
    {
        var options = new HoldfastFailoverStrategyOptions<int> { ShouldHandle = null! };

        var thrown = Assert.Throws<ArgumentException>(() => Failover(options));

        Assert.Contains("shouldHandle: null: a predicate", thrown.Message);
    }

    [Fact]
    public void Every_problem_is_named_at_once()
    {
        var options = new HoldfastFailoverStrategyOptions<int> { PrimaryName = "", Retry = new() { MaxRetries = -1 } };

        var thrown = Assert.Throws<ArgumentException>(() => Failover(options));

        Assert.Contains("primaryName: empty: a name", thrown.Message);
        Assert.Contains("targets: none: at least one", thrown.Message);
        Assert.Contains("retry.maxRetries: -1: 0 to 100", thrown.Message);
    }

    [Fact]
    public void Null_where_options_belong_is_named()
    {
        var failover = new HoldfastFailoverStrategyOptions<int>
        {
            CircuitBreaker = null!, Retry = null!, Targets = null!,
        };
        var breaker = new HoldfastCircuitBreakerStrategyOptions<int> { CircuitBreaker = null! };

        var thrown = Assert.Throws<ArgumentException>(() => Failover(failover));
        var thrownToo = Assert.Throws<ArgumentException>(() => Breaker(breaker));

        Assert.Contains("targets: none: at least one", thrown.Message);
        Assert.Contains("circuitBreaker: null: options", thrown.Message);
        Assert.Contains("retry: null: options", thrown.Message);
        Assert.Contains("circuitBreaker: null: options", thrownToo.Message);
    }

    [Fact]
    public void A_breaker_around_an_execution_that_is_done_at_once_allocates_nothing()
    {
        const int calls = 5_000;
        // Without optimization each async method allocates.
        if (typeof(HoldfastPipelines).Assembly.GetCustomAttribute<DebuggableAttribute>() is
            { IsJITOptimizerDisabled: true })
            return;
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int>());
        var context = ResilienceContextPool.Shared.Get();
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run();

        // In whole bytes: a test beside this one may take what it had given back, but not each time.
        Assert.Equal(0, (GC.GetAllocatedBytesForCurrentThread() - before) / calls);
        ResilienceContextPool.Shared.Return(context);

        void Run()
        {
            for (var i = 0; i < calls; i++)
                Assert.True(pipeline.ExecuteOutcomeAsync(
                    static (_, made) => new ValueTask<Outcome<int>>(Outcome.FromResult(made)), context, i).IsCompleted);
        }
    }

    [Fact]
    public async Task What_a_strategy_within_did_not_let_through_does_not_count()
    {
        var breaker = new CircuitBreaker("mine", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Breaker(new HoldfastCircuitBreakerStrategyOptions<int> { Breaker = breaker });

        await Assert.ThrowsAsync<BrokenCircuitException>(() => ThrowAsync(pipeline, new BrokenCircuitException()));
        await Assert.ThrowsAsync<AdmissionRefusedException>(() => ThrowAsync(
            pipeline, new AdmissionRefusedException(AdmissionRefusal.QueueFull, TimeSpan.FromSeconds(1))));

        Assert.Equal((CircuitState.Closed, 0L), (breaker.State, breaker.GetStatus().FailureCount));
    }

    private static async Task<int> LeaveAsync(ResiliencePipeline<int> pipeline, int result, Exception? thrown = null)
    {
        using var left = new CancellationTokenSource();
        return await pipeline.ExecuteAsync(async _ =>
        {
            await left.CancelAsync();
            return thrown is null ? result : throw thrown;
        }, left.Token);
    }

    private static Task<int> ThrowAsync(ResiliencePipeline<int> pipeline, Exception exception) =>
        pipeline.ExecuteAsync(_ => ValueTask.FromException<int>(exception)).AsTask();

    private ResiliencePipeline<int> Breaker(HoldfastCircuitBreakerStrategyOptions<int> options) =>
        new ResiliencePipelineBuilder<int> { TimeProvider = _time }.AddHoldfastCircuitBreaker(options).Build();

    private ResiliencePipeline<int> Failover(HoldfastFailoverStrategyOptions<int> options) =>
        new ResiliencePipelineBuilder<int> { TimeProvider = _time }.AddHoldfastFailover(options).Build();
}
