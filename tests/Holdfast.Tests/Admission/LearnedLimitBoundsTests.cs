namespace Holdfast.Tests.Admission;

/// <summary>How long a call and a line wait for what a server says is left, to the exact bounds.</summary>
public sealed class LearnedLimitBoundsTests
{
    private readonly LimitInSeconds _limit = new();

    // One in fifty, but of a limit below a thousand at least one call, and never more than one in twenty of the limit.
    [Theory]
    [InlineData(1000, 500, 490)]
    [InlineData(1000, 40, 39)]
    [InlineData(100, 25, 24)]
    [InlineData(10, 5, 4.5)]
    public void A_little_of_what_is_left_is_left_to_others(long of, long told, double left)
    {
        _limit.Told(_limit.Begin(1, at: 0), told, reset: 60, of: of);

        Assert.Equal(left, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void A_call_waits_until_its_share_of_the_time_has_passed_since_the_last_one_began()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 25, reset: 60);

        // 24 of them in 60 seconds are 2.5 seconds each.
        Assert.Equal(2.5, _limit.Wait(1, at: 0));
        Assert.Equal(5, _limit.Wait(2, at: 0));
        // 24 of them in 59 seconds, and one second of it has passed.
        Assert.Equal(1.458, _limit.Wait(1, at: 1));
        Assert.Equal(0, _limit.Wait(1, at: 3));
    }

    [Theory]
    [InlineData(39, 0)]
    [InlineData(40, 4.453)]
    public void Calls_go_as_they_come_while_half_of_the_limit_is_left_after_them(long cost, double wait)
    {
        // A fiftieth of 550 is left to others: 539. 39 of them leave 500, the half; 40 take 40 / 539 of the minute.
        _limit.Told(_limit.Begin(1, at: 0), left: 550, reset: 60, of: 1000);

        Assert.Equal(wait, _limit.Wait(cost, at: 0));
        Assert.Equal(wait, _limit.Pace(1, cost, at: 0));
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 30)]
    public void The_last_that_is_left_may_go_after_its_share_of_the_time_and_what_is_more_at_the_reset(
        long cost, double wait)
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 10, reset: 60);

        Assert.Equal(wait, _limit.Wait(cost, at: 30));
    }

    [Theory]
    [InlineData(98, 0)]
    [InlineData(99, 30)]
    [InlineData(100, 30)]
    public void A_call_that_costs_all_but_the_margin_has_its_share_and_a_dearer_one_a_period_of_its_own(
        long cost, double wait)
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 100, reset: 60);

        Assert.Equal(wait, _limit.Wait(cost, at: 30));
    }

    [Fact]
    public void A_call_that_takes_nothing_waits_for_nothing()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60);

        Assert.Equal(0, _limit.Wait(0, at: 0));
        Assert.Equal(0, _limit.Pace(0, 0, at: 0));
    }

    [Fact]
    public void Nobody_waits_for_a_limit_that_nothing_was_said_of()
    {
        _limit.Begin(1, at: 0);

        Assert.Equal(0, _limit.Wait(1, at: 0));
        Assert.Equal(0, _limit.Pace(1, 1, at: 0));
    }

    [Fact]
    public void A_limit_that_was_said_stays_said_while_later_answers_leave_it_out()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60);
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60, of: null);

        // More than there ever is: the server has to say so itself.
        Assert.Equal(0, _limit.Wait(200, at: 0));
    }

    [Fact]
    public void The_most_that_was_ever_left_is_no_limit_that_was_said()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 100, reset: 60, of: null);
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60, of: null);

        Assert.Equal(60, _limit.Wait(200, at: 0));
    }

    [Fact]
    public void A_limit_that_was_said_is_outgrown_by_an_answer_that_leaves_more()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60);
        _limit.Told(_limit.Begin(1, at: 0), left: 150, reset: 60, of: null);

        Assert.Equal(60, _limit.Wait(200, at: 0));
    }

    [Fact]
    public void A_line_takes_its_part_of_the_time_while_there_is_enough_for_it()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 25, reset: 60);

        Assert.Equal(30, _limit.Pace(12, 12, at: 0));
        Assert.Equal(60, _limit.Pace(24, 24, at: 0));
    }

    [Theory]
    [InlineData(0, 40, 60)]
    [InlineData(0, 250, 180)]
    [InlineData(25, 100, 80.8)]
    public void What_one_period_does_not_serve_the_next_ones_do_and_half_of_the_last_at_once(
        long left, int calls, double pace)
    {
        // With none left: 60 s, then 250 less 50 at a hundred a minute. With 24: all of it fills up in 80 s, so 60 s,
        // then 100 less 24 less 50 at a hundred in 80 s.
        _limit.Told(_limit.Begin(1, at: 0), left, reset: 60);

        Assert.Equal(pace, _limit.Pace(calls, calls, at: 0));
    }

    [Fact]
    public void A_call_in_a_line_takes_no_more_than_all_there_is()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 0, reset: 60);

        // As one of a hundred: 60 s, then 100 less 50 at a hundred a minute.
        Assert.Equal(90, _limit.Pace(1, 250, at: 0));
    }

    [Fact]
    public void On_another_clock_the_last_call_began_as_long_ago()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 25, reset: 60);

        _limit.Shift(100);

        Assert.Equal(2.5, _limit.Wait(1, at: 100));
    }
}
