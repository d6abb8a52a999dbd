using Holdfast.Modes;

namespace Holdfast.Tests.Modes;

public sealed class OperationModesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<ModeChange> _changes = [];

    [Theory]
    [InlineData(ModeSeverity.Low, OperationMode.Normal)]
    [InlineData(ModeSeverity.Medium, OperationMode.Degraded)]
    [InlineData(ModeSeverity.High, OperationMode.Degraded)]
    [InlineData(ModeSeverity.Critical, OperationMode.Emergency)]
    public void One_component_makes_the_mode_by_its_severity(ModeSeverity severity, OperationMode mode)
    {
        var modes = Modes();

        modes.MarkDegraded("redis", severity, "away");

        Assert.Equal(mode, modes.Mode);
    }

    [Fact]
    public void Several_of_high_severity_are_an_emergency()
    {
        var modes = Modes();
        modes.MarkDegraded("a", ModeSeverity.High, "slow");
        modes.MarkDegraded("b", ModeSeverity.High, "slow");
        Assert.Equal(OperationMode.Degraded, modes.Mode);

        modes.MarkDegraded("c", ModeSeverity.High, "slow");

        Assert.Equal(OperationMode.Emergency, modes.Mode);
    }

    [Fact]
    public void However_many_of_high_severity_are_no_emergency_when_that_is_off()
    {
        var modes = Modes(new ModeOptions { HighForEmergency = 0 });

        for (var i = 0; i < 10; i++)
            modes.MarkDegraded($"{i}", ModeSeverity.High, "slow");

        Assert.Equal(OperationMode.Degraded, modes.Mode);
    }

    [Fact]
    public void Returns_to_normal_when_the_last_component_works_again()
    {
        var modes = Modes();
        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");
        modes.MarkDegraded("b", ModeSeverity.Critical, "down");

        modes.MarkHealthy("b");
        Assert.Equal(OperationMode.Degraded, modes.Mode);
        modes.MarkHealthy("a");
        modes.MarkHealthy("unknown");

        Assert.Equal(OperationMode.Normal, modes.Mode);
        Assert.Equal(
            [OperationMode.Degraded, OperationMode.Emergency, OperationMode.Degraded, OperationMode.Normal],
            _changes.Select(change => change.To));
    }

    [Fact]
    public void Listeners_get_the_old_mode_the_new_one_and_the_reasons_the_worst_first()
    {
        var modes = Modes();
        modes.MarkDegraded("zebra", ModeSeverity.Low, "hum");

        modes.MarkDegraded("database", ModeSeverity.Critical, "away");

        var change = Assert.Single(_changes);
        Assert.Equal((OperationMode.Normal, OperationMode.Emergency), (change.From, change.To));
        Assert.Equal(["database: away (critical)", "zebra: hum (low)"], change.Reasons);
        Assert.Equal(_time.GetUtcNow(), change.At);
    }

    [Fact]
    public void What_is_set_by_hand_holds_whatever_the_components_say_until_the_hand_lets_go()
    {
        var modes = Modes();
        modes.SetByHand(OperationMode.Emergency, "fire drill");
        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");
        Assert.Equal(OperationMode.Emergency, modes.Mode);
        Assert.True(modes.GetStatus().SetByHand);
        Assert.Equal("set by hand: fire drill", modes.GetStatus().Reasons[0]);

        modes.LetGo();

        Assert.Equal(OperationMode.Degraded, modes.Mode);
        Assert.False(modes.GetStatus().SetByHand);
    }

    [Fact]
    public void A_hand_can_hold_it_normal()
    {
        var modes = Modes();
        modes.SetByHand(OperationMode.Normal, "known and harmless");

        modes.MarkDegraded("a", ModeSeverity.Critical, "down");

        Assert.Equal(OperationMode.Normal, modes.Mode);
        Assert.Throws<ArgumentOutOfRangeException>(() => modes.SetByHand((OperationMode)7, "?"));
    }

    [Fact]
    public void Counts_the_changes_and_the_time_in_each_mode()
    {
        var modes = Modes();
        _time.Advance(TimeSpan.FromMinutes(1));
        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");
        _time.Advance(TimeSpan.FromMinutes(2));
        modes.MarkDegraded("a", ModeSeverity.Critical, "down");
        _time.Advance(TimeSpan.FromMinutes(3));
        modes.MarkHealthy("a");
        _time.Advance(TimeSpan.FromMinutes(4));

        var status = modes.GetStatus();

        Assert.Equal(3, status.Changes);
        Assert.Equal(TimeSpan.FromMinutes(5), status.TimeInNormal);
        Assert.Equal(TimeSpan.FromMinutes(2), status.TimeInDegraded);
        Assert.Equal(TimeSpan.FromMinutes(3), status.TimeInEmergency);
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromMinutes(4), status.Since);
    }

    [Fact]
    public void A_component_is_degraded_since_it_began_to_be()
    {
        var modes = Modes();
        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");
        var began = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(2));

        modes.MarkDegraded("a", ModeSeverity.High, "slower");

        Assert.Equal(new DegradedComponent("a", ModeSeverity.High, "slower", began),
            Assert.Single(modes.GetStatus().Components));
    }

    [Fact]
    public void Remembers_the_last_changes_of_mode_and_components()
    {
        var modes = Modes(new ModeOptions { HistorySize = 3 });
        for (var i = 0; i < 5; i++)
        {
            modes.MarkDegraded($"{i}", ModeSeverity.Medium, "slow");
            modes.MarkDegraded($"{i}", ModeSeverity.Medium, "slow");
            modes.MarkHealthy($"{i}");
        }

        var status = modes.GetStatus();

        Assert.Equal(10, status.Changes);
        Assert.Equal([OperationMode.Normal, OperationMode.Degraded, OperationMode.Normal],
            status.History.Select(change => change.To));
        Assert.Equal([("3", null), ("4", ModeSeverity.Medium), ("4", (ModeSeverity?)null)],
            status.ComponentHistory.Select(change => (change.Component, change.Severity)));
    }

    [Fact]
    public void A_listener_that_throws_breaks_nobody()
    {
        var modes = new OperationModes(new ModeOptions(), _time);
        var failures = new List<Exception>();
        modes.ListenerFailed += failures.Add;
        modes.Changed += _ => throw new InvalidOperationException("first");
        modes.Changed += _changes.Add;

        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");

        Assert.Single(_changes);
        Assert.Equal("first", Assert.Single(failures).Message);
    }

    [Fact]
    public void A_change_that_a_listener_causes_is_told_after_the_one_it_heard_of()
    {
        var modes = new OperationModes(new ModeOptions(), _time);
        modes.Changed += change =>
        {
            if (change.To == OperationMode.Degraded)
                modes.SetByHand(OperationMode.Emergency, "it is getting worse");
        };
        modes.Changed += _changes.Add;

        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");

        Assert.Equal([OperationMode.Degraded, OperationMode.Emergency], _changes.Select(change => change.To));
    }

    [Fact]
    public void A_listener_that_comes_while_another_is_told_hears_the_next_change()
    {
        var modes = new OperationModes(new ModeOptions(), _time);
        var isFirst = true;
        modes.Changed += _ =>
        {
            if (!isFirst)
                return;
            isFirst = false;
            modes.Changed += _changes.Add;
            modes.MarkDegraded("b", ModeSeverity.Critical, "down");
        };

        modes.MarkDegraded("a", ModeSeverity.Medium, "slow");

        Assert.Equal(OperationMode.Emergency, Assert.Single(_changes).To);
    }

    [Fact]
    public void A_handler_of_failed_listeners_that_throws_silences_nobody()
    {
        var modes = new OperationModes(new ModeOptions(), _time);
        modes.ListenerFailed += _ => throw new InvalidOperationException("the log is full");
        modes.Changed += change =>
        {
            if (change.To == OperationMode.Emergency)
                throw new InvalidOperationException("no");
        };
        modes.Changed += _changes.Add;

        var thrown = Assert.Throws<InvalidOperationException>(
            () => modes.SetByHand(OperationMode.Emergency, "the region is down"));
        modes.LetGo();

        Assert.Equal("the log is full", thrown.Message);
        Assert.Equal([OperationMode.Emergency, OperationMode.Normal], _changes.Select(change => change.To));
    }

    [Fact]
    public void The_way_back_to_normal_has_its_reasons_too()
    {
        var modes = new OperationModes(new ModeOptions(), _time);
        modes.Changed += _changes.Add;
        modes.MarkDegraded("db", ModeSeverity.Critical, "down");

        modes.SetByHand(OperationMode.Normal, "nobody reads it");
        modes.LetGo();
        modes.MarkHealthy("db");

        Assert.Equal(["set by hand: nobody reads it", "db: down (critical)"], _changes[1].Reasons);
        Assert.Empty(_changes[3].Reasons);
    }

    [Fact]
    public void More_components_than_may_be_marked_are_refused()
    {
        var modes = Modes(new ModeOptions { MaxComponents = 1 });
        modes.MarkDegraded("a", ModeSeverity.Low, "slow");
        modes.MarkDegraded("a", ModeSeverity.High, "slow");

        Assert.Throws<InvalidOperationException>(() => modes.MarkDegraded("b", ModeSeverity.Low, "slow"));
    }

    [Fact]
    public void New_options_hold_at_once_and_nothing_is_forgotten()
    {
        var modes = new OperationModes(new ModeOptions(), new ManualTimeProvider());
        modes.MarkDegraded("a", ModeSeverity.High, "down");
        modes.MarkDegraded("b", ModeSeverity.High, "down");
        Assert.Equal(OperationMode.Degraded, modes.Mode);

        modes.Options = new ModeOptions { HighForEmergency = 2 };

        Assert.Equal((OperationMode.Emergency, 2), (modes.Mode, modes.GetStatus().Components.Count));
        Assert.Throws<ArgumentException>(() => modes.Options = new ModeOptions { HistorySize = 0 });
        Assert.Equal(2, modes.Options.HighForEmergency);
    }

    [Fact]
    public void Names_everything_that_is_wrong_with_its_options()
    {
        var options = new ModeOptions { HighForEmergency = -1, HistorySize = 0, MaxComponents = 0 };

        var thrown = Assert.Throws<ArgumentException>(() => new OperationModes(options, _time));

        foreach (var name in (string[])["highForEmergency: -1", "historySize: 0", "maxComponents: 0"])
            Assert.Contains(name, thrown.Message, StringComparison.Ordinal);
    }

    private OperationModes Modes(ModeOptions? options = null)
    {
        var modes = new OperationModes(options ?? new ModeOptions(), _time);
        modes.Changed += _changes.Add;
        return modes;
    }
}
