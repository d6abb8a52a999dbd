using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class KeyRingTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void The_first_key_is_preferred() => Assert.Equal("a", Pick(Ring("a", "b")));

    [Fact]
    public void A_marked_key_comes_after_the_good_ones()
    {
        var ring = Ring("a", "b", "c");
        ring.Keys.First().Mark();

        Assert.Equal("b", Pick(ring));
        Assert.False(ring.AllMarked);
    }

    [Fact]
    public void When_all_are_marked_the_first_is_taken_all_the_same()
    {
        var ring = Ring("a", "b");
        Assert.All(ring.Keys, key => key.Mark());

        Assert.Equal("a", Pick(ring));
        Assert.True(ring.AllMarked);
    }

    [Fact]
    public void A_held_key_is_not_taken_at_all()
    {
        var ring = Ring("a", "b");
        ring.Keys.First().Hold();
        ring.Keys.Last().Mark();

        Assert.Equal("b", Pick(ring));
        Assert.True(ring.AllMarked);
        Assert.False(ring.AllHeld);
    }

    [Fact]
    public void When_all_are_held_none_is_taken_until_the_first_comes_free()
    {
        var ring = Ring("a", "b");
        ring.Keys.First().Hold();
        _time.Advance(TimeSpan.FromMinutes(2));
        ring.Keys.Last().Hold();

        Assert.True(ring.AllHeld);
        Assert.False(ring.TryPick(0, out _, out _));
        Assert.Equal(TimeSpan.FromMinutes(3), ring.HeldFor);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("a", Pick(ring));
    }

    [Fact]
    public void A_key_that_was_tried_is_not_taken_again()
    {
        var ring = Ring("a", "b");

        Assert.True(ring.TryPick(0b01, out var key, out var position));
        Assert.Equal(("b", 1), (key!.Value, position));
        Assert.False(ring.TryPick(0b11, out _, out _));
    }

    [Fact]
    public void An_empty_ring_gives_no_key_and_is_content_with_it()
    {
        var ring = Ring();

        Assert.True(ring.TryPick(0, out var key, out var position));
        Assert.Equal((true, -1), (key is null, position));
        Assert.False(ring.AllHeld || ring.AllMarked);
        Assert.Equal(TimeSpan.Zero, ring.HeldFor);
    }

    [Fact]
    public void Each_hold_is_twice_as_long_up_to_an_hour()
    {
        var key = Ring("a").Keys.Single();

        foreach (var minutes in new[] { 5, 10, 20, 40, 60, 60 })
        {
            key.Hold();

            Assert.Equal(TimeSpan.FromMinutes(minutes), key.HeldFor);
            _time.Advance(TimeSpan.FromMinutes(minutes));
            Assert.False(key.IsHeld);
        }
    }

    [Fact]
    public void Calls_that_all_run_into_the_same_end_hold_the_key_once()
    {
        var key = Ring("a").Keys.Single();

        key.Hold();
        key.Hold();
        key.Hold();

        Assert.Equal(TimeSpan.FromMinutes(5), key.HeldFor);
        _time.Advance(TimeSpan.FromMinutes(5));
        key.Hold();
        Assert.Equal(TimeSpan.FromMinutes(10), key.HeldFor);
    }

    [Fact]
    public void A_success_makes_the_next_hold_short_again()
    {
        var key = Ring("a").Keys.Single();
        key.Hold();
        _time.Advance(TimeSpan.FromMinutes(5));

        key.Worked();
        key.Hold();

        Assert.Equal(TimeSpan.FromMinutes(5), key.HeldFor);
    }

    [Fact]
    public void A_success_takes_the_mark_away()
    {
        var key = Ring("a").Keys.Single();
        key.Mark();

        key.Worked();

        Assert.False(key.IsMarked);
    }

    [Fact]
    public void A_mark_passes_so_that_one_refusal_never_demotes_a_provider_for_good()
    {
        var key = Ring("a").Keys.Single();
        key.Mark();

        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.False(key.IsMarked);
        key.Mark();
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(key.IsMarked);
    }

    [Fact]
    public void What_is_known_of_a_key_survives_a_reload()
    {
        var states = new KeyStates(_time);
        states.RingFor(Options("p", "a", "b")).Keys.First().Mark();

        var ring = states.RingFor(Options("p", "b", "a"));

        Assert.Equal([false, true], ring.Keys.Select(key => key.IsMarked));
    }

    [Fact]
    public void The_same_key_at_another_provider_is_another()
    {
        var states = new KeyStates(_time);
        states.RingFor(Options("p", "a")).Keys.Single().Mark();

        Assert.False(states.RingFor(Options("q", "a")).Keys.Single().IsMarked);
    }

    [Fact]
    public void A_key_that_no_provider_has_any_more_is_forgotten()
    {
        var states = new KeyStates(_time);
        states.RingFor(Options("p", "a", "b")).Keys.First().Mark();

        states.KeepOnly([Options("p", "b")]);

        Assert.False(states.RingFor(Options("p", "a")).Keys.Single().IsMarked);
    }

    [Fact]
    public void A_released_key_begins_anew()
    {
        var ring = Ring("a", "b");
        var key = ring.Keys.First();
        key.Hold();
        _time.Advance(TimeSpan.FromMinutes(6));
        key.Hold();
        key.Mark();

        key.Release();

        Assert.Equal(("a", false), (Pick(ring), key.IsMarked));
        key.Hold();
        Assert.Equal(TimeSpan.FromMinutes(5), key.HeldFor);
    }

    private static string Pick(KeyRing ring) => ring.TryPick(0, out var key, out _) ? key!.Value : "";

    private static ProviderOptions Options(string name, params string[] keys) =>
        new() { Name = name, Type = "openai", ApiKeys = keys };

    private KeyRing Ring(params string[] keys) => new([.. keys.Select(key => new ApiKey(key, _time))]);
}
