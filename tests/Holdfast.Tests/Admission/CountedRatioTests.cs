using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>How many times as much as was estimated a server counts, by its readings alone.</summary>
public sealed class CountedRatioTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private CountedRatio _ratio;
    private double _fill;

    [Fact]
    public void Is_one_until_enough_was_taken_to_say()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 700, mark: 149);

        Assert.Equal(1, _ratio.Value);

        Learn(left: 696, mark: 150);

        Assert.Equal(204 / 50d, _ratio.Value, 6);
    }

    [Fact]
    public void Is_what_went_over_what_was_estimated()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 800, mark: 200);
        Learn(left: 500, mark: 300);

        Assert.Equal(2, _ratio.Value, 6);
    }

    [Fact]
    public void Calls_that_overtake_each_other_do_not_change_it()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 700, mark: 200);
        // It came before the one before it.
        Learn(left: 800, mark: 300);

        Assert.Equal(1, _ratio.Value);

        Learn(left: 600, mark: 350);

        Assert.Equal(300 / 250d, _ratio.Value, 6);
    }

    [Fact]
    public void A_new_count_says_nothing_by_its_reset()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 600, mark: 200);
        Learn(left: 550, mark: 300, at: 70, reset: 60);
        Learn(left: 250, mark: 400, at: 70, reset: 60);

        Assert.Equal(3, _ratio.Value, 6);
    }

    [Fact]
    public void What_others_take_between_two_answers_to_one_call_is_not_its_own()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 600, mark: 100);
        Learn(left: 500, mark: 200);

        Assert.Equal(1, _ratio.Value);
    }

    [Theory]
    [InlineData(850, 350 / 300d)]
    [InlineData(851, 3)]
    public void A_quarter_more_may_be_calls_that_overtook_each_other(long left, double ratio)
    {
        Learn(left: 900, mark: 100);
        Learn(left: 600, mark: 200);
        Learn(left, mark: 300);
        Learn(left - 300, mark: 400);

        Assert.Equal(ratio, _ratio.Value, 6);
    }

    [Theory]
    [InlineData(70, 1.75)]
    [InlineData(70.1, 3)]
    public void A_reset_that_moves_by_half_of_what_was_left_is_another_ones(double resetAt, double ratio)
    {
        Learn(left: 900, mark: 100, at: 40, reset: 20);
        Learn(left: 600, mark: 200, at: 40, reset: 20);
        Learn(left: 550, mark: 300, at: 40, reset: resetAt - 40);

        Assert.Equal(ratio, _ratio.Value, 6);
    }

    [Fact]
    public void Twice_the_limit_is_remembered_whole()
    {
        Learn(left: 1000, mark: 0);
        Learn(left: 0, mark: 500);
        Learn(left: 1000, mark: 500);
        Learn(left: 0, mark: 1000);
        Learn(left: 1000, mark: 1000);
        Learn(left: 0, mark: 2000);
        Learn(left: 0, mark: 2500);

        Assert.Equal(3000 / 2500d, _ratio.Value, 6);
    }

    [Fact]
    public void What_comes_back_all_the_time_was_taken_too()
    {
        _fill = 60 * Second;
        Learn(left: 600, mark: 100);
        // 100 came back in six seconds, and 300 are gone.
        Learn(left: 400, mark: 200, at: 6);

        Assert.Equal(3, _ratio.Value, 6);
    }

    [Fact]
    public void No_more_than_all_comes_back()
    {
        _fill = 60 * Second;
        Learn(left: 600, mark: 100);
        Learn(left: 800, mark: 200, at: 3600);

        Assert.Equal(2, _ratio.Value, 6);
    }

    [Fact]
    public void What_was_long_ago_counts_less_and_less()
    {
        var mark = 0;
        Learn(left: 1000, mark);
        for (var minute = 0; minute < 20; minute++)
        {
            Learn(left: 1000, mark, at: minute * 60);
            Learn(left: 200, mark += 200, at: minute * 60);
        }

        Assert.Equal(4, _ratio.Value, 3);

        for (var minute = 20; minute < 50; minute++)
        {
            Learn(left: 1000, mark, at: minute * 60);
            Learn(left: 200, mark += 800, at: minute * 60);
        }

        Assert.InRange(_ratio.Value, 1, 1.02);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(long.MaxValue)]
    public void More_left_than_all_there_is_is_all_there_is(long left)
    {
        Learn(left: 900, mark: 100);
        Learn(left, mark: 200);
        Learn(left: 900, mark: 300);

        Assert.Equal(1, _ratio.Value, 6);
    }

    [Fact]
    public void Another_limit_begins_anew()
    {
        Learn(left: 900, mark: 100);
        Learn(left: 600, mark: 200);

        _ratio.Learn(2000, 500, 300, 0, 60 * Second, _fill);

        Assert.Equal(1, _ratio.Value);
    }

    [Fact]
    public void Resets_move_to_another_clock()
    {
        Learn(left: 900, mark: 100);

        _ratio.Shift(500 * Second);
        Learn(left: 600, mark: 200, at: 500);

        Assert.Equal(3, _ratio.Value, 6);
    }

    [Fact]
    public void Moments_move_to_another_clock()
    {
        _fill = 60 * Second;
        Learn(left: 600, mark: 100);

        _ratio.Shift(-500 * Second);
        Learn(left: 400, mark: 200, at: -494);

        Assert.Equal(3, _ratio.Value, 6);
    }

    private void Learn(long left, long mark, double at = 0, double reset = 60) =>
        _ratio.Learn(1000, left, mark, (long)(at * Second), (long)((at + reset) * Second), _fill);
}
