using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.Polly;
using Holdfast.Tests.Telemetry;
using Polly;

namespace Holdfast.Tests.ExtensionsPolly;

public class PollyTelemetryTests
{
    [Fact]
    public async Task Failover_in_a_pipeline_tells_what_other_calls_tell()
    {
        using var listening = new Listening("polly-failover");
        var pipeline = Builder().AddHoldfastFailover(new HoldfastFailoverStrategyOptions<string>
        {
            Name = "polly-failover",
            Logger = listening,
            Targets = [new("west", _ => ValueTask.FromResult("hello"))],
        }).Build();

        await pipeline.ExecuteAsync(FailAsync);

        Assert.Equal(
            [
                "holdfast.attempt.duration 0 target=primary outcome=server_error",
                "holdfast.attempt.duration 0 target=west outcome=ok",
                "holdfast.operation.duration 0 outcome=ok",
                "holdfast.fallbacks 1",
            ],
            listening.Measured);
        Assert.Equal(["attempt primary", "attempt west", "operation polly-failover"],
            listening.Spans.Select(span => span.DisplayName));
        Assert.Equal([110, 111], listening.Events.Select(one => one.Id));
    }

    [Fact]
    public async Task A_breaker_in_a_pipeline_measures_what_it_lets_through_and_writes_that_it_opened()
    {
        using var listening = new Listening("polly-breaker");
        var pipeline = Builder().AddHoldfastCircuitBreaker(new HoldfastCircuitBreakerStrategyOptions<string>
        {
            Name = "polly-breaker",
            Logger = listening,
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 },
        }).Build();

        await pipeline.ExecuteAsync<string>(_ => ValueTask.FromResult("hello"));
        await Assert.ThrowsAsync<IOException>(() => pipeline.ExecuteAsync(FailAsync).AsTask());

        Assert.Equal(
            [
                "holdfast.attempt.duration 0 target=polly-breaker outcome=ok",
                "holdfast.operation.duration 0 outcome=ok",
                "holdfast.circuit.transitions 1 to=open",
                "holdfast.attempt.duration 0 target=polly-breaker outcome=server_error",
                "holdfast.operation.duration 0 outcome=server_error",
            ],
            listening.Measured);
        Assert.Equal([101, 110, 112], listening.Events.Select(one => one.Id));
        Assert.Equal(
            ["attempt polly-breaker", "operation polly-breaker", "attempt polly-breaker", "operation polly-breaker"],
            listening.Spans.Select(span => span.DisplayName));
        Assert.Equal(ActivityStatusCode.Error, listening.Spans[2].Status);
    }

    [Fact]
    public async Task A_breaker_in_a_pipeline_tells_what_it_refuses()
    {
        using var listening = new Listening("polly-refused");
        var breaker = new CircuitBreaker("east", new CircuitBreakerOptions(), new ManualTimeProvider());
        var pipeline = Builder().AddHoldfastCircuitBreaker(new HoldfastCircuitBreakerStrategyOptions<string>
        {
            Name = "polly-refused", Breaker = breaker, Logger = listening,
        }).Build();

        breaker.Isolate();
        await Assert.ThrowsAsync<CircuitOpenException>(() => pipeline.ExecuteAsync(FailAsync).AsTask());

        Assert.Equal(
            [
                "holdfast.operation.duration 0 outcome=isolated",
                "holdfast.skipped 1 target=east why=isolated",
            ],
            listening.Measured);
        Assert.Equal(112, Assert.Single(listening.Events).Id);
        Assert.Equal("operation polly-refused", Assert.Single(listening.Spans).DisplayName);
    }

    private static ValueTask<string> FailAsync(CancellationToken cancellation) => throw new IOException("reset");

    private static ResiliencePipelineBuilder<string> Builder() => new() { TimeProvider = new ManualTimeProvider() };
}
