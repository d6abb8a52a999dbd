using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Retrying;

namespace Holdfast.Tests.Telemetry;

public class OperationTelemetryTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task An_operation_measures_its_call_and_each_attempt()
    {
        using var listening = new Listening("measured-operation");
        var operation = Register(listening, "measured-operation", FailsAfter(2), AnswersAfter(3));

        await operation.ExecuteAsync();

        Assert.Equal(
            [
                "holdfast.attempt.duration 2 target=a outcome=timeout",
                "holdfast.attempt.duration 3 target=b outcome=ok",
                "holdfast.operation.duration 5 outcome=ok",
                "holdfast.fallbacks 1",
            ],
            listening.Measured);
    }

    [Fact]
    public async Task An_operation_writes_that_it_failed_over()
    {
        using var listening = new Listening("written-operation");
        var operation = Register(listening, "written-operation", FailsAfter(0), AnswersAfter(0));

        await operation.ExecuteAsync();

        Assert.Equal([110, 111], listening.Events.Select(one => one.Id));
        Assert.Equal("written-operation: a: timeout", listening.Events[0].Text);
        Assert.Equal("written-operation: answered by another target: a:timeout,b:ok", listening.Events[1].Text);
    }

    [Fact]
    public async Task An_operation_that_fails_writes_its_whole_trail()
    {
        using var listening = new Listening("failing-operation");
        var operation = Register(listening, "failing-operation", FailsAfter(0), FailsAfter(0));

        await Assert.ThrowsAsync<AllModelsFailedException>(() => operation.ExecuteAsync().AsTask());

        Assert.Equal([110, 110, 112], listening.Events.Select(one => one.Id));
        Assert.Equal("failing-operation: failed with timeout: a:timeout,b:timeout", listening.Events[2].Text);
    }

    [Fact]
    public async Task A_target_that_is_passed_over_is_counted_with_the_reason()
    {
        using var listening = new Listening("skipping-operation");
        var operation = Register(listening, "skipping-operation", AnswersAfter(0), AnswersAfter(0));
        operation.Isolate("a");

        await operation.ExecuteAsync();

        Assert.Contains("holdfast.skipped 1 target=a why=isolated", listening.Measured);
        Assert.Contains("holdfast.circuit.transitions 1 to=isolated", listening.Measured);
        Assert.Equal(104, listening.Events[0].Id);
    }

    [Fact]
    public async Task A_call_is_a_span_with_a_span_for_each_attempt_in_it()
    {
        using var listening = new Listening("traced-operation");
        var operation = Register(listening, "traced-operation", FailsAfter(0), AnswersAfter(0));

        await operation.ExecuteAsync();

        Assert.Equal(["attempt a", "attempt b", "operation traced-operation"],
            listening.Spans.Select(span => span.DisplayName));
        Assert.All(listening.Spans.Take(2), span => Assert.Equal(listening.Spans[2].SpanId, span.ParentSpanId));
        Assert.Equal(ActivityStatusCode.Error, listening.Spans[0].Status);
        Assert.Equal("System.TimeoutException", listening.Spans[0].GetTagItem("error.type"));
        Assert.Equal("a:timeout,b:ok", listening.Spans[2].GetTagItem("attempts"));
    }

    private ResilientOperation<string> Register(
        Listening listening, string name, params Func<CancellationToken, ValueTask<string>>[] targets) =>
        new ResilientOperations(_time, new Random(7), listening).Register(name,
            [.. targets.Select((run, i) => new OperationTarget<string>($"{(char)('a' + i)}", run))],
            new OperationOptions<string>
            {
                Retry = new RetryOptions { MaxRetries = 0 },
                CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 5 },
            });

    private Func<CancellationToken, ValueTask<string>> AnswersAfter(double seconds) => _ =>
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return ValueTask.FromResult("hello");
    };

    private Func<CancellationToken, ValueTask<string>> FailsAfter(double seconds) => _ =>
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        throw new TimeoutException();
    };
}
