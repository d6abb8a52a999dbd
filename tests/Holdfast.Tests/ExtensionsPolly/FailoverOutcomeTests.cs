using System.Net;
using System.Net.Http.Headers;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.Polly;
using Holdfast.Retrying;
using Polly;
using Polly.CircuitBreaker;
using Polly.Fallback;
using Polly.Timeout;
using CircuitState = Holdfast.CircuitBreaking.CircuitState;

namespace Holdfast.Tests.ExtensionsPolly;

/// <summary>What failures mean to failover in a pipeline: the table that all of Holdfast goes by.</summary>
public class FailoverOutcomeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _trails = [];

    [Theory]
    [InlineData(401, "auth")]
    [InlineData(402, "quota")]
    [InlineData(404, "not_found")]
    [InlineData(409, "conflict")]
    [InlineData(429, "rate_limited")]
    [InlineData(503, "server_error")]
    public async Task A_status_means_the_same_in_an_exception_and_in_a_response(int status, string word)
    {
        using var response = Response(status);

        await AskAsync(Pipeline(), () => throw new HttpRequestException("x", null, (HttpStatusCode)status));
        await AskAsync(Pipeline(), () => response);

        Assert.Equal([$"primary:{word},next:ok", $"primary:{word},next:ok"], _trails);
    }

    [Fact]
    public async Task Rate_limits_never_open_the_circuit()
    {
        var breaker = new CircuitBreaker("primary", new CircuitBreakerOptions { FailureThreshold = 2 }, _time);
        var pipeline = Pipeline(breaker);

        for (var i = 0; i < 3; i++)
        {
            await AskAsync(pipeline, () => Response(429));
            await AskAsync(pipeline, () => throw new HttpRequestException("x", null, HttpStatusCode.TooManyRequests));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((CircuitState.Closed, 0L), (breaker.State, breaker.GetStatus().FailureCount));
    }

    [Fact]
    public async Task A_rate_limited_target_rests_for_as_long_as_its_response_asks()
    {
        var pipeline = Pipeline();
        var limited = Response(429);
        limited.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7));

        await AskAsync(pipeline, () => limited);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        await AskAsync(pipeline, () => Response(200));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await AskAsync(pipeline, () => Response(200));

        Assert.Equal(["primary:rate_limited,next:ok", "primary:held,next:ok", "primary:ok"], _trails);
    }

    [Fact]
    public async Task A_target_out_of_quota_rests_for_five_minutes()
    {
        var pipeline = Pipeline();

        await AskAsync(pipeline, () => Response(402));
        _time.Advance(TimeSpan.FromMinutes(4.9));
        await AskAsync(pipeline, () => Response(200));
        _time.Advance(TimeSpan.FromMinutes(0.2));
        await AskAsync(pipeline, () => Response(200));

        Assert.Equal(["primary:quota,next:ok", "primary:held,next:ok", "primary:ok"], _trails);
    }

    [Fact]
    public async Task A_rate_limited_target_that_asks_for_nothing_rests_for_the_first_wait()
    {
        var pipeline = Pipeline();

        await AskAsync(pipeline, () => throw new HttpRequestException("x", null, HttpStatusCode.TooManyRequests));
        await AskAsync(pipeline, () => Response(200));
        _time.Advance(TimeSpan.FromSeconds(3));
        await AskAsync(pipeline, () => Response(200));

        Assert.Equal(["primary:rate_limited,next:ok", "primary:held,next:ok", "primary:ok"], _trails);
    }

    [Fact]
    public async Task Milliseconds_in_a_response_go_before_its_seconds()
    {
        var pipeline = Pipeline();
        var limited = Response(429);
        limited.Headers.Add("retry-after-ms", "500");
        limited.Headers.Add("retry-after", "60");

        await AskAsync(pipeline, () => limited);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        await AskAsync(pipeline, () => Response(200));

        Assert.Equal("primary:ok", _trails[^1]);
    }

    [Fact]
    public async Task The_callers_own_mistake_ends_the_execution_as_it_is_by_default()
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time }
            .AddHoldfastFailover(new HoldfastFailoverStrategyOptions<HttpResponseMessage>
            {
                OnCompleted = trail => _trails.Add(trail.ToString()),
                Targets = [new("next", _ => ValueTask.FromResult(Response(200)))],
            })
            .Build();

        await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(pipeline, () => throw new ArgumentException()));

        Assert.Equal("primary:caller_error", Assert.Single(_trails));
    }

    [Fact]
    public async Task A_mistake_that_the_predicate_takes_goes_on_and_counts_nowhere()
    {
        var breaker = new CircuitBreaker("primary", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);

        await AskAsync(Pipeline(breaker), () => Response(413));

        Assert.Equal("primary:not_found,next:ok", Assert.Single(_trails));
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task The_pipelines_own_limit_is_a_timeout_and_a_good_status_that_fails_a_bad_answer()
    {
        var isGood = new HashSet<HttpResponseMessage>();
        var pipeline = Pipeline(shouldHandle: arguments => ValueTask.FromResult(
            arguments.Outcome.Result is not { } result || !isGood.Contains(result)), next: () =>
        {
            var response = Response(200);
            isGood.Add(response);
            return response;
        });

        await AskAsync(pipeline, () => throw new TimeoutRejectedException());
        await AskAsync(pipeline, () => Response(200));

        Assert.Equal(["primary:timeout,next:ok", "primary:bad_answer,next:ok"], _trails);
    }

    [Fact]
    public async Task What_another_strategy_within_did_not_let_through_is_not_booked_against_the_target()
    {
        var breaker = new CircuitBreaker("primary", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        var pipeline = Pipeline(breaker);

        await AskAsync(pipeline, () => throw new BrokenCircuitException());
        await AskAsync(pipeline, () => throw new IsolatedCircuitException());
        await AskAsync(pipeline, () => throw new NoPermitException());
        await AskAsync(
            pipeline, () => throw new AdmissionRefusedException(AdmissionRefusal.QueueFull, TimeSpan.FromSeconds(1)));

        Assert.Equal(["primary:circuit_open,next:ok", "primary:isolated,next:ok", "primary:saturated,next:ok",
            "primary:saturated,next:ok"], _trails);
        Assert.Equal((CircuitState.Closed, 0L), (breaker.State, breaker.GetStatus().FailureCount));
    }

    [Fact]
    public async Task Who_was_not_let_through_is_asked_once_and_the_trail_says_why()
    {
        var refused = new BrokenCircuitException("it is open");
        var asked = 0;
        var pipeline = Pipeline(next: () => throw new IOException());

        var thrown = await Assert.ThrowsAsync<AllModelsFailedException>(() => AskAsync(pipeline, () =>
        {
            asked++;
            throw refused;
        }));

        Assert.Equal("primary:circuit_open,next:server_error", thrown.Attempts.ToString());
        Assert.Equal((1, refused), (asked, thrown.Attempts[0].Exception));
    }

    // As the one of Polly.RateLimiting.
    private sealed class NoPermitException : ExecutionRejectedException;

    private static HttpResponseMessage Response(int status) => new((HttpStatusCode)status);

    private static async Task AskAsync(
        ResiliencePipeline<HttpResponseMessage> pipeline, Func<HttpResponseMessage> ask) =>
        await pipeline.ExecuteAsync(_ => ValueTask.FromResult(ask()));

    private ResiliencePipeline<HttpResponseMessage> Pipeline(CircuitBreaker? breaker = null,
        Func<FallbackPredicateArguments<HttpResponseMessage>, ValueTask<bool>>? shouldHandle = null,
        Func<HttpResponseMessage>? next = null) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time }
            .AddHoldfastFailover(new HoldfastFailoverStrategyOptions<HttpResponseMessage>
            {
                PrimaryBreaker = breaker,
                Retry = new RetryOptions { MaxRetries = 0, BaseDelay = TimeSpan.FromSeconds(3) },
                ShouldHandle = shouldHandle ?? new PredicateBuilder<HttpResponseMessage>().Handle<Exception>()
                    .HandleResult(static response => !response.IsSuccessStatusCode),
                OnCompleted = trail => _trails.Add(trail.ToString()),
                Targets = [new("next", _ => ValueTask.FromResult((next ?? (() => Response(200)))()))],
            })
            .Build();
}
