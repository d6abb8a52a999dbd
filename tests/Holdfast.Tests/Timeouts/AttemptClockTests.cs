using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class AttemptClockTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_plain_call_is_bounded_whole_by_the_attempt()
    {
        using var clock = Plain(new() { Attempt = 20 * Second, FirstToken = 5 * Second });

        clock.FirstToken();
        _time.Advance(20 * Second - TimeSpan.FromTicks(1));
        var before = clock.Token.IsCancellationRequested;
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.False(before);
        Assert.True(clock.Token.IsCancellationRequested);
        Assert.Equal(TimeoutKind.Attempt, clock.Struck);
    }

    [Fact]
    public void A_stream_must_begin_in_time()
    {
        using var clock = Stream(new() { FirstToken = 5 * Second });

        _time.Advance(5 * Second);

        Assert.Equal(TimeoutKind.FirstToken, clock.Struck);
    }

    [Fact]
    public void The_attempt_bounds_a_stream_until_its_first_token()
    {
        using var clock = Stream(new() { FirstToken = TimeSpan.Zero, Attempt = 5 * Second });

        _time.Advance(5 * Second);

        Assert.Equal(TimeoutKind.Attempt, clock.Struck);
    }

    [Fact]
    public void The_first_token_ends_the_attempts_limit()
    {
        using var clock = Stream(new() { FirstToken = 5 * Second, Attempt = 6 * Second });

        _time.Advance(4 * Second);
        clock.FirstToken();
        _time.Advance(50 * Second);

        Assert.Equal(TimeoutKind.None, clock.Struck);
    }

    [Fact]
    public void Idle_strikes_when_no_token_comes()
    {
        using var clock = Stream(new() { Idle = 10 * Second });
        clock.FirstToken();

        _time.Advance(9 * Second);
        clock.TokenArrived(1);
        _time.Advance(9 * Second);
        var before = clock.Struck;
        _time.Advance(Second);

        Assert.Equal(TimeoutKind.None, before);
        Assert.Equal(TimeoutKind.Idle, clock.Struck);
        Assert.True(clock.Token.IsCancellationRequested);
    }

    [Fact]
    public void Idle_stands_still_while_paused()
    {
        using var clock = Stream(new() { Idle = 10 * Second });
        clock.FirstToken();
        _time.Advance(6 * Second);

        clock.Pause();
        _time.Advance(100 * Second);
        clock.Resume();
        _time.Advance(4 * Second - TimeSpan.FromTicks(1));
        var before = clock.Struck;
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(TimeoutKind.None, before);
        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void A_paused_clock_does_not_spin()
    {
        using var clock = Stream(new() { Idle = 10 * Second });
        clock.FirstToken();
        _time.Advance(9.999 * Second);
        clock.Pause();
        var before = _time.TimerChanges;

        _time.Advance(100 * Second);

        Assert.InRange(_time.TimerChanges - before, 0, 1);
    }

    [Fact]
    public void Pausing_twice_and_resuming_twice_is_pausing_and_resuming()
    {
        using var clock = Stream(new() { Idle = 10 * Second });
        clock.FirstToken();

        clock.Resume();
        clock.Pause();
        _time.Advance(5 * Second);
        clock.Pause();
        _time.Advance(50 * Second);
        clock.Resume();
        clock.Resume();
        _time.Advance(9 * Second);
        var before = clock.Struck;
        _time.Advance(Second);

        Assert.Equal(TimeoutKind.None, before);
        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void The_deadline_of_the_call_runs_on_while_paused()
    {
        using var clock = Stream(new(), callSeconds: 30);
        clock.FirstToken();
        clock.Pause();

        _time.Advance(30 * Second);

        Assert.Equal(TimeoutKind.Call, clock.Struck);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_deadline_of_the_call_bounds_everything(bool streaming)
    {
        using var clock = Make(new(), streaming, 3, default);

        _time.Advance(3 * Second);

        Assert.Equal(TimeoutKind.Call, clock.Struck);
    }

    [Fact]
    public void The_deadline_of_the_call_wins_over_a_limit_of_the_same_length()
    {
        using var clock = Plain(new() { Attempt = 3 * Second }, callSeconds: 3);

        _time.Advance(3 * Second);

        Assert.Equal(TimeoutKind.Call, clock.Struck);
    }

    [Fact]
    public void A_deadline_that_has_passed_strikes_at_once()
    {
        using var clock = Plain(new(), callSeconds: 0);

        Assert.True(clock.Token.IsCancellationRequested);
        Assert.Equal(TimeoutKind.Call, clock.Struck);
    }

    [Fact]
    public void Throughput_strikes_when_ten_seconds_brought_too_little()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        Trickle(clock, seconds: 10, characters: 5);
        var before = clock.Struck;
        Trickle(clock, seconds: 9, characters: 1);

        Assert.Equal(TimeoutKind.None, before);
        Assert.Equal(TimeoutKind.Throughput, clock.Struck);
    }

    [Fact]
    public void Throughput_is_judged_over_the_last_ten_seconds_not_over_all()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        clock.TokenArrived(1_000_000);
        Trickle(clock, seconds: 12, characters: 1);

        Assert.Equal(TimeoutKind.Throughput, clock.Struck);
    }

    [Fact]
    public void Throughput_is_not_judged_before_ten_seconds()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        _time.Advance(9.9 * Second);

        Assert.Equal(TimeoutKind.None, clock.Struck);
    }

    [Fact]
    public void Throughput_leaves_pauses_out()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        for (var i = 0; i < 40; i++)
        {
            Trickle(clock, seconds: 1, characters: 5);
            clock.Pause();
            _time.Advance(30 * Second);
            clock.Resume();
        }

        Assert.Equal(TimeoutKind.None, clock.Struck);
    }

    [Fact]
    public void Throughput_strikes_at_the_tenth_second()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.TokenArrived(1_000_000);
        clock.FirstToken();

        _time.Advance(10 * Second - TimeSpan.FromTicks(1));
        var before = clock.Struck;
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((TimeoutKind.None, TimeoutKind.Throughput), (before, clock.Struck));
    }

    [Fact]
    public void Ten_seconds_that_brought_enough_are_enough_whatever_came_before()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        _time.Advance(5.5 * Second);
        clock.TokenArrived(50);
        _time.Advance(9 * Second);
        var before = clock.Struck;
        _time.Advance(2 * Second);

        Assert.Equal((TimeoutKind.None, TimeoutKind.Throughput), (before, clock.Struck));
    }

    [Fact]
    public void Throughput_strikes_though_pauses_make_it_be_looked_at_more_often()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();

        for (var i = 0; i < 25; i++)
        {
            _time.Advance(Second / 2);
            clock.Pause();
            _time.Advance(5 * Second);
            clock.Resume();
        }

        Assert.Equal(TimeoutKind.Throughput, clock.Struck);
    }

    [Fact]
    public void Throughput_is_looked_at_once_a_second()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();
        var before = _time.TimerChanges;

        for (var i = 0; i < 240; i++)
        {
            clock.TokenArrived(5);
            _time.Advance(Second / 4);
        }

        Assert.Equal(TimeoutKind.None, clock.Struck);
        Assert.InRange(_time.TimerChanges - before, 59, 61);
    }

    [Fact]
    public void Of_two_limits_of_the_same_length_the_first_tokens_is_told()
    {
        using var clock = Stream(new() { FirstToken = 5 * Second, Attempt = 5 * Second });

        _time.Advance(5 * Second);

        Assert.Equal(TimeoutKind.FirstToken, clock.Struck);
    }

    [Fact]
    public void The_first_tokens_limit_runs_on_while_paused()
    {
        using var clock = Stream(new() { FirstToken = 5 * Second });

        clock.Pause();
        _time.Advance(5 * Second);

        Assert.Equal(TimeoutKind.FirstToken, clock.Struck);
    }

    [Fact]
    public void A_first_token_that_comes_again_does_not_end_the_idle_time()
    {
        using var clock = Stream(new() { Idle = 10 * Second });
        clock.FirstToken();

        _time.Advance(9 * Second);
        clock.FirstToken();
        _time.Advance(Second);

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void A_deadline_of_months_strikes_at_its_end()
    {
        using var clock = Plain(new() { Attempt = default }, callSeconds: 90 * 86_400);

        _time.Advance(90 * TimeSpan.FromDays(1) - Second);
        var before = clock.Struck;
        _time.Advance(Second);

        Assert.Equal((TimeoutKind.None, TimeoutKind.Call), (before, clock.Struck));
        Assert.InRange(_time.TimerChanges, 90, 92);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_timer_keeps_no_ambient_values_of_who_makes_the_clock(bool isSuppressedAlready)
    {
        var time = new TimerSpy();
        using var flow = isSuppressedAlready ? ExecutionContext.SuppressFlow() : default(AsyncFlowControl?);

        using var clock = new AttemptClock(time, new(), true, Deadline.None, CancellationToken.None);

        Assert.Equal((true, isSuppressedAlready), (time.FlowWasSuppressed, ExecutionContext.IsFlowSuppressed()));
    }

    [Fact]
    public void A_limit_of_zero_is_off()
    {
        using var clock = Stream(new() { FirstToken = default, Attempt = default, Idle = default });

        _time.Advance(TimeSpan.FromDays(3));
        clock.FirstToken();
        _time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(TimeoutKind.None, clock.Struck);
        Assert.Equal(0, _time.Armed);
    }

    [Fact]
    public void The_callers_token_cancels_and_nothing_has_struck()
    {
        using var caller = new CancellationTokenSource();
        using var clock = Make(new(), true, null, caller.Token);

        caller.Cancel();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.True(clock.Token.IsCancellationRequested);
        Assert.Equal(TimeoutKind.None, clock.Struck);
    }

    [Fact]
    public void Nothing_strikes_after_disposal()
    {
        var clock = Stream(new());

        clock.Dispose();
        clock.Dispose();
        clock.FirstToken();
        clock.TokenArrived(1);
        clock.Pause();
        clock.Resume();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(TimeoutKind.None, clock.Struck);
        Assert.False(clock.Token.IsCancellationRequested);
        Assert.Equal(0, _time.Armed);
    }

    [Fact]
    public void May_be_disposed_by_what_its_cancellation_runs()
    {
        var clock = Stream(new() { FirstToken = Second });
        clock.Token.Register(clock.Dispose);

        _time.Advance(Second);

        Assert.Equal(TimeoutKind.FirstToken, clock.Struck);
    }

    [Fact]
    public void A_token_costs_no_allocation_and_no_timer()
    {
        using var clock = Stream(new() { MinThroughput = 5 });
        clock.FirstToken();
        clock.TokenArrived(1);
        var changes = _time.TimerChanges;

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            clock.Pause();
            clock.Resume();
            clock.TokenArrived(4);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(changes, _time.TimerChanges);
    }

    [Fact]
    public async Task Disposal_and_the_timer_race_without_harm()
    {
        for (var i = 0; i < 300; i++)
        {
            var clock = Stream(new() { FirstToken = Second });
            var strike = Task.Run(() => _time.Advance(2 * Second));

            clock.FirstToken();
            clock.Dispose();
            await strike;
        }

        Assert.Equal(0, _time.Armed);
    }

    [Fact]
    public async Task Pauses_and_the_timer_race_without_losing_the_idle_limit()
    {
        for (var i = 0; i < 200; i++)
        {
            using var clock = Stream(new() { Idle = Second });
            clock.FirstToken();
            var ticking = Task.Run(() =>
            {
                for (var j = 0; j < 9; j++)
                    _time.Advance(Second / 10);
            });
            for (var j = 0; j < 50; j++)
            {
                clock.Pause();
                clock.Resume();
            }

            await ticking;
            _time.Advance(2 * Second);

            Assert.Equal(TimeoutKind.Idle, clock.Struck);
        }
    }

    [Fact]
    public void Refuses_what_is_null()
    {
        Assert.Throws<ArgumentNullException>(
            "time", () => new AttemptClock(null!, new(), true, Deadline.None, CancellationToken.None));
        Assert.Throws<ArgumentNullException>(
            "options", () => new AttemptClock(_time, null!, true, Deadline.None, CancellationToken.None));
    }

    private AttemptClock Stream(TimeoutOptions options, double? callSeconds = null) =>
        Make(options, true, callSeconds, default);

    private AttemptClock Plain(TimeoutOptions options, double? callSeconds = null) =>
        Make(options, false, callSeconds, default);

    private AttemptClock Make(TimeoutOptions options, bool streaming, double? callSeconds, CancellationToken caller)
    {
        var call = callSeconds is { } seconds ? Deadline.After(seconds * Second, _time) : Deadline.None;
        return new AttemptClock(_time, options, streaming, call, caller);
    }

    private void Trickle(AttemptClock clock, int seconds, int characters)
    {
        for (var i = 0; i < seconds; i++)
        {
            clock.TokenArrived(characters);
            _time.Advance(Second);
        }
    }

    private sealed class TimerSpy : TimeProvider
    {
        public bool FlowWasSuppressed { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            FlowWasSuppressed = ExecutionContext.IsFlowSuppressed();
            return new ManualTimeProvider().CreateTimer(callback, state, dueTime, period);
        }
    }
}
