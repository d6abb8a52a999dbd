using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>What a server may not have counted when it answered a call, of those that began just before it.</summary>
public sealed class RecentCallsTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Minute = 60 * Second;

    private readonly RecentCalls _calls = new();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(300)]
    [InlineData(4096)]
    public void Of_a_crowd_that_has_no_answers_yet_all_may_be_uncounted(int calls)
    {
        Begin(calls, at: 0);

        Assert.Equal(calls, Uncounted(calls, since: 0));
        Assert.Equal(calls - 1, Uncounted(calls - 1, since: 0));
    }

    [Fact]
    public void No_more_than_4096_are_kept()
    {
        Begin(5000, at: 0);

        Assert.Equal(4096, Uncounted(5000, since: 0));
        Assert.Equal(0, Uncounted(500, since: 0));
    }

    [Fact]
    public void Those_that_began_earlier_are_counted()
    {
        Begin(3, at: 1);
        Begin(4, at: 2);
        Begin(5, at: 3);

        Assert.Equal(9, Uncounted(12, since: 2));
        Assert.Equal(0, Uncounted(12, since: 4));
        Assert.Equal(7, Uncounted(7, since: 1));
    }

    [Fact]
    public void One_with_an_answer_is_counted_unless_it_says_that_less_is_left()
    {
        Begin(3, at: 0);
        Assert.Equal(1, _calls.Told(1, 0, remaining: 40, resetAt: Minute));
        Assert.Equal(1, _calls.Told(2, 0, remaining: 60, resetAt: Minute));

        Assert.Equal(2, Uncounted(3, since: 0));
        Assert.Equal(0, _calls.Told(1, 0, remaining: 40, resetAt: Minute));
    }

    [Theory]
    [InlineData(9, 1)]
    [InlineData(10, 0)]
    [InlineData(-9, 1)]
    [InlineData(-10, 0)]
    public void Answers_of_different_periods_are_not_compared(int seconds, int uncounted)
    {
        Begin(2, at: 0);
        _calls.Told(1, 0, remaining: 40, resetAt: Minute + (seconds * Second));
        _calls.Ended(2, 0, isUnserved: false);

        Assert.Equal(uncounted, _calls.Uncounted(2, 0, remaining: 50, Minute, apart: 10 * Second));
    }

    [Fact]
    public void A_call_is_known_by_its_mark_and_when_it_began()
    {
        _calls.Begin(5, 0);
        _calls.Begin(2, 1);

        Assert.Equal(0, _calls.Ended(4, 0, isUnserved: false));
        Assert.Equal(0, _calls.Ended(6, 0, isUnserved: false));
        Assert.Equal(0, _calls.Ended(7, 0, isUnserved: false));
        Assert.Equal(2, _calls.Ended(7, 1, isUnserved: false));
        Assert.Equal(0, _calls.Ended(8, 1, isUnserved: false));
        Assert.Equal(5, _calls.Ended(5, 0, isUnserved: false));
    }

    [Fact]
    public void What_came_to_nothing_after_a_mark_is_known_until_others_take_its_room()
    {
        Begin(64, at: 0);
        for (var mark = 1; mark <= 64; mark++)
        {
            _calls.Ended(mark, 0, isUnserved: mark % 2 == 0);
        }

        Assert.Equal(32, _calls.Unserved(0));
        Assert.Equal(2, _calls.Unserved(60));
        Assert.Equal(2, _calls.Unserved(61));
        Assert.Equal(0, _calls.Unserved(64));

        Begin(62, at: 1);

        Assert.Equal(1, _calls.Unserved(0));
        Begin(2, at: 1);
        Assert.Equal(0, _calls.Unserved(0));
    }

    [Fact]
    public void Calls_with_answers_make_room_before_more_are_kept()
    {
        Begin(64, at: 0);
        _calls.Ended(1, 0, isUnserved: true);

        Begin(1, at: 0);
        Assert.Equal(0, _calls.Unserved(0));
        Assert.Equal(64, Uncounted(65, since: 0));

        Begin(1, at: 0);
        Assert.Equal(65, Uncounted(66, since: 0));
    }

    [Fact]
    public void A_copy_goes_its_own_way()
    {
        Begin(2, at: 0);
        var copy = _calls.Copy();
        copy.Shift(Second);

        copy.Ended(1, Second, isUnserved: false);

        Assert.Equal(2, Uncounted(2, since: 0));
        Assert.Equal(1, copy.Uncounted(2, Second, 50, Minute, Second));
    }

    private void Begin(int calls, long at)
    {
        for (var i = 0; i < calls; i++)
        {
            _calls.Begin(1, at);
        }
    }

    private long Uncounted(long mark, long since) => _calls.Uncounted(mark, since, remaining: 50, Minute, Second);
}
