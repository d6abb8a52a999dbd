using System.Net;
using Holdfast.Admission;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Admission;

public sealed class AdmittedCallsTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RetryOptions _retry = new() { BaseDelay = TimeSpan.FromSeconds(1), Jitter = false };
    private int _runs;

    [Fact]
    public async Task Gives_what_the_operation_makes_and_its_place_back()
    {
        using var queue = Queue();

        var made = await Calls(queue).RunAsync(_ => ValueTask.FromResult(42)).AsTask().SoonAsync();

        Assert.Equal(42, made);
        Assert.Equal((0, 1L), (queue.GetStatus().Running, queue.GetStatus().Admitted));
    }

    [Fact]
    public async Task Repeats_what_can_pass_three_times_by_default_and_waits_longer_each_time()
    {
        using var queue = Queue();
        var running = Calls(queue).RunAsync<int>(_ => throw Fails(new TimeoutException())).AsTask();
        foreach (var seconds in (int[])[1, 2, 4])
        {
            Soon.Until(() => _time.Armed == 1);
            Assert.Equal(0, queue.GetStatus().Running);
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await Assert.ThrowsAsync<TimeoutException>(running.SoonAsync);

        Assert.Equal(4, _runs);
        Assert.Equal(0, queue.GetStatus().SuccessRate);
    }

    [Fact]
    public async Task Does_not_repeat_the_callers_own_mistake()
    {
        using var queue = Queue();

        await Assert.ThrowsAsync<ArgumentException>(
            () => Calls(queue).RunAsync<int>(_ => throw Fails(new ArgumentException("no"))).AsTask().SoonAsync());

        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Does_not_begin_a_wait_that_its_deadline_would_cut()
    {
        using var queue = Queue();
        var request = new AdmissionRequest { Deadline = Deadline.After(TimeSpan.FromSeconds(1), _time) };

        await Assert.ThrowsAsync<TimeoutException>(
            () => Calls(queue).RunAsync<int>(_ => throw Fails(new TimeoutException()), request).AsTask().SoonAsync());

        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_call_that_is_not_let_in_says_why_and_when_to_come_again()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, MaxQueueSize = 0, ThrottleRate = 0 }, _time);
        queue.TryEnter(default, out var first);
        _time.Advance(TimeSpan.FromSeconds(2));
        first.Succeeded();
        queue.TryEnter(default, out _);

        var thrown = await Assert.ThrowsAsync<AdmissionRefusedException>(
            () => Calls(queue).RunAsync(_ => ValueTask.FromResult(1)).AsTask().SoonAsync());

        Assert.Equal(AdmissionRefusal.QueueFull, thrown.Refusal);
        Assert.Equal(TimeSpan.FromSeconds(2), thrown.RetryAfter);
        Assert.True(thrown.IsRecoverable);
        Assert.Equal("not let in: the queue is full; another try is worth it in 2.0 s", thrown.Message);
    }

    [Fact]
    public async Task A_struck_token_ends_the_wait_for_a_place()
    {
        using var queue = Queue();
        queue.TryEnter(default, out _);
        using var leaving = new CancellationTokenSource();
        var running = Calls(queue).RunAsync(_ => ValueTask.FromResult(1), default, leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(running.SoonAsync);
    }

    [Fact]
    public async Task A_cancelled_operation_says_nothing_about_success()
    {
        using var queue = Queue();
        using var leaving = new CancellationTokenSource();
        var running = Calls(queue).RunAsync<int>(
            async token =>
            {
                await leaving.CancelAsync();
                token.ThrowIfCancellationRequested();
                return 1;
            },
            default, leaving.Token).AsTask();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(running.SoonAsync);

        Assert.Equal((0, 1d), (queue.GetStatus().Running, queue.GetStatus().SuccessRate));
    }

    [Fact]
    public async Task A_place_that_comes_while_the_caller_leaves_is_given_back()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var holder);
        using var leaving = new CancellationTokenSource();
        var running = Calls(queue).RunAsync(_ => ValueTask.FromResult(1), default, leaving.Token).AsTask();
        // The latest registration is called first: the place comes when the token is struck and the wait goes on.
        await using var first = leaving.Token.Register(() => holder.Succeeded());

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(running.SoonAsync);
        Assert.Equal((1L, 0), (queue.GetStatus().Admitted, queue.GetStatus().Running));
    }

    [Fact]
    public async Task A_refusal_before_a_repeat_does_not_hide_why_the_operation_failed()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, MaxQueueSize = 0, ThrottleRate = 0 }, _time);
        var running = Calls(queue).RunAsync<int>(_ => throw Fails(new IOException("broken"))).AsTask();
        Soon.Until(() => _time.Armed == 1);
        queue.TryEnter(default, out _);

        _time.Advance(TimeSpan.FromSeconds(1));

        var thrown = await Assert.ThrowsAsync<IOException>(running.SoonAsync);
        Assert.Equal(("broken", 1), (thrown.Message, _runs));
    }

    [Fact]
    public async Task What_an_open_circuit_kept_away_does_not_lower_an_adaptive_limit()
    {
        using var queue = AdaptiveQueue();

        await Assert.ThrowsAsync<CircuitOpenException>(() => Once(queue).RunAsync<int>(
            _ => throw new CircuitOpenException("a", TimeSpan.FromSeconds(60))).AsTask().SoonAsync());

        Assert.Equal(50, queue.MaxConcurrency);
    }

    [Fact]
    public async Task A_target_that_says_there_are_too_many_lowers_an_adaptive_limit()
    {
        using var itself = AdaptiveQueue();
        using var protectedBelow = AdaptiveQueue();
        var turnedAway = new HttpRequestException("x", null, HttpStatusCode.TooManyRequests);
        var trail = new AttemptTrail([new AttemptReport("a", Outcome.RateLimited, TimeSpan.Zero)]);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => Once(itself).RunAsync<int>(_ => throw turnedAway).AsTask().SoonAsync());
        await Assert.ThrowsAsync<RetryExhaustedException>(() => Once(protectedBelow).RunAsync<int>(
            _ => throw new RetryExhaustedException("a", trail)).AsTask().SoonAsync());

        Assert.Equal((40, 40), (itself.MaxConcurrency, protectedBelow.MaxConcurrency));
    }

    [Theory]
    [InlineData(AdmissionRefusal.TimedOut, ErrorCategory.Timeout)]
    [InlineData(AdmissionRefusal.WouldBeLate, ErrorCategory.Timeout)]
    public void A_wait_that_was_too_long_is_a_timeout(AdmissionRefusal refusal, ErrorCategory category) =>
        Assert.Equal(category, new AdmissionRefusedException(refusal, TimeSpan.Zero).Category);

    [Fact]
    public void No_refusal_is_no_exception() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new AdmissionRefusedException(AdmissionRefusal.None, TimeSpan.Zero));

    private AdmissionQueue Queue() =>
        new(new AdmissionOptions { MaxConcurrency = 1, ThrottleRate = 0 }, _time);

    private AdmissionQueue AdaptiveQueue() => new(
        new AdmissionOptions
        {
            MaxConcurrency = 50, ThrottleRate = 0, Adaptive = new AdaptiveConcurrencyOptions { Backoff = 0.8 },
        },
        _time);

    private AdmittedCalls Once(AdmissionQueue queue) =>
        new(queue, _retry with { MaxRetries = 0 }, _time, new Random(1));

    private AdmittedCalls Calls(AdmissionQueue queue) => new(queue, _retry, _time, new Random(1));

    private Exception Fails(Exception exception)
    {
        _runs++;
        return exception;
    }
}
