using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>
/// Where what a call takes is an estimate: it may be more, of one call and, by what the server says, of all.
/// </summary>
public sealed class LearnedLimitDoubtTests
{
    private readonly LimitInSeconds _limit = new(new LearnedLimits(doubt: 0.5));

    // A fiftieth of 300 is left to others: 294. A call of half of them may begin in its share of the minute.
    [Theory]
    [InlineData(147, 30)]
    [InlineData(148, 60)]
    public void A_call_begins_when_twice_the_doubt_more_than_its_estimate_is_left(long cost, double wait)
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 300, reset: 60, of: 1000);

        Assert.Equal(wait, _limit.Wait(cost, at: 0));
    }

    // A fiftieth of 512 is left to others: 501.76.
    [Theory]
    [InlineData(400, 47.832)]
    [InlineData(501, 59.909)]
    [InlineData(502, 60)]
    public void Of_a_large_call_no_more_than_half_of_the_limit_has_to_be_left_beyond_its_own_estimate(
        long cost, double wait)
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 512, reset: 60, of: 1000);

        Assert.Equal(wait, _limit.Wait(cost, at: 0));
    }

    [Fact]
    public void What_the_server_counts_of_the_estimates_is_what_the_next_ones_are_expected_to_take()
    {
        _limit.Told(_limit.Begin(100, at: 0), left: 700, reset: 60, of: 1000);
        // Three times as much as was estimated is gone.
        _limit.Told(_limit.Begin(100, at: 0), left: 400, reset: 60, of: 1000);

        // 392 are left to calls; one of 10 takes 30 of them.
        Assert.Equal(4.592, _limit.Wait(10, at: 0));
        Assert.Equal(9.184, _limit.Pace(2, 20, at: 0));
        // Of 65 may come 390, twice 195; of 66 more than is left.
        Assert.NotEqual(60, _limit.Wait(65, at: 0));
        Assert.Equal(60, _limit.Wait(66, at: 0));
    }

    [Fact]
    public void Calls_that_the_server_has_not_counted_yet_are_counted_as_the_others_were()
    {
        _limit.Told(_limit.Begin(100, at: 0), left: 700, reset: 60, of: 1000);
        _limit.Told(_limit.Begin(100, at: 0), left: 400, reset: 60, of: 1000);

        _limit.Begin(10, at: 0);

        // Three times as much, and 1.5 times that: 45 of the 400.
        Assert.Equal((400 - 45) * 0.98 / 3, _limit.Left(at: 0, resetAt: 60), 2);
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(250, 2)]
    [InlineData(50, 8)]
    public void Estimates_are_multiplied_by_one_to_eight(long estimated, double by)
    {
        _limit.Told(_limit.Begin(10, at: 0), left: 900, reset: 60, of: 1000);
        _limit.Told(_limit.Begin(estimated, at: 0), left: 400, reset: 60, of: 1000);

        Assert.Equal(60 * by / 392, _limit.Wait(1, at: 0), 3);
    }

    [Fact]
    public void What_was_counted_on_an_earlier_clock_counts_on()
    {
        _limit.Told(_limit.Begin(100, at: 0), left: 700, reset: 60, of: 1000);

        _limit.Shift(100);
        _limit.Told(_limit.Begin(100, at: 100), left: 400, reset: 60, at: 100, of: 1000);

        Assert.Equal(4.592, _limit.Wait(10, at: 100));
    }

    [Fact]
    public void However_much_more_than_estimated_is_counted_no_call_waits_for_more_than_all_there_is()
    {
        _limit.Told(_limit.Begin(10, at: 0), left: 900, reset: 60, of: 1000);
        _limit.Told(_limit.Begin(50, at: 0), left: 500, reset: 60, of: 1000);

        // Eight times 300; at the reset all is there again, and nothing has begun for longer than it takes.
        Assert.Equal(60, _limit.Wait(300, at: 0));
        Assert.Equal(0, _limit.Wait(300, at: 130));
    }

    [Fact]
    public void Where_each_takes_one_the_calls_of_others_are_no_reason_to_count_more()
    {
        var limit = new LimitInSeconds();
        limit.Told(limit.Begin(100, at: 0), left: 700, reset: 60, of: 1000);
        limit.Told(limit.Begin(100, at: 0), left: 400, reset: 60, of: 1000);

        Assert.Equal(1.531, limit.Wait(10, at: 0));
    }
}
