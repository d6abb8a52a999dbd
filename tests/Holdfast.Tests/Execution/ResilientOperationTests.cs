using System.Net;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Execution;

public class ResilientOperationTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly OperationOptions<string> _once = new() { Retry = new RetryOptions { MaxRetries = 0 } };

    [Fact]
    public async Task The_first_target_answers()
    {
        var operation = Register(_once, Says("a", "hi"), Says("b", "no"));

        var result = await operation.ExecuteAsync();

        Assert.Equal(("hi", "a", false, "a:ok"),
            (result.Value, result.Target, result.FallbackUsed, result.Attempts.ToString()));
    }

    [Fact]
    public async Task A_fallback_answers_and_the_trail_says_why()
    {
        var operation = Register(_once, Throws("a", new InvalidDataException("broken")), Says("b", "hi"));

        var result = await operation.ExecuteAsync();

        Assert.Equal(("b", true, "a:server_error,b:ok"),
            (result.Target, result.FallbackUsed, result.Attempts.ToString()));
        Assert.Equal(("broken", "MODEL_ERROR"), (result.Attempts[0].Message, result.Attempts[0].Code));
    }

    [Fact]
    public async Task A_race_that_the_first_target_loses_is_no_fallback()
    {
        var operation = Register(_once with { Strategy = FailoverStrategy.Fastest }, Hangs("a"), Says("b", "hi"));

        for (var i = 0; i < 76; i++)
            Assert.False((await operation.ExecuteAsync()).FallbackUsed);

        Assert.Equal(new FallbackStatisticsSnapshot(0, 1, 0, TimeSpan.Zero), operation.GetHealth().Fallbacks);
    }

    [Fact]
    public async Task A_race_whose_first_target_fails_is_a_fallback()
    {
        var operation = Register(_once with { Strategy = FailoverStrategy.Parallel },
            Throws("a", new InvalidDataException()), Says("b", "hi"));

        Assert.True((await operation.ExecuteAsync()).FallbackUsed);

        Assert.Equal(new FallbackStatisticsSnapshot(1, 1, 1, TimeSpan.Zero), operation.GetHealth().Fallbacks);
    }

    [Fact]
    public async Task No_hedge_starts_while_a_target_of_the_operation_is_recovering()
    {
        var options = _once with
        {
            HedgeAfter = Second,
            Hedges = new HedgeBudgetOptions { MaxShare = 1 },
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1, SuccessThreshold = 2 },
        };
        var isSlow = new TaskCompletionSource<string>();
        var fails = true;
        var operation = Register(options,
            new("a", _ => fails ? throw new InvalidDataException() : new ValueTask<string>(isSlow.Task)),
            Says("b", "hi"));
        await operation.ExecuteAsync();
        _time.Advance(TimeSpan.FromMinutes(2));
        fails = false;

        var running = operation.ExecuteAsync().AsTask();
        _time.Advance(Second);
        isSlow.SetResult("slow");

        Assert.Equal("a:ok", (await running.SoonAsync()).Attempts.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_not_good_fails_over_and_is_discarded(bool validatorThrows)
    {
        var discarded = new List<string>();
        var options = _once with
        {
            IsGood = answer => answer == "good" || (validatorThrows ? throw new FormatException() : false),
            Discard = discarded.Add,
        };
        var operation = Register(options, Says("a", "bad"), Says("b", "good"));

        var result = await operation.ExecuteAsync();

        Assert.Equal(("good", "a:bad_answer,b:ok"), (result.Value, result.Attempts.ToString()));
        Assert.Equal("VALIDATION_ERROR", result.Attempts[0].Code);
        Assert.Equal(["bad"], discarded);
        Assert.Equal(1, operation.GetHealth().Targets[0].Circuit.ConsecutiveFailures);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_times_out_and_fails_over()
    {
        var options = _once with { Timeouts = new TimeoutOptions { Attempt = Second } };
        var running = Register(options, Hangs("a"), Says("b", "hi")).ExecuteAsync().AsTask();

        _time.Advance(Second);

        Assert.Equal("a:timeout,b:ok", (await running.SoonAsync()).Attempts.ToString());
    }

    [Fact]
    public async Task The_calls_limit_ends_it_and_is_no_targets_failure()
    {
        var options = _once with { Timeouts = new TimeoutOptions { Call = Second } };
        var operation = Register(options, Hangs("a"), Says("b", "hi"));
        var running = operation.ExecuteAsync().AsTask();

        _time.Advance(Second);

        var failure = await Assert.ThrowsAsync<ResilienceException>(() => running.SoonAsync());
        Assert.Equal(("TIMEOUT_ERROR", true), (failure.Code, failure.IsRecoverable));
        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task The_callers_leaving_is_a_cancellation()
    {
        using var caller = new CancellationTokenSource();
        var operation = Register(_once, Hangs("a"), Says("b", "hi"));
        var running = operation.ExecuteAsync(caller.Token).AsTask();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.SoonAsync());
        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task All_failing_targets_are_one_exception_with_the_trail()
    {
        var operation = Register(_once, Throws("a", new TimeoutException()), Throws("b", new InvalidDataException()));

        var failure = await Assert.ThrowsAsync<AllModelsFailedException>(() => operation.ExecuteAsync().AsTask());

        Assert.Equal("a:timeout,b:server_error", failure.Attempts.ToString());
        Assert.IsType<InvalidDataException>(failure.InnerException);
    }

    [Fact]
    public async Task A_lone_target_exhausts_its_retries_and_then_its_circuit_opens()
    {
        var options = new OperationOptions<string>
        {
            Retry = new RetryOptions { MaxRetries = 2, BaseDelay = TimeSpan.Zero },
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 3 },
        };
        var operation = Register(options, Throws("a", new InvalidDataException()));

        var exhausted = await Assert.ThrowsAsync<RetryExhaustedException>(() => operation.ExecuteAsync().AsTask());
        var open = await Assert.ThrowsAsync<CircuitOpenException>(() => operation.ExecuteAsync().AsTask());

        Assert.Equal((3, 60), (exhausted.Attempts.SentCount, (int)open.RetryAfter.TotalSeconds));
        var health = operation.GetHealth();
        Assert.Equal((false, CircuitState.Open), (health.IsAvailable, health.Targets[0].Circuit.State));
        Assert.Equal((3L, 2L, 0L), (health.Retries.TotalAttempts, health.Retries.MaxRetries,
            health.Retries.SuccessfulAttempts));
    }

    [Fact]
    public async Task A_callers_mistake_is_told_at_once()
    {
        var operation = Register(_once, Throws("a", new ArgumentException("no")), Says("b", "hi"));

        var failure = await Assert.ThrowsAsync<ResilienceException>(() => operation.ExecuteAsync().AsTask());

        Assert.Equal(("a", "VALIDATION_ERROR", 1), (failure.Model, failure.Code, failure.Attempts.Count));
    }

    [Fact]
    public async Task A_lone_target_that_lost_its_key_is_unavailable()
    {
        var refused = new HttpRequestException(null, null, HttpStatusCode.Unauthorized);
        var operation = Register(_once, Throws("a", refused));

        var failure = await Assert.ThrowsAsync<ModelUnavailableException>(() => operation.ExecuteAsync().AsTask());

        Assert.Equal(Outcome.Auth, failure.Why);
    }

    [Fact]
    public async Task A_race_takes_the_quickest_and_strikes_the_others()
    {
        var operation = Register(_once with { Strategy = FailoverStrategy.Fastest }, Hangs("a"), Says("b", "hi"));

        var result = await operation.ExecuteAsync().AsTask().SoonAsync();

        Assert.Equal(("b", 2), (result.Target, result.Attempts.Count));
        Assert.Contains("a:cancelled", result.Attempts.ToString());
        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task A_hedge_starts_beside_a_slow_first()
    {
        var options = _once with { HedgeAfter = Second, Hedges = new HedgeBudgetOptions { MaxShare = 1 } };
        var running = Register(options, Hangs("a"), Says("b", "hi")).ExecuteAsync().AsTask();

        _time.Advance(Second);

        Assert.Equal("b", (await running.SoonAsync()).Target);
    }

    [Fact]
    public async Task Fallbacks_are_counted()
    {
        var fails = true;
        var first = new OperationTarget<string>("a", _ => fails
            ? throw new InvalidDataException() : ValueTask.FromResult("a"));
        var operation = Register(_once, first, Says("b", "hi"));
        await operation.ExecuteAsync();
        fails = false;
        await operation.ExecuteAsync();

        var fallbacks = operation.GetHealth().Fallbacks;

        Assert.Equal((1L, 1.0, 0.5), (fallbacks.Invocations, fallbacks.SuccessRate, fallbacks.PrimaryFailureRate));
        Assert.Equal(2, operation.GetHealth().Targets[0].Statistics.RequestCount);
    }

    [Fact]
    public async Task A_self_test_with_a_fallback_holds_and_leaves_the_operation_alone()
    {
        var operation = Register(_once, Says("a", "hi"), Says("b", "hi"));

        var report = await SelfTestAsync(operation);

        Assert.True(report.Held, string.Join('\n', report.Checks.Where(check => !check.Held)));
        Assert.Equal(8 * 3, report.Checks.Count);
        Assert.Contains(report.Checks, check => check is { Fault: Outcome.Timeout, Target: "a" });
        Assert.All(operation.GetHealth().Targets, target => Assert.Equal(0, target.Statistics.RequestCount));
    }

    [Fact]
    public async Task A_self_test_without_a_fallback_says_what_did_not_hold()
    {
        var report = await SelfTestAsync(Register(_once, Says("a", "hi")));

        Assert.False(report.Held);
        Assert.All(report.Checks, check => Assert.Equal(check.Target is null, check.Held));
    }

    [Theory]
    [InlineData(null, HttpRequestError.NameResolutionError, Outcome.Refused)]
    [InlineData(null, HttpRequestError.ResponseEnded, Outcome.BadAnswer)]
    [InlineData(429, HttpRequestError.Unknown, Outcome.RateLimited)]
    [InlineData(503, HttpRequestError.Unknown, Outcome.ServerError)]
    [InlineData(422, HttpRequestError.Unknown, Outcome.CallerError)]
    [InlineData(404, HttpRequestError.Unknown, Outcome.NotFound)]
    [InlineData(402, HttpRequestError.Unknown, Outcome.Quota)]
    [InlineData(409, HttpRequestError.Unknown, Outcome.Conflict)]
    [InlineData(408, HttpRequestError.Unknown, Outcome.ServerError)]
    public void An_http_failure_means_what_its_status_or_kind_says(int? status, HttpRequestError kind, Outcome means) =>
        Assert.Equal(means, ExceptionOutcomes.Of(new HttpRequestException(kind, null, null, (HttpStatusCode?)status)));

    [Fact]
    public void Everything_wrong_is_in_one_message()
    {
        var wrong = _once with { MaxConcurrent = 0, HedgeAfter = TimeSpan.Zero };

        var failure = Assert.Throws<ArgumentException>(() => Register(wrong, Says("a", ""), Says("a", "")));

        Assert.Contains("maxConcurrent: 0", failure.Message);
        Assert.Contains("hedgeAfter", failure.Message);
        Assert.Contains("'a' 2 times", failure.Message);
    }

    [Fact]
    public async Task An_operation_is_found_by_its_name_and_type()
    {
        var operations = new ResilientOperations(_time, new Random(1));
        operations.Register("search", [Says("a", "hi")]);

        Assert.Equal("hi", (await operations.ExecuteAsync<string>("search")).Value);
        Assert.Equal("search", Assert.Single(operations.GetHealth()).Operation);
        Assert.Throws<KeyNotFoundException>(() => operations.GetHealth("other"));
        Assert.Throws<InvalidOperationException>(() => { _ = operations.ExecuteAsync<int>("search"); });
        Assert.Throws<ArgumentException>(() => operations.Register("search", [Says("a", "hi")]));
    }

    private static OperationTarget<string> Says(string name, string answer) =>
        new(name, _ => ValueTask.FromResult(answer));

    private static OperationTarget<string> Throws(string name, Exception exception) => new(name, _ => throw exception);

    private static OperationTarget<string> Hangs(string name) => new(name, async token =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        return "";
    });

    private ResilientOperation<string> Register(
        OperationOptions<string> options, params OperationTarget<string>[] targets) =>
        new ResilientOperations(_time, new Random(1)).Register("op", targets, options);

    private async Task<SelfTestReport> SelfTestAsync(ResilientOperation<string> operation)
    {
        var running = operation.SelfTestAsync();
        while (!running.IsCompleted)
        {
            // To the end of a silence, which is short, and of no limit.
            _time.AdvanceToNextWithin(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await running;
    }
}
