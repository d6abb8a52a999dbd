using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>Whose turn it is among those who wait, and who gives way.</summary>
public sealed class WaitingLineTests
{
    // As many keys are remembered for their turns.
    private const int MostKeys = 4096;

    private readonly WaitingLine _line = new();

    [Fact]
    public void Those_who_have_left_are_not_ahead_nor_are_their_tokens()
    {
        var first = Wait("a", tokens: 5);
        Wait("a", tokens: 7);
        Wait("b", tokens: 11);

        _line.Remove(first, isLetIn: false);

        Assert.Equal(2, _line.Ahead(AdmissionPriority.Normal, out var tokens));
        Assert.Equal(18, tokens);
    }

    [Fact]
    public void Of_keys_with_the_same_turn_the_one_whose_call_came_first_goes_first()
    {
        var calls = new[] { Wait("c"), Wait("a"), Wait("b") };

        Assert.Equal(calls, [LetInNext(), LetInNext(), LetInNext()]);
    }

    [Fact]
    public void A_new_key_begins_where_the_line_stands()
    {
        Serve("old", times: 3);
        var old = Wait("old");
        var (first, second) = (Wait("new"), Wait("new"));

        // After its first one it has had as many turns as the other, whose call came before its second.
        Assert.Equal([first, old, second], [LetInNext(), LetInNext(), LetInNext()]);
    }

    [Fact]
    public void The_key_with_most_calls_gives_up_its_latest()
    {
        Wait("a");
        var latest = Wait("a");
        Wait("b");

        Assert.Same(latest, _line.LastBehind(AdmissionPriority.High));
    }

    [Fact]
    public void Of_keys_with_as_many_calls_the_one_whose_latest_came_last_gives_it_up()
    {
        Wait("a");
        Wait("b");
        Wait("b");
        var latest = Wait("a");

        Assert.Same(latest, _line.LastBehind(AdmissionPriority.High));
    }

    [Fact]
    public void A_key_that_had_the_most_gives_up_no_more_when_it_is_level_and_its_latest_came_earlier()
    {
        Wait("a");
        Wait("b");
        Wait("b");
        var latest = Wait("a");
        var gone = Wait("b");

        _line.Remove(gone, isLetIn: false);

        Assert.Same(latest, _line.LastBehind(AdmissionPriority.High));
    }

    [Fact]
    public void Of_too_many_keys_those_are_forgotten_first_that_would_begin_where_the_line_stands_anyway()
    {
        for (var i = 2; i < MostKeys; i++)
            Serve($"key {i}", times: 1);
        Serve("busy", times: 2);
        Serve("last", times: 1);

        // The line stands at 1: the others' turn is 1, and that of the busy one is 2.
        Wait("busy");
        var fresh = Wait("fresh");

        Assert.Same(fresh, LetInNext());
    }

    [Fact]
    public void Where_all_of_too_many_keys_are_ahead_of_the_line_their_turns_are_forgotten()
    {
        for (var i = 0; i < MostKeys; i++)
            Serve($"key {i}", times: 1);

        var known = Wait("key 0");
        Wait("fresh");

        Assert.Same(known, LetInNext());
    }

    [Fact]
    public void One_key_less_is_not_too_many()
    {
        for (var i = 1; i < MostKeys; i++)
            Serve($"key {i}", times: 1);

        Wait("key 1");
        var fresh = Wait("fresh");

        Assert.Same(fresh, LetInNext());
    }

    [Fact]
    public void While_as_many_keys_wait_as_are_remembered_twice_as_many_are()
    {
        var crowd = Enumerable.Range(0, MostKeys).Select(i => Wait($"key {i}")).ToArray();
        // It had its turn before all of them.
        _line.Remove(Wait("served"), isLetIn: true);

        Wait("served");
        var fresh = Wait("fresh");
        foreach (var waiter in crowd)
            _line.Remove(waiter, isLetIn: false);

        Assert.Same(fresh, LetInNext());
    }

    private AdmissionWaiter Wait(string key, long tokens = 0)
    {
        var waiter = new AdmissionWaiter(null!);
        waiter.Begin(new AdmissionRequest { Key = key, Tokens = tokens }, since: 0, until: long.MaxValue);
        _line.Add(waiter);
        return waiter;
    }

    /// <summary>Calls of a key that find nobody else waiting.</summary>
    private void Serve(string key, int times)
    {
        for (var i = 0; i < times; i++)
            _line.Remove(Wait(key), isLetIn: true);
    }

    private AdmissionWaiter LetInNext()
    {
        var next = _line.First(AdmissionPriority.Lowest)!;
        _line.Remove(next, isLetIn: true);
        return next;
    }
}
