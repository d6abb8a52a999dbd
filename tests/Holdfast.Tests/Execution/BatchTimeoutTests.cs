using Holdfast.Execution;

namespace Holdfast.Tests.Execution;

/// <summary>The limit of a batch over all its operations.</summary>
public class BatchTimeoutTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private readonly ManualTimeProvider _time = new();
    private readonly List<int> _discarded = [];
    private int _started;

    [Fact]
    public async Task A_batch_has_fifteen_minutes_in_total_unless_told_otherwise()
    {
        var all = BatchExecutor.AllAsync([Hanging(), Hanging()], time: _time);

        _time.Advance(TimeSpan.FromMinutes(15) - Moment);
        Assert.False(all.IsCompleted);
        _time.Advance(Moment);

        var thrown = await Assert.ThrowsAsync<TimeoutException>(() => all.WaitAsync(Bound));
        Assert.Equal("the batch has taken longer than 00:15:00", thrown.Message);
    }

    [Fact]
    public async Task The_total_holds_over_all_operations_and_starts_nothing_more()
    {
        var all = BatchExecutor.AllAsync([Value(1), Hanging(), Hanging()], Options(atOnce: 1), _discarded.Add, _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        await Assert.ThrowsAsync<TimeoutException>(() => all.WaitAsync(Bound));
        Assert.Equal(2, _started);
        Assert.Equal([1], _discarded);
    }

    [Fact]
    public async Task A_failure_that_the_timeout_brings_about_is_told_as_its_cause()
    {
        var all = BatchExecutor.AllAsync([Wrapping()], Options(atOnce: 1), time: _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        var thrown = await Assert.ThrowsAsync<TimeoutException>(() => all.WaitAsync(Bound));
        Assert.IsType<AggregateException>(thrown.InnerException);
    }

    [Fact]
    public async Task A_failure_before_the_timeout_is_thrown_though_another_ends_after_it()
    {
        var stubborn = new TaskCompletionSource<int>();
        var all = BatchExecutor.AllAsync(
            [Failing("x"), _ => new ValueTask<int>(stubborn.Task)], Options(atOnce: 2), _discarded.Add, _time);

        _time.Advance(TimeSpan.FromSeconds(5));
        stubborn.SetResult(7);

        var thrown = await Assert.ThrowsAsync<FormatException>(() => all.WaitAsync(Bound));
        Assert.Equal("x", thrown.Message);
    }

    [Fact]
    public async Task Any_that_times_out_tells_what_had_failed_by_then()
    {
        var any = BatchExecutor.AnyAsync([Failing("a"), Hanging()], Options(atOnce: 2), time: _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        var thrown = await Assert.ThrowsAsync<TimeoutException>(() => any.WaitAsync(Bound));
        var cause = Assert.IsType<AggregateException>(thrown.InnerException);
        Assert.Equal("a", Assert.Single(cause.InnerExceptions).Message);
    }

    [Fact]
    public async Task Any_takes_a_success_that_comes_although_the_time_is_over()
    {
        var stubborn = new TaskCompletionSource<int>();
        var any = BatchExecutor.AnyAsync([_ => new ValueTask<int>(stubborn.Task)], Options(atOnce: 2), time: _time);

        _time.Advance(TimeSpan.FromSeconds(5));
        stubborn.SetResult(7);

        Assert.Equal((7, 0), await any.WaitAsync(Bound));
    }

    [Fact]
    public async Task Any_of_which_all_had_failed_when_the_time_was_over_says_so()
    {
        var stubborn = new TaskCompletionSource<int>();
        var any = BatchExecutor.AnyAsync([_ => new ValueTask<int>(stubborn.Task)], Options(atOnce: 2), time: _time);

        _time.Advance(TimeSpan.FromSeconds(5));
        stubborn.SetException(new FormatException());

        await Assert.ThrowsAsync<AllOperationsFailedException>(() => any.WaitAsync(Bound));
    }

    [Fact]
    public async Task All_settled_keeps_what_had_ended_when_the_time_was_over()
    {
        var batch = BatchExecutor.AllSettledAsync(
            [Value(1), Failing("b"), Hanging(), Value(4)], Options(atOnce: 1), _discarded.Add, _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        var settled = await batch.WaitAsync(Bound);
        Assert.Equal(1, settled[0].Value);
        Assert.IsType<FormatException>(settled[1].Exception);
        Assert.IsType<TimeoutException>(settled[2].Exception);
        Assert.IsType<TimeoutException>(settled[3].Exception);
        Assert.Empty(_discarded);
    }

    [Fact]
    public async Task What_had_failed_by_a_cancellation_of_its_own_before_the_timeout_is_kept()
    {
        var own = new TaskCanceledException("a limit of its own");
        var settled = BatchExecutor.AllSettledAsync([Throwing(own), Hanging()], Options(atOnce: 2), time: _time);
        var any = BatchExecutor.AnyAsync([Throwing(own), Hanging()], Options(atOnce: 2), time: _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Same(own, (await settled.WaitAsync(Bound))[0].Exception);
        var thrown = await Assert.ThrowsAsync<TimeoutException>(() => any.WaitAsync(Bound));
        Assert.Same(own, thrown.InnerException!.InnerException);
    }

    [Fact]
    public async Task What_a_callback_throws_at_the_timeout_is_thrown_to_the_caller_and_not_on_the_timers_thread()
    {
        var all = BatchExecutor.AllAsync(
            [
                Value(1),
                async token =>
                {
                    token.Register(() => throw new FormatException("callback"));
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                    return 2;
                },
            ],
            Options(atOnce: 2), _discarded.Add, _time);

        _time.Advance(TimeSpan.FromSeconds(5));

        var thrown = await Assert.ThrowsAsync<AggregateException>(() => all.WaitAsync(Bound));
        Assert.Equal("callback", thrown.Flatten().InnerException!.Message);
        Assert.Equal([1], _discarded);
    }

    [Fact]
    public async Task The_callers_cancellation_is_no_timeout()
    {
        using var caller = new CancellationTokenSource();
        var all = BatchExecutor.AllAsync([Hanging()], Options(atOnce: 1), time: _time, cancellationToken: caller.Token);

        caller.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all.WaitAsync(Bound));
    }

    [Fact]
    public async Task No_clock_runs_on_after_the_end()
    {
        await BatchExecutor.AllAsync([Value(1)], time: _time);

        Assert.Equal(0, _time.Armed);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1_000_001, 5)]
    [InlineData(1, 0)]
    [InlineData(1, 86_401)]
    public async Task Refuses_options_out_of_their_ranges(int atOnce, int seconds)
    {
        var wrong = new BatchOptions { MaxConcurrency = atOnce, Timeout = TimeSpan.FromSeconds(seconds) };

        Assert.Single(wrong.Problems());
        await Assert.ThrowsAsync<ArgumentException>(() => BatchExecutor.AllAsync([Value(1)], wrong));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000_000, 86_400)]
    public void Takes_options_at_the_ends_of_their_ranges(int atOnce, int seconds) => Assert.Empty(
        new BatchOptions { MaxConcurrency = atOnce, Timeout = TimeSpan.FromSeconds(seconds) }.Problems());

    private static BatchOptions Options(int atOnce) =>
        new() { MaxConcurrency = atOnce, Timeout = TimeSpan.FromSeconds(5) };

    private static Func<CancellationToken, ValueTask<int>> Failing(string message) =>
        Throwing(new FormatException(message));

    private static Func<CancellationToken, ValueTask<int>> Throwing(Exception exception) =>
        _ => ValueTask.FromException<int>(exception);

    private Func<CancellationToken, ValueTask<int>> Value(int value) => _ =>
    {
        _started++;
        return ValueTask.FromResult(value);
    };

    private Func<CancellationToken, ValueTask<int>> Hanging() => async token =>
    {
        _started++;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        return 0;
    };

    private static Func<CancellationToken, ValueTask<int>> Wrapping() => async token =>
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return 0;
        }
        catch (OperationCanceledException cancelled)
        {
            throw new FormatException("wrapped", cancelled);
        }
    };
}
