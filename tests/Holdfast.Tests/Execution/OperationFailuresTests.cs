using System.Net;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Execution;

/// <summary>Who a failure is blamed on, and what it means for the calls that follow.</summary>
public class OperationFailuresTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly OperationOptions<string> _once = new() { Retry = new RetryOptions { MaxRetries = 0 } };

    [Fact]
    public async Task A_caller_who_leaves_is_nobodys_failure_whatever_the_target_throws_then()
    {
        var operation = Register(_once, Aborts("a"));

        for (var i = 0; i < 6; i++)
        {
            using var leaving = new CancellationTokenSource();
            var running = operation.ExecuteAsync(leaving.Token).AsTask();
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(running.SoonAsync);
        }

        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task A_lost_race_is_nobodys_failure_whatever_the_loser_throws_then()
    {
        var options = _once with { Strategy = FailoverStrategy.Parallel };
        var operation = Register(options, Aborts("slow"), Says("quick", "hi"));

        var result = await operation.ExecuteAsync().AsTask().SoonAsync();

        Assert.Equal("quick", result.Target);
        Assert.Equal(Outcome.Cancelled, Assert.Single(result.Attempts, one => one.Target == "slow").Outcome);
        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task The_calls_deadline_is_nobodys_failure_whatever_the_target_throws_then()
    {
        var options = _once with { Timeouts = new TimeoutOptions { Call = Second } };
        var operation = Register(options, Aborts("a"));
        var running = operation.ExecuteAsync().AsTask();

        _time.Advance(Second);

        await Assert.ThrowsAsync<ResilienceException>(running.SoonAsync);
        Assert.Equal(0, operation.GetHealth().Targets[0].Circuit.FailureCount);
    }

    [Fact]
    public async Task An_attempts_limit_is_a_timeout_whatever_the_target_throws_then()
    {
        var options = _once with { Timeouts = new TimeoutOptions { Attempt = Second } };
        var running = Register(options, Aborts("a"), Says("b", "hi")).ExecuteAsync().AsTask();

        _time.Advance(Second);

        Assert.Equal("a:timeout,b:ok", (await running.SoonAsync()).Attempts.ToString());
    }

    [Fact]
    public async Task A_callback_on_the_token_that_throws_harms_nobody_when_a_limit_strikes()
    {
        var options = _once with { Timeouts = new TimeoutOptions { Attempt = Second } };
        var target = new OperationTarget<string>("a", async token =>
        {
            await using var _ = token.Register(() => throw new InvalidOperationException("from a callback"));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return "";
        });
        var running = Register(options, target, Says("b", "hi")).ExecuteAsync().AsTask();

        _time.Advance(Second);

        Assert.Equal("a:timeout,b:ok", (await running.SoonAsync()).Attempts.ToString());
    }

    [Fact]
    public async Task A_classifier_that_throws_costs_the_target_no_probe()
    {
        var thrown = new InvalidOperationException("down");
        Exception? now = thrown;
        var options = _once with
        {
            Classify = exception => exception == thrown ? Outcome.ServerError : throw new FormatException("a defect"),
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1, RecoveryTimeout = Second },
        };
        var operation = Register(options, new OperationTarget<string>("a", _ => now is null ? new("hi") : throw now));
        await Assert.ThrowsAnyAsync<ResilienceException>(() => operation.ExecuteAsync().AsTask());
        _time.Advance(2 * Second);
        now = new NotSupportedException();
        await Assert.ThrowsAsync<FormatException>(() => operation.ExecuteAsync().AsTask());

        now = null;

        Assert.Equal("hi", (await operation.ExecuteAsync()).Value);
    }

    [Fact]
    public async Task What_a_queue_within_a_target_did_not_let_in_is_not_booked_against_the_target()
    {
        var refused = new AdmissionRefusedException(AdmissionRefusal.TimedOut, Second);
        var asked = 0;
        var operation = Register(new OperationOptions<string>(), new OperationTarget<string>("full", _ =>
        {
            asked++;
            throw refused;
        }));

        for (var i = 0; i < 6; i++)
        {
            var thrown = await Assert.ThrowsAsync<ModelUnavailableException>(
                operation.ExecuteAsync().AsTask().SoonAsync);
            Assert.Equal((Outcome.Saturated, refused), (thrown.Why, thrown.InnerException));
            Assert.Equal("full:saturated", thrown.Attempts.ToString());
        }

        var health = operation.GetHealth().Targets[0];
        Assert.Equal((CircuitState.Closed, 0L), (health.Circuit.State, health.Circuit.FailureCount));
        // Once a call: who has waited in vain at a full queue doesn't wait there again.
        Assert.Equal((0L, 6), (health.Statistics.RequestCount, asked));
    }

    [Fact]
    public async Task What_a_queue_within_a_target_did_not_let_in_goes_to_the_next_one()
    {
        var full = new OperationTarget<string>(
            "full", _ => throw new AdmissionRefusedException(AdmissionRefusal.QueueFull, Second));
        var operation = Register(_once, full, Says("next", "hi"));

        var result = await operation.ExecuteAsync().AsTask().SoonAsync();

        Assert.Equal("full:saturated,next:ok", result.Attempts.ToString());
    }

    [Fact]
    public async Task A_server_delay_that_throws_costs_the_target_no_probe()
    {
        var isDefect = false;
        Exception? now = new InvalidOperationException("down");
        var options = _once with
        {
            ServerDelay = _ => isDefect ? throw new FormatException("a defect") : null,
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1, RecoveryTimeout = Second },
        };
        var operation = Register(options, new OperationTarget<string>("a", _ => now is null ? new("hi") : throw now));
        await Assert.ThrowsAnyAsync<ResilienceException>(() => operation.ExecuteAsync().AsTask());
        _time.Advance(2 * Second);
        isDefect = true;
        await Assert.ThrowsAsync<FormatException>(() => operation.ExecuteAsync().AsTask());

        now = null;

        Assert.Equal("hi", (await operation.ExecuteAsync()).Value);
    }

    [Fact]
    public async Task A_target_that_limits_rests_as_long_as_the_server_asks()
    {
        var asked = 0;
        var options = _once with { ServerDelay = _ => 20 * Second };
        var operation = Register(options,
            Counts("a", () => asked++, Http(HttpStatusCode.TooManyRequests)), Says("b", "hi"));

        await operation.ExecuteAsync();
        _time.Advance(19 * Second);
        var resting = await operation.ExecuteAsync();
        Assert.Equal((1, "a:held,b:ok"), (asked, resting.Attempts.ToString()));
        _time.Advance(2 * Second);
        await operation.ExecuteAsync();

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_target_that_limits_without_a_word_rests_for_the_base_delay()
    {
        var asked = 0;
        var operation = Register(_once,
            Counts("a", () => asked++, Http(HttpStatusCode.TooManyRequests)), Says("b", "hi"));

        await operation.ExecuteAsync();
        await operation.ExecuteAsync();
        Assert.Equal(1, asked);
        _time.Advance(_once.Retry.BaseDelay);
        await operation.ExecuteAsync();

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_repeat_waits_as_long_as_the_server_asks()
    {
        var failures = 0;
        var options = new OperationOptions<string>
        {
            ServerDelay = _ => 7 * Second, Retry = new RetryOptions { Jitter = false },
        };
        var operation = Register(options, new OperationTarget<string>("a", _ =>
            failures++ == 0 ? throw Http(HttpStatusCode.ServiceUnavailable) : new("hi")));
        var running = operation.ExecuteAsync().AsTask();

        _time.Advance(6.9 * Second);
        Assert.False(running.IsCompleted);
        _time.Advance(0.2 * Second);

        Assert.Equal("a:server_error,a:ok", (await running.SoonAsync()).Attempts.ToString());
    }

    [Fact]
    public async Task A_used_up_quota_keeps_calls_away_for_five_minutes()
    {
        var asked = 0;
        var operation = Register(_once,
            Counts("a", () => asked++, Http(HttpStatusCode.PaymentRequired)), Says("b", "hi"));

        for (var i = 0; i < 20; i++)
            await operation.ExecuteAsync();
        Assert.Equal(1, asked);
        _time.Advance(TimeSpan.FromMinutes(5));
        await operation.ExecuteAsync();

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_reset_by_hand_ends_a_rest_and_a_doubt_too()
    {
        HttpStatusCode? status = HttpStatusCode.PaymentRequired;
        var paying = new OperationTarget<string>("a", _ => status is { } refused
            ? throw new HttpRequestException("no", null, refused)
            : ValueTask.FromResult("a"));
        var operation = Register(_once, paying, Says("b", "b"));
        await operation.ExecuteAsync().AsTask().SoonAsync();

        (status, var after) = (HttpStatusCode.Unauthorized, new List<string?>());
        operation.Reset("a");
        after.Add((await operation.ExecuteAsync().AsTask().SoonAsync()).Attempts.ToString());
        status = null;
        after.Add((await operation.ExecuteAsync().AsTask().SoonAsync()).Attempts.ToString());
        operation.Reset("a");
        after.Add((await operation.ExecuteAsync().AsTask().SoonAsync()).Attempts.ToString());

        Assert.Equal(["a:auth,b:ok", "b:ok", "a:ok"], after);
    }

    [Fact]
    public async Task A_target_that_refuses_its_key_comes_last()
    {
        var operation = Register(_once, new OperationTarget<string>("a", _ => throw Http(HttpStatusCode.Unauthorized)),
            Says("b", "hi"));
        await operation.ExecuteAsync();

        var result = await operation.ExecuteAsync();

        Assert.Equal("b:ok", result.Attempts.ToString());
    }

    [Fact]
    public async Task A_target_that_has_recovered_leads_only_a_share_of_the_calls_at_first()
    {
        var isDown = true;
        var options = _once with
        {
            CircuitBreaker = new CircuitBreakerOptions
            {
                FailureThreshold = 1, RecoveryTimeout = Second, SuccessThreshold = 1,
            },
        };
        var operation = Register(options,
            new OperationTarget<string>("a", _ => isDown ? throw new InvalidOperationException() : new("a")),
            Says("b", "b"));
        await operation.ExecuteAsync();
        isDown = false;
        _time.Advance(2 * Second);
        await operation.ExecuteAsync();

        var share = await ShareOfAAsync(operation);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.InRange(share, 1, 150);
        Assert.Equal(200, await ShareOfAAsync(operation));
    }

    [Fact]
    public async Task A_good_answer_that_lost_its_race_is_cancelled_in_the_trail()
    {
        var options = _once with { Strategy = FailoverStrategy.Parallel };

        var result = await Register(options, Says("a", "1"), Says("b", "2")).ExecuteAsync();

        Assert.Equal(result.Target, Assert.Single(result.Attempts, one => one.Outcome == Outcome.Ok).Target);
    }

    [Fact]
    public async Task A_repeat_that_was_never_sent_is_no_retry()
    {
        var operation = Register(new OperationOptions<string>(),
            new OperationTarget<string>("a", _ => throw new InvalidOperationException()));
        using var leaving = new CancellationTokenSource();
        var running = operation.ExecuteAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(running.SoonAsync);

        var retries = operation.GetHealth().Retries;
        Assert.Equal((1, 0d, 0), (retries.TotalAttempts, retries.AverageRetries, retries.MaxRetries));
    }

    [Fact]
    public async Task No_hedge_starts_for_a_caller_who_has_left()
    {
        var asked = 0;
        var stubborn = new TaskCompletionSource<string>();
        var options = _once with
        {
            HedgeAfter = Second, Hedges = new HedgeBudgetOptions { MaxShare = 1 },
        };
        var operation = Register(options, new OperationTarget<string>("a", _ => new(stubborn.Task)),
            Counts("b", () => asked++, new InvalidOperationException()));
        using var leaving = new CancellationTokenSource();
        var running = operation.ExecuteAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();

        _time.Advance(2 * Second);
        stubborn.SetResult("late");

        // An answer that comes all the same may be taken or dropped; nobody else is asked.
        await Record.ExceptionAsync(running.SoonAsync);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Only_the_first_attempt_of_a_call_is_hedged()
    {
        var asked = 0;
        var second = new TaskCompletionSource<string>();
        var options = _once with
        {
            HedgeAfter = Second, Hedges = new HedgeBudgetOptions { MaxShare = 1 },
        };
        var operation = Register(options, new OperationTarget<string>("a", _ => throw new InvalidOperationException()),
            new OperationTarget<string>("b", _ => new(second.Task)),
            Counts("c", () => asked++, new InvalidOperationException()));
        var running = operation.ExecuteAsync().AsTask();

        _time.Advance(10 * Second);
        second.SetResult("hi");

        Assert.Equal("b", (await running.SoonAsync()).Target);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_loser_that_ends_late_writes_nothing_into_the_trail_of_a_later_call()
    {
        var late = new TaskCompletionSource<string>();
        var answers = new Queue<Task<string>>([late.Task]);
        var options = _once with { Strategy = FailoverStrategy.Parallel };
        var operation = Register(options,
            new OperationTarget<string>("deaf", _ => new(answers.TryDequeue(out var one) ? one : Task.FromResult("1"))),
            Says("quick", "2"));
        var racing = operation.ExecuteAsync().AsTask();
        Soon.Until(() => _time.Armed > 0);
        _time.Advance(Second);
        await racing.SoonAsync();

        var held = new TaskCompletionSource<string>();
        answers.Enqueue(held.Task);
        var next = Register(_once with { Strategy = FailoverStrategy.Parallel },
            new OperationTarget<string>("other", _ => new(held.Task))).ExecuteAsync().AsTask();
        late.SetResult("late");
        held.SetResult("hi");

        Assert.Equal("other:ok", (await next.SoonAsync()).Attempts.ToString());
    }

    [Fact]
    public void Options_that_are_not_there_are_refused_by_name()
    {
        var failure = Assert.Throws<ArgumentException>(
            () => Register(_once with { Retry = null!, Classify = null! }, Says("a", "")));

        Assert.Contains("retry", failure.Message);
    }

    private static HttpRequestException Http(HttpStatusCode status) => new("no", null, status);

    private static OperationTarget<string> Says(string name, string answer) => new(name, _ => new(answer));

    private static OperationTarget<string> Counts(string name, Action asked, Exception exception) => new(name, _ =>
    {
        asked();
        throw exception;
    });

    /// <summary>What a socket does that is closed under a call.</summary>
    private static OperationTarget<string> Aborts(string name) => new(name, async token =>
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        }
        catch (OperationCanceledException struck)
        {
            throw new IOException("the operation was aborted", struck);
        }

        return "";
    });

    private static async Task<int> ShareOfAAsync(ResilientOperation<string> operation)
    {
        var share = 0;
        for (var i = 0; i < 200; i++)
            share += (await operation.ExecuteAsync()).Target == "a" ? 1 : 0;
        return share;
    }

    private ResilientOperation<string> Register(
        OperationOptions<string> options, params OperationTarget<string>[] targets) =>
        new ResilientOperations(_time, new Random(1)).Register("op", targets, options);
}
