using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class DeadlineTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Runs_down_and_passes()
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(10), _time);

        _time.Advance(TimeSpan.FromSeconds(4));
        var left = deadline.Remaining;
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(TimeSpan.FromSeconds(6), left);
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
        Assert.True(deadline.HasPassed);
    }

    [Fact]
    public void A_wait_fits_only_when_time_is_left_after_it()
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(10), _time);

        Assert.True(deadline.Fits(TimeSpan.FromSeconds(9.9)));
        Assert.False(deadline.Fits(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void None_never_passes_and_is_the_default()
    {
        Assert.True(default(Deadline).IsNone);
        Assert.True(Deadline.After(TimeSpan.MaxValue, _time).IsNone);
        Assert.False(Deadline.None.HasPassed);
        Assert.Equal(TimeSpan.MaxValue, Deadline.None.Remaining);
        Assert.True(Deadline.None.Fits(TimeSpan.FromDays(1000)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void No_time_has_passed_at_once(int seconds) =>
        Assert.True(Deadline.After(TimeSpan.FromSeconds(seconds), _time).HasPassed);

    [Fact]
    public void A_clock_that_goes_back_makes_it_no_longer()
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(10), _time);

        _time.GoBack(TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.FromSeconds(10), deadline.Remaining);
    }

    [Fact]
    public void Of_two_the_sooner_one_counts()
    {
        var early = Deadline.After(TimeSpan.FromSeconds(1), _time);
        var late = Deadline.After(TimeSpan.FromSeconds(2), _time);

        Assert.Equal(early.Remaining, late.Sooner(early).Remaining);
        Assert.Equal(early.Remaining, early.Sooner(late).Remaining);
        Assert.Equal(early.Remaining, Deadline.None.Sooner(early).Remaining);
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var minus = TimeSpan.FromSeconds(-1);
        var options = new TimeoutOptions
        {
            Connect = minus,
            FirstToken = minus,
            Idle = minus,
            Attempt = TimeSpan.FromDays(2),
            Call = TimeSpan.Zero,
            MinThroughput = double.NaN,
        };

        Assert.Equal(6, options.Problems().Count());
        Assert.Empty(new TimeoutOptions().Problems());
    }

    [Fact]
    public void Refuses_no_clock() =>
        Assert.Throws<ArgumentNullException>("time", () => Deadline.After(TimeSpan.FromSeconds(1), null!));
}
