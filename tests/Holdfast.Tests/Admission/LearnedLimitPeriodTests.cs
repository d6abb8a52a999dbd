namespace Holdfast.Tests.Admission;

/// <summary>When all of a limit is there again, by what its server said before.</summary>
public sealed class LearnedLimitPeriodTests
{
    private readonly LimitInSeconds _limit = new();
    private readonly BegunCall _call;

    public LearnedLimitPeriodTests() => _call = _limit.Begin(1, at: 0);

    [Fact]
    public void A_bucket_that_fills_up_by_half_in_a_minute_takes_two_for_all_of_it()
    {
        _limit.Told(_call, left: 50, reset: 60);

        Assert.Equal(120, PeriodFrom(60));
    }

    // A quarter that takes 46 s, or 45 and a rounded second, is a fill in 180 s, half as long again as the other's 120.
    [Theory]
    [InlineData(46, 120)]
    [InlineData(47, 60)]
    public void Fills_that_differ_by_more_than_half_are_none_but_a_new_count_every_minute(double reset, double period)
    {
        _limit.Told(_call, left: 50, reset: 60);
        _limit.Told(_call, left: 75, reset);

        Assert.Equal(period, PeriodFrom(reset));
    }

    [Fact]
    public void The_same_reset_whatever_was_used_is_a_new_count()
    {
        _limit.Told(_call, left: 75, reset: 60);
        _limit.Told(_call, left: 50, reset: 60);

        Assert.Equal(60, PeriodFrom(60));
    }

    [Fact]
    public void A_new_count_comes_no_sooner_than_the_longest_reset_that_was_said()
    {
        _limit.Told(_call, left: 90, reset: 90);
        _limit.Told(_call, left: 10, reset: 80);

        Assert.Equal(90, PeriodFrom(80));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(130)]
    public void A_full_bucket_says_nothing_about_how_fast_it_fills(long left)
    {
        _limit.Told(_call, left: 50, reset: 60);
        _limit.Told(_call, left, reset: 2);

        Assert.Equal(120, PeriodFrom(2));
    }

    [Fact]
    public void A_reset_that_is_now_says_nothing_about_how_fast_a_bucket_fills()
    {
        _limit.Told(_call, left: 50, reset: 60);
        _limit.Told(_call, left: 50, reset: 0, of: null);

        Assert.Equal(120, PeriodFrom(0));
    }

    [Fact]
    public void No_period_is_longer_than_a_day()
    {
        // A hundredth in two hours.
        _limit.Told(_call, left: 99, reset: 7200);

        Assert.Equal(TimeSpan.FromDays(1).TotalSeconds, PeriodFrom(7200));
    }

    [Fact]
    public void A_new_limit_begins_with_no_estimate_of_its_period()
    {
        _limit.Told(_call, left: 50, reset: 90);
        _limit.Told(_call, left: 200, reset: 10, of: 200);

        _limit.Begin(20, at: 10);

        Assert.Equal(60, _limit.Wait(190, at: 10));
    }

    [Fact]
    public void A_period_that_nobody_tells_of_begins_with_the_first_call_in_it()
    {
        _limit.Told(_call, left: 50, reset: 60);

        _limit.Begin(10, at: 100);

        // From 100 to 220.
        Assert.Equal(110, _limit.Wait(95, at: 110));
    }

    [Fact]
    public void All_of_it_is_there_again_at_the_reset_and_not_before()
    {
        _limit.Told(_call, left: 0, reset: 60);

        Assert.Equal(1, _limit.Wait(1, at: 59));
        Assert.Equal(0, _limit.Wait(1, at: 70));
    }

    [Fact]
    public void A_line_that_comes_after_the_reset_finds_all_of_it()
    {
        _limit.Told(_call, left: 0, reset: 60);

        Assert.Equal(0, _limit.Pace(1, 1, at: 70));
    }

    [Fact]
    public void What_was_taken_since_the_server_spoke_is_missing_at_the_reset()
    {
        _limit.Told(_call, left: 50, reset: 60);
        _limit.Begin(30, at: 1);

        _limit.Begin(40, at: 60);

        // 70 were there, 40 are taken, one is left to others.
        Assert.Equal(29, _limit.Left(at: 60, resetAt: 180));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 120)]
    public void A_call_that_takes_the_whole_limit_begins_a_period_of_which_nothing_is_missing(
        long missing, double wait)
    {
        _limit.Told(_call, left: 50, reset: 60);
        _limit.Begin(missing, at: 1);

        Assert.Equal(wait, _limit.Wait(100, at: 60));
    }

    [Fact]
    public void The_end_of_a_period_that_is_over_is_not_taken_for_that_of_the_one_that_runs()
    {
        _limit.Told(_call, left: 20, reset: 60);
        var second = _limit.Begin(1, at: 1);

        _limit.Told(second, left: 90, reset: 0, at: 10);

        // 20 less the second call, and one that is left to others.
        Assert.Equal(18, _limit.Left(at: 10, resetAt: 60));
    }

    [Fact]
    public void An_answer_that_comes_just_at_the_reset_has_counted_its_call()
    {
        _limit.Told(_call, left: 50, reset: 60);
        var second = _limit.Begin(30, at: 1);

        _limit.Told(second, left: 90, reset: 0, at: 60);
        _limit.Begin(60, at: 60);

        Assert.Equal(39, _limit.Left(at: 60, resetAt: 180));
    }

    /// <summary>How long a period takes that begins now, and of which nothing was said.</summary>
    private double PeriodFrom(double now)
    {
        _limit.Begin(10, now);
        // More than is left of 100 now.
        return _limit.Wait(95, now);
    }
}
