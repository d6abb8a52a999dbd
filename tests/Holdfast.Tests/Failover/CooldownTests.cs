using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class CooldownTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Is_over_at_first_and_after_its_time()
    {
        var cooldown = new Cooldown(_time);
        var before = cooldown.IsOver;

        cooldown.Extend(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(3));
        var left = cooldown.Remaining;
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(before);
        Assert.Equal(TimeSpan.FromSeconds(2), left);
        Assert.True(cooldown.IsOver);
    }

    [Fact]
    public void Never_forgets_a_longer_rest()
    {
        var cooldown = new Cooldown(_time);

        cooldown.Extend(TimeSpan.FromSeconds(60));
        cooldown.Extend(TimeSpan.FromSeconds(1));
        cooldown.Extend(TimeSpan.FromSeconds(-1));

        Assert.Equal(TimeSpan.FromSeconds(60), cooldown.Remaining);
    }

    [Fact]
    public void Takes_the_longest_rest_there_is()
    {
        var cooldown = new Cooldown(_time);
        _time.Advance(TimeSpan.FromSeconds(1));

        cooldown.Extend(TimeSpan.MaxValue);
        _time.Advance(TimeSpan.FromDays(365));

        Assert.False(cooldown.IsOver);
    }

    [Fact]
    public void A_rest_of_no_length_is_none()
    {
        var cooldown = new Cooldown(_time);
        _time.Advance(TimeSpan.FromSeconds(1));

        cooldown.Extend(TimeSpan.Zero);
        _time.GoBack(TimeSpan.FromSeconds(1));

        Assert.True(cooldown.IsOver);
    }

    [Fact]
    public void A_later_rest_begins_when_it_is_said()
    {
        var cooldown = new Cooldown(_time);
        _time.Advance(TimeSpan.FromHours(1));

        cooldown.Extend(TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromSeconds(5), cooldown.Remaining);
    }

    [Fact]
    public void Is_over_when_cleared()
    {
        var cooldown = new Cooldown(_time);
        cooldown.Extend(TimeSpan.FromSeconds(60));

        cooldown.Clear();

        Assert.True(cooldown.IsOver);
    }

    [Fact]
    public void Keeps_the_longest_rest_of_many_threads()
    {
        var cooldown = new Cooldown(_time);

        Enumerable.Range(1, 10_000).AsParallel().ForAll(i => cooldown.Extend(TimeSpan.FromSeconds(i)));

        Assert.Equal(TimeSpan.FromSeconds(10_000), cooldown.Remaining);
    }
}
