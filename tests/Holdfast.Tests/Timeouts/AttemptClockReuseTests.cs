using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class AttemptClockReuseTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeoutOptions Limits = new() { Attempt = 10 * Second };
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_lent_token_goes_to_the_next_clock()
    {
        var first = Lent();
        first.Dispose();

        using var second = Lent();

        Assert.Equal(first.Token, second.Token);
        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void Clocks_that_lend_their_tokens_allocate_nothing()
    {
        using var caller = new CancellationTokenSource();
        Use(caller.Token);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Use(caller.Token);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        void Use(CancellationToken token)
        {
            using var clock = Lent(token);
        }
    }

    [Fact]
    public void A_clock_that_struck_never_serves_again()
    {
        var first = Lent();
        _time.Advance(10 * Second);
        first.Dispose();

        using var second = Lent();

        Assert.NotEqual(first.Token, second.Token);
        Assert.False(second.Token.IsCancellationRequested);
        Assert.Equal(TimeoutKind.Attempt, first.Struck);
        Assert.Equal(TimeoutKind.None, second.Struck);
    }

    [Fact]
    public void A_clock_that_its_caller_cancelled_never_serves_again()
    {
        using var caller = new CancellationTokenSource();
        var first = Lent(caller.Token);
        caller.Cancel();
        first.Dispose();

        using var second = Lent();

        Assert.NotEqual(first.Token, second.Token);
        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_caller_who_had_left_before_cancels_his_clock_and_no_later_one()
    {
        var first = Lent(new CancellationToken(canceled: true));
        var isCancelled = first.Token.IsCancellationRequested;
        first.Dispose();

        using var second = Lent();

        Assert.True(isCancelled);
        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_caller_who_leaves_late_cancels_no_later_clock()
    {
        using var caller = new CancellationTokenSource();
        Lent(caller.Token).Dispose();
        using var second = Lent();

        caller.Cancel();

        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_token_that_was_kept_is_never_cancelled_by_a_later_clock()
    {
        var first = Own();
        first.Dispose();
        using var second = Own();
        using var third = Lent();

        _time.Advance(20 * Second);

        Assert.True(second.Token.IsCancellationRequested);
        Assert.True(third.Token.IsCancellationRequested);
        Assert.False(first.Token.IsCancellationRequested);
        Assert.Equal(TimeoutKind.None, first.Struck);
    }

    [Fact]
    public void A_token_that_was_lent_never_becomes_anybodys_own()
    {
        var first = Lent();
        first.Dispose();

        using var second = Own();

        Assert.NotEqual(first.Token, second.Token);
    }

    [Fact]
    public void What_was_registered_on_a_lent_token_is_dropped_with_its_clock()
    {
        var calls = 0;
        var first = Lent();
        first.Token.Register(() => calls++);
        first.Dispose();
        using var second = Lent();

        _time.Advance(20 * Second);

        Assert.True(second.Token.IsCancellationRequested);
        Assert.Equal(0, calls);
    }

    [Fact]
    public void Disposing_of_an_old_clock_does_not_stop_the_next_one()
    {
        var first = Lent();
        first.Dispose();
        using var second = Lent();

        first.Dispose();
        _time.Advance(10 * Second);

        Assert.Equal(TimeoutKind.Attempt, second.Struck);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(10, 30)]
    [InlineData(10, 10)]
    public void The_next_clock_strikes_by_its_own_limit(int firstSeconds, int secondSeconds)
    {
        Lent(limits: new() { Attempt = firstSeconds * Second }).Dispose();
        _time.Advance(Second / 3);
        using var second = Lent(limits: new() { Attempt = secondSeconds * Second });

        _time.Advance((secondSeconds * Second) - TimeSpan.FromTicks(1));
        var before = second.Struck;
        // Whole milliseconds: a timer that was set for the first clock may have rung in between two of them.
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(TimeoutKind.None, before);
        Assert.Equal(TimeoutKind.Attempt, second.Struck);
    }

    [Fact]
    public void Clocks_one_after_the_other_set_one_timer_once()
    {
        Lent().Dispose();
        var before = _time.TimerChanges;

        for (var i = 0; i < 100; i++)
        {
            Lent().Dispose();
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(before, _time.TimerChanges);
        Assert.Equal(1, _time.Armed);
    }

    [Fact]
    public void A_timer_that_nobody_needs_any_more_rings_once_and_rests()
    {
        Lent().Dispose();

        _time.Advance(10 * Second);

        Assert.Equal(0, _time.Armed);
    }

    [Fact]
    public void A_streams_clock_is_its_own_and_leaves_no_timer()
    {
        var first = Make(Limits, streaming: true, default, lend: true);
        first.Dispose();
        var armed = _time.Armed;

        using var second = Make(Limits, streaming: true, default, lend: true);

        Assert.Equal(0, armed);
        Assert.NotEqual(first.Token, second.Token);
    }

    [Fact]
    public void What_belongs_to_streams_is_ignored_by_a_plain_call()
    {
        using var clock = Lent();

        clock.Pause();
        clock.TokenArrived(5);
        clock.FirstToken();
        _time.Advance(10 * Second);

        Assert.Equal(TimeoutKind.Attempt, clock.Struck);
    }

    [Fact]
    public void The_clock_of_nobody_is_harmless()
    {
        AttemptClock clock = default;

        clock.FirstToken();
        clock.TokenArrived(1);
        clock.Pause();
        clock.Resume();
        clock.Dispose();

        Assert.False(clock.Token.CanBeCanceled);
        Assert.Equal(TimeoutKind.None, clock.Struck);
    }

    private AttemptClock Lent(CancellationToken caller = default, TimeoutOptions? limits = null) =>
        Make(limits ?? Limits, streaming: false, caller, lend: true);

    private AttemptClock Own() => Make(Limits, streaming: false, default, lend: false);

    private AttemptClock Make(TimeoutOptions limits, bool streaming, CancellationToken caller, bool lend) =>
        new(_time, limits, streaming, Deadline.None, caller, lend);
}
