namespace Holdfast.Tests.Admission;

/// <summary>
/// What is left while calls are under way, whose answers come in any order or never. Of a limit of 100 that is used by
/// half or more, one is left to others.
/// </summary>
public sealed class LearnedLimitCountingTests
{
    private readonly LimitInSeconds _limit = new();

    [Theory]
    [InlineData(1, 24)]
    [InlineData(1.1, 29)]
    public void A_call_that_began_up_to_a_second_before_the_one_that_was_answered_may_not_be_counted(
        double later, double left)
    {
        _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: later);

        _limit.Told(answered, left: 30, reset: 60);

        Assert.Equal(left, _limit.Left(at: later, resetAt: later + 60));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void A_call_that_was_not_counted_is_taken_off_no_more_when_it_has_ended(double later, bool isServed)
    {
        var overtaken = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: later);
        _limit.Told(answered, left: 30, reset: 60);

        End(overtaken, isServed);

        Assert.Equal(29, _limit.Left(at: later, resetAt: later + 60));
    }

    [Fact]
    public void What_is_under_way_is_taken_off_also_when_the_call_that_was_answered_took_nothing()
    {
        _limit.Begin(5, at: 0);
        var underWay = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(0, at: 0.1);

        _limit.Told(answered, left: 30, reset: 60);
        Assert.Equal(19, _limit.Left(at: 0.1, resetAt: 60.1));

        _limit.Ended(underWay);
        Assert.Equal(24, _limit.Left(at: 0.1, resetAt: 60.1));
    }

    [Fact]
    public void A_call_that_comes_to_nothing_gives_nothing_back_of_what_was_said_after_it()
    {
        var underWay = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(0, at: 0.1);
        _limit.Told(answered, left: 30, reset: 60);

        _limit.EndedUnserved(underWay);

        Assert.Equal(29, _limit.Left(at: 0.1, resetAt: 60.1));
    }

    [Fact]
    public void What_came_to_nothing_before_the_server_spoke_is_not_given_back_once_more()
    {
        var failed = _limit.Begin(5, at: 0);
        _limit.EndedUnserved(failed);
        var answered = _limit.Begin(0, at: 0.1);

        _limit.Told(answered, left: 30, reset: 60);

        Assert.Equal(29, _limit.Left(at: 0.1, resetAt: 60.1));
    }

    [Fact]
    public void The_end_of_a_call_that_began_after_the_answered_one_does_not_count_for_those_before()
    {
        var overtaken = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: 0);
        var later = _limit.Begin(5, at: 0);
        _limit.Told(answered, left: 30, reset: 60);

        _limit.Ended(later);
        Assert.Equal(19, _limit.Left(at: 0, resetAt: 60));

        _limit.Ended(overtaken);
        Assert.Equal(24, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void The_end_of_a_call_that_was_counted_does_not_count_for_one_that_was_not()
    {
        var counted = _limit.Begin(5, at: 0);
        _limit.Begin(5, at: 5);
        var answered = _limit.Begin(1, at: 5);
        _limit.Told(answered, left: 30, reset: 60);

        _limit.Ended(counted);

        Assert.Equal(24, _limit.Left(at: 5, resetAt: 65));
    }

    [Theory]
    [InlineData(true, 30)]
    [InlineData(false, 40)]
    public void Of_the_later_calls_only_what_came_to_nothing_is_given_back_to_what_an_earlier_ones_answer_leaves(
        bool isServed, double left)
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 90, reset: 60);
        var answered = _limit.Begin(1, at: 0);
        End(_limit.Begin(10, at: 0), isServed);

        _limit.Told(answered, left: 41, reset: 60);

        Assert.Equal(left, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void What_comes_to_nothing_in_the_next_period_is_missing_there_no_more()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 50, reset: 60);
        var failed = _limit.Begin(10, at: 1);
        _limit.Begin(10, at: 1);
        Assert.Equal(0, _limit.Wait(1, at: 60));

        _limit.EndedUnserved(failed);
        _limit.Begin(60, at: 60);

        // 80, and 10 that came back.
        Assert.Equal(29, _limit.Left(at: 60, resetAt: 180));
    }

    [Fact]
    public void What_came_to_nothing_in_the_next_period_is_not_given_back_in_the_one_after()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 50, reset: 60);
        var failed = _limit.Begin(10, at: 1);
        Assert.Equal(0, _limit.Wait(1, at: 60));
        _limit.EndedUnserved(failed);
        Assert.Equal(0, _limit.Wait(1, at: 180));

        _limit.Begin(60, at: 180);

        Assert.Equal(39, _limit.Left(at: 180, resetAt: 300));
    }

    [Fact]
    public void No_more_than_the_limit_comes_back()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 50, reset: 60);
        BegunCall[] failed = [_limit.Begin(50, at: 1), _limit.Begin(50, at: 2), _limit.Begin(50, at: 3)];
        Assert.Equal(120, _limit.Wait(1, at: 60));

        foreach (var call in failed)
            _limit.EndedUnserved(call);
        _limit.Begin(60, at: 60);

        Assert.Equal(39, _limit.Left(at: 60, resetAt: 180));
    }

    // A second: many round their resets up.
    [Theory]
    [InlineData(60, 60, 49)]
    [InlineData(40, 60, 39)]
    [InlineData(40, 59, 39)]
    [InlineData(40, 58.9, 49)]
    public void An_overtaken_answer_counts_where_it_leaves_less_of_the_same_period(
        long told, double reset, double left)
    {
        var overtaken = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: 0);
        _limit.Told(answered, left: 50, reset: 60);

        _limit.Told(overtaken, told, reset);

        Assert.Equal(left, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void An_answer_to_a_call_that_was_counted_says_nothing_new()
    {
        var counted = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: 5);
        _limit.Told(answered, left: 50, reset: 60);

        _limit.Told(counted, left: 20, reset: 60, at: 5);

        Assert.Equal(49, _limit.Left(at: 5, resetAt: 65));
    }

    [Fact]
    public void An_overtaken_answer_that_comes_at_the_reset_is_the_first_of_the_next_period()
    {
        var overtaken = _limit.Begin(1, at: 0);
        var answered = _limit.Begin(10, at: 0);
        _limit.Told(answered, left: 40, reset: 10);

        _limit.Told(overtaken, left: 41, reset: 60, at: 10);

        // Less the other one, which began later.
        Assert.Equal(30, _limit.Left(at: 10, resetAt: 70));
    }

    // Within half of the 30 seconds of the second answer both tell of one period, and it had not counted the first
    // call.
    [Theory]
    [InlineData(30, 39)]
    [InlineData(30.5, 39)]
    [InlineData(44.9, 39)]
    [InlineData(45, 44)]
    [InlineData(75, 44)]
    [InlineData(15.1, 39)]
    [InlineData(15, 44)]
    public void An_earlier_call_whose_answer_left_less_of_the_same_period_is_not_in_what_a_later_ones_leaves(
        double resetOfFirst, double left)
    {
        var first = _limit.Begin(5, at: 0);
        var second = _limit.Begin(1, at: 0);
        _limit.Told(first, left: 40, resetOfFirst);

        _limit.Told(second, left: 45, reset: 30);

        Assert.Equal(left, _limit.Left(at: 0, resetAt: 30));
    }

    [Fact]
    public void An_earlier_call_whose_answer_left_as_much_is_in_what_a_later_ones_leaves()
    {
        var first = _limit.Begin(5, at: 0);
        var second = _limit.Begin(1, at: 0);
        _limit.Told(first, left: 45, reset: 30);

        _limit.Told(second, left: 45, reset: 30);

        Assert.Equal(44, _limit.Left(at: 0, resetAt: 30));
    }

    [Fact]
    public void Calls_that_take_nothing_do_not_make_it_forget_those_that_do()
    {
        _limit.Begin(5, at: 0);
        for (var i = 0; i < 64; i++)
            _limit.Begin(0, at: 0);
        var answered = _limit.Begin(1, at: 0);

        _limit.Told(answered, left: 30, reset: 60);

        Assert.Equal(24, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void On_another_clock_it_knows_the_calls_under_way_again()
    {
        var overtaken = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: 0);
        _limit.Told(answered, left: 30, reset: 60);

        _limit.Shift(-500);
        _limit.Ended(overtaken with { At = -500 });

        Assert.Equal(29, _limit.Left(at: -500, resetAt: -440));
    }

    [Fact]
    public void On_another_clock_answers_tell_of_the_same_period()
    {
        var first = _limit.Begin(5, at: 0);
        var second = _limit.Begin(1, at: 0);
        _limit.Told(first, left: 40, reset: 30);

        _limit.Shift(-500);
        _limit.Told(second with { At = -500 }, left: 45, reset: 30);

        Assert.Equal(39, _limit.Left(at: -500, resetAt: -470));
    }

    [Fact]
    public void The_first_answer_counts_on_another_clock_too()
    {
        _limit.Shift(5000);
        var first = _limit.Begin(0, at: 0);

        _limit.Told(first, left: 30, reset: 60);

        Assert.Equal(29, _limit.Left(at: 0, resetAt: 60));
    }

    [Fact]
    public void A_copy_goes_its_own_way()
    {
        var overtaken = _limit.Begin(5, at: 0);
        var answered = _limit.Begin(1, at: 0);
        _limit.Told(answered, left: 30, reset: 60);
        var copy = _limit.Copy();

        _limit.Ended(overtaken);
        Assert.Equal(24, copy.Left(at: 0, resetAt: 60));

        copy.Ended(overtaken);
        Assert.Equal(29, copy.Left(at: 0, resetAt: 60));
    }

    private void End(BegunCall call, bool isServed)
    {
        if (isServed)
            _limit.Ended(call);
        else
            _limit.EndedUnserved(call);
    }
}
