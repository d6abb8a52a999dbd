namespace Holdfast.Tests.Admission;

/// <summary>
/// What a server says to several of whom nobody knows whether they draw on one limit: each is held to apart.
/// </summary>
public sealed class LearnedLimitAccountsTests
{
    private readonly LimitInSeconds _limit = new();

    [Fact]
    public void The_strictest_word_holds_whoever_was_spoken_to_last()
    {
        Told("a", left: 20, reset: 40);
        Told("b", left: 90, reset: 60);

        // A call is under way since then, and of what is left a fiftieth is left to others, or one call.
        Assert.Equal(Math.Round(40 / 18d, 3), _limit.Wait(1, at: 0));

        Told("a", left: 90, reset: 60);
        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void Every_call_is_taken_off_all_of_them()
    {
        Told("a", left: 60, reset: 40);
        Told("b", left: 80, reset: 60);

        for (var call = 0; call < 40; call++)
            Told("b", left: 80, reset: 60);

        // 60 less the 41 since.
        Assert.Equal(Math.Round(40 / 18d, 3), _limit.Wait(1, at: 0));
    }

    [Fact]
    public void What_was_said_of_others_is_over_when_all_of_it_is_there_again()
    {
        Told("a", left: 0, reset: 40);
        Told("b", left: 90, reset: 60);

        Assert.Equal(1, _limit.Wait(1, at: 39));
        Assert.Equal(0, _limit.Wait(1, at: 40));
        Assert.Equal(0, _limit.Pace(1, 1, at: 40));
    }

    [Fact]
    public void What_was_said_last_holds_by_what_is_known_when_its_period_is_over()
    {
        Told("a", left: 90, reset: 60);
        Told("b", left: 0, reset: 30);

        for (var call = 0; call < 49; call++)
            _limit.Begin(1, at: 30);

        // 49 of the next 100 are taken, and one is left to others: from here on they are spread.
        Assert.Equal(0, _limit.Wait(0, at: 30));
        Assert.InRange(_limit.Wait(1, at: 30), 0.5, 1.5);
    }

    [Fact]
    public void An_account_that_is_forgotten_holds_nobody_back()
    {
        Told("a", left: 0, reset: 40);
        Told("b", left: 90, reset: 60);

        _limit.Forget("c");
        Assert.Equal(40, _limit.Wait(1, at: 0));
        _limit.Forget("a");

        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void The_only_word_holds_until_there_is_another()
    {
        Told("a", left: 0, reset: 40);
        _limit.Forget("a");
        Assert.Equal(40, _limit.Wait(1, at: 0));

        Told("b", left: 90, reset: 60);

        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void The_only_word_is_followed_by_one_on_an_earlier_call_of_another_account()
    {
        var earlier = _limit.Begin(1, at: 0);
        Told("a", left: 0, reset: 40);
        _limit.Forget("a");

        _limit.Told(earlier, left: 90, reset: 60, account: "b");

        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void A_word_that_was_over_does_not_come_back_when_the_last_one_is_forgotten()
    {
        Told("a", left: 50, reset: 10);
        Told("b", left: 90, reset: 60);
        for (var call = 0; call < 200; call++)
            _limit.Told(_limit.Begin(1, at: 20), left: 90, reset: 60, at: 20, account: "b");

        _limit.Forget("b", at: 20);

        // Two hundred calls less than a's hundred would be nothing, for a whole period.
        Assert.Equal(0, _limit.Wait(1, at: 20));
    }

    [Fact]
    public void A_word_that_holds_comes_before_one_that_is_over_when_the_last_one_is_forgotten()
    {
        Told("a", left: 20, reset: 60);
        _limit.Told(_limit.Begin(1, at: 0), left: 3, reset: 5, of: 4, account: "b");
        Told("c", left: 90, reset: 60);
        _limit.Told(_limit.Begin(1, at: 10), left: 90, reset: 60, at: 10, account: "c");

        _limit.Forget("c", at: 10);

        // Three calls were begun since, and one is left to others. Of b's four, whose time is over, none would be left.
        Assert.Equal(Math.Round(50 / 16d, 3), _limit.Wait(1, at: 10));
    }

    [Fact]
    public void A_word_of_nobody_is_gone_with_any_other()
    {
        Told("a", left: 50, reset: 10);
        Told("b", left: 50, reset: 60);
        _limit.Told(_limit.Begin(1, at: 20), left: 0, reset: 60, at: 20, account: "b");
        _limit.Forget("b", at: 20);
        Assert.Equal(60, _limit.Wait(1, at: 20));

        _limit.Told(_limit.Begin(1, at: 20), left: 90, reset: 60, at: 20, account: "a");

        Assert.Equal(0, _limit.Wait(1, at: 20));
    }

    [Fact]
    public void What_is_said_to_one_holds_for_those_that_are_taken_for_the_same()
    {
        Told("a", left: 40, reset: 40);
        Told("b", left: 40, reset: 60);
        _limit.Ended(_limit.Begin(25, at: 0));
        // As far as anybody knows 14 of a's are left, and a's word is older.
        Assert.Equal(Math.Round(60 / 14d, 3), _limit.Wait(1, at: 0));

        Told("b", left: 40, reset: 40, "a");

        Assert.Equal(Math.Round(40 / 39d, 3), _limit.Wait(1, at: 0));
    }

    [Fact]
    public void What_is_said_to_one_holds_for_no_other_of_which_less_was_left()
    {
        Told("a", left: 30, reset: 40);

        Told("b", left: 60, reset: 60, "a");
        Assert.Equal(Math.Round(40 / 28d, 3), _limit.Wait(1, at: 0));

        Told("b", left: 30, reset: 60, "a");
        _limit.Forget("b");
        Assert.Equal(Math.Round(60 / 29d, 3), _limit.Wait(1, at: 0));
    }

    [Fact]
    public void Nor_for_one_of_another_limit_or_one_that_is_not_taken_for_it()
    {
        Told("a", left: 30, reset: 40);

        _limit.Told(_limit.Begin(1, at: 0), left: 10, reset: 60, of: 50, account: "b", alike: ["a"]);
        Told("c", left: 20, reset: 60, "b");
        _limit.Forget("b");
        _limit.Forget("c");

        Assert.Equal(Math.Round(40 / 27d, 3), _limit.Wait(1, at: 0));
    }

    // A hundred fill up in 80 s: after 40 s half of them are back.
    [Theory]
    [InlineData(70, 0)]
    [InlineData(71, 1)]
    public void More_may_be_left_by_what_has_come_back_since(long left, int isStrict)
    {
        var first = _limit.Begin(1, at: 0);
        _limit.Told(first, left: 20, reset: 64, at: 0, account: "a");

        _limit.Told(_limit.Begin(1, at: 40), left, reset: 64, at: 40, account: "b", alike: ["a"]);
        _limit.Forget("b");

        Assert.Equal(isStrict == 1, _limit.Wait(1, at: 40) > 0.5);
    }

    [Fact]
    public void What_was_said_of_one_that_is_over_is_followed_by_any_word()
    {
        Told("a", left: 1, reset: 40);
        Told("b", left: 80, reset: 60);

        _limit.Told(_limit.Begin(1, at: 40), left: 30, reset: 60, at: 40, account: "b", alike: ["a"]);
        _limit.Forget("b");

        Assert.Equal(Math.Round(60 / 29d, 3), _limit.Wait(1, at: 40));
    }

    [Fact]
    public void A_line_takes_as_long_as_at_the_strictest()
    {
        Told("a", left: 20, reset: 40);
        Told("b", left: 30, reset: 60);

        Assert.Equal(Math.Round(40 / 18d * 10, 3), _limit.Pace(10, 10, at: 0));
    }

    [Fact]
    public void A_call_that_came_to_nothing_is_given_back_to_all()
    {
        Told("a", left: 30, reset: 60);
        Told("b", left: 31, reset: 60);
        var call = _limit.Begin(10, at: 0);
        var wait = _limit.Wait(1, at: 0);

        _limit.EndedUnserved(call);

        Assert.True(_limit.Wait(1, at: 0) < wait);
        _limit.Forget("b");
        Assert.Equal(Math.Round(60 / 28d, 3), _limit.Wait(1, at: 0));
    }

    [Fact]
    public void A_call_that_has_ended_is_taken_off_none_of_them_any_more()
    {
        var overtaken = _limit.Begin(10, at: 0);
        Told("a", left: 25, reset: 60);
        Told("b", left: 90, reset: 60);
        Assert.Equal(Math.Round(60 / 13d, 3), _limit.Wait(1, at: 0));

        _limit.Ended(overtaken);

        Assert.Equal(Math.Round(60 / 23d, 3), _limit.Wait(1, at: 0));
    }

    [Fact]
    public void Nothing_has_come_back_to_one_that_is_there_again_all_at_once()
    {
        _limit.Told(_limit.Begin(1, at: 0), left: 60, reset: 40, account: "a");
        _limit.Told(_limit.Begin(1, at: 20), left: 20, reset: 20, account: "a");

        _limit.Told(_limit.Begin(1, at: 30), left: 40, reset: 60, account: "b", alike: ["a"]);
        _limit.Forget("b", at: 30);

        Assert.Equal(Math.Round(10 / 18d, 3), _limit.Wait(1, at: 30));
    }

    [Fact]
    public void A_copy_knows_all_of_them_and_goes_its_own_way()
    {
        Told("a", left: 0, reset: 40);
        Told("b", left: 90, reset: 60);
        var copy = _limit.Copy();
        copy.Shift(-5);

        _limit.Forget("a");

        Assert.Equal(0, _limit.Wait(1, at: 0));
        Assert.Equal(35, copy.Wait(1, at: 0));
        copy.Forget("a");
        Assert.Equal(0, copy.Wait(1, at: 0));
    }

    [Fact]
    public void What_others_know_of_an_account_is_known_here_too()
    {
        var others = new LimitInSeconds();
        others.Told(others.Begin(1, at: 0), left: 90, reset: 60, account: "b");
        others.Told(others.Begin(1, at: 0), left: 40, reset: 60, account: "a");
        others.Begin(10, at: 0);
        Told("c", left: 90, reset: 60);

        Assert.True(_limit.Add(others, "a", at: 0));

        // Ten of the forty are under way there, and one is left to others.
        Assert.Equal(Math.Round(60 / 29d, 3), _limit.Wait(1, at: 0));
        _limit.Begin(10, at: 0);
        Assert.Equal(Math.Round(60 / 19d, 3), _limit.Wait(1, at: 0));
        Told("a", left: 90, reset: 60);
        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void What_others_know_takes_the_place_of_what_was_known_here()
    {
        var others = new LimitInSeconds();
        others.Told(others.Begin(1, at: 0), left: 90, reset: 60, account: "a");
        Told("a", left: 0, reset: 60);

        Assert.True(_limit.Add(others, "a", at: 0));

        Assert.Equal(0, _limit.Wait(1, at: 0));
    }

    [Fact]
    public void Nothing_is_known_of_others_whose_word_is_over_or_that_were_never_told()
    {
        var others = new LimitInSeconds();
        others.Told(others.Begin(1, at: 0), left: 0, reset: 30, account: "a");
        others.Told(others.Begin(1, at: 0), left: 90, reset: 60, account: "b");

        Assert.False(_limit.Add(others, "c", at: 30));
        Assert.False(_limit.Add(others, "a", at: 30));
        Assert.True(_limit.Add(others, "b", at: 30));
        Assert.Equal(0, _limit.Wait(1, at: 30));
    }

    private void Told(string account, long left, double reset, params string[] alike) =>
        _limit.Told(_limit.Begin(1, at: 0), left, reset, account: account, alike: alike);
}
