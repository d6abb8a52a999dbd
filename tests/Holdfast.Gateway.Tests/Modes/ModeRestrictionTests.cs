using Holdfast.Admission;
using Holdfast.Gateway.Modes;
using Holdfast.Modes;

namespace Holdfast.Gateway.Tests.Modes;

/// <summary>What each mode keeps away from calls.</summary>
public sealed class ModeRestrictionTests
{
    private readonly OperationModes _modes = new(new ModeOptions(), new ManualTimeProvider());

    [Fact]
    public void Normal_operation_keeps_away_nothing() =>
        Assert.Equal(default, ModeRestriction.For(OperationMode.Normal, 0.2));

    [Fact]
    public void While_degraded_low_priority_waits_for_a_share_of_the_places()
    {
        var restriction = ModeRestriction.For(OperationMode.Degraded, 0.35);

        Assert.Equal((0.35, AdmissionPriority.Lowest), (restriction.Reserved, restriction.LeastUrgent));
    }

    [Fact]
    public void In_an_emergency_only_high_priority_is_let_in() =>
        Assert.Equal(AdmissionPriority.High, ModeRestriction.For(OperationMode.Emergency, 0.2).LeastUrgent);

    [Fact]
    public void A_fifth_is_reserved_when_nobody_says_anything()
    {
        var restriction = new ModeRestriction(_modes);

        _modes.SetByHand(OperationMode.Degraded, "test");

        Assert.Equal(0.2, restriction.Now.Reserved);
    }

    [Fact]
    public void Each_change_is_told_once_and_in_order()
    {
        var restriction = new ModeRestriction(_modes);
        var told = new List<AdmissionRestriction>();
        restriction.Changed += told.Add;

        _modes.SetByHand(OperationMode.Degraded, "test");
        _modes.SetByHand(OperationMode.Degraded, "test again");
        _modes.SetByHand(OperationMode.Emergency, "test");
        _modes.LetGo();

        Assert.Equal([0.2, 0, 0], told.Select(one => one.Reserved));
        Assert.Equal([9, AdmissionPriority.High, 9], told.Select(one => one.LeastUrgent));
    }

    [Fact]
    public async Task Who_begins_to_follow_hears_what_holds_now_before_what_comes_after()
    {
        var restriction = new ModeRestriction(_modes);
        var told = new List<AdmissionRestriction>();
        var change = Task.CompletedTask;

        restriction.Follow(now =>
        {
            if (change.IsCompleted)
            {
                // The mode changes while the first word is on its way.
                change = Task.Run(() => _modes.SetByHand(OperationMode.Emergency, "test"));
                Assert.True(SpinWait.SpinUntil(
                    () => _modes.Mode == OperationMode.Emergency, TimeSpan.FromSeconds(10)));
                // Nobody may come in between; whoever could would have by then.
                SpinWait.SpinUntil(() => told.Count > 0, TimeSpan.FromMilliseconds(100));
            }

            told.Add(now);
        });
        await change.SoonAsync();

        Assert.Equal(restriction.Now, told[^1]);
    }

    [Fact]
    public void Another_share_holds_at_once()
    {
        var restriction = new ModeRestriction(_modes);
        var told = new List<AdmissionRestriction>();
        restriction.Changed += told.Add;
        _modes.SetByHand(OperationMode.Degraded, "test");

        restriction.Use(new OperationModeOptions { DegradedReserve = 0.5 });

        Assert.Equal([0.2, 0.5], told.Select(one => one.Reserved));
    }
}
