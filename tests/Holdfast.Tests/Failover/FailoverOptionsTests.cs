using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

/// <summary>The ranges of all options of failing over.</summary>
public class FailoverOptionsTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void Values_at_both_ends_of_their_range_are_allowed()
    {
        IEnumerable<string>[] problems =
        [
            Ramp(new() { RampPeriod = default, LowestShare = 0, Steps = 1 }),
            Ramp(new() { RampPeriod = Hour, LowestShare = 1, Steps = 1000 }),
            Hedges(new() { MaxShare = 0, Window = Second }),
            Hedges(new() { MaxShare = 1, Window = Day }),
            Order(new() { ExplorationShare = 0, SuccessExponent = 0, LatencyExponent = 0 }),
            Order(new() { ExplorationShare = 1, SuccessExponent = 10, LatencyExponent = 10 }),
            Statistics(new() { HalfLife = Second, LatencyHalfLife = Second }),
            Statistics(new() { HalfLife = Day, LatencyHalfLife = Day }),
        ];

        Assert.All(problems, Assert.Empty);
    }

    [Fact]
    public void Values_just_outside_their_range_are_named_with_what_is_allowed()
    {
        (IEnumerable<string> Problems, string Problem)[] cases =
        [
            (Ramp(new() { RampPeriod = -Tick }), "rampPeriod: -00:00:00.0000001: 0 (at once) to 1 hour"),
            (Ramp(new() { RampPeriod = Hour + Tick }), "rampPeriod: 01:00:00.0000001: 0 (at once) to 1 hour"),
            (Ramp(new() { LowestShare = -0.1 }), "lowestShare: -0.1: 0 to 1"),
            (Ramp(new() { LowestShare = 1.1 }), "lowestShare: 1.1: 0 to 1"),
            (Ramp(new() { Steps = 0 }), "steps: 0: 1 to 1000"),
            (Ramp(new() { Steps = 1001 }), "steps: 1001: 1 to 1000"),
            (Hedges(new() { MaxShare = -0.1 }), "maxShare: -0.1: 0 (never) to 1"),
            (Hedges(new() { MaxShare = 1.1 }), "maxShare: 1.1: 0 (never) to 1"),
            (Hedges(new() { Window = Second - Tick }), "window: 00:00:00.9999999: 1 s to 1 day"),
            (Hedges(new() { Window = Day + Tick }), "window: 1.00:00:00.0000001: 1 s to 1 day"),
            (Order(new() { ExplorationShare = -0.1 }), "explorationShare: -0.1: 0 to 1"),
            (Order(new() { ExplorationShare = 1.1 }), "explorationShare: 1.1: 0 to 1"),
            (Order(new() { SuccessExponent = -0.1 }), "successExponent: -0.1: 0 (off) to 10"),
            (Order(new() { SuccessExponent = 10.1 }), "successExponent: 10.1: 0 (off) to 10"),
            (Order(new() { LatencyExponent = -0.1 }), "latencyExponent: -0.1: 0 (off) to 10"),
            (Order(new() { LatencyExponent = 10.1 }), "latencyExponent: 10.1: 0 (off) to 10"),
            (Statistics(new() { HalfLife = Second - Tick }), "halfLife: 00:00:00.9999999: 1 s to 1 day"),
            (Statistics(new() { HalfLife = Day + Tick }), "halfLife: 1.00:00:00.0000001: 1 s to 1 day"),
            (Statistics(new() { LatencyHalfLife = Second - Tick }), "latencyHalfLife: 00:00:00.9999999: 1 s to 1 day"),
            (Statistics(new() { LatencyHalfLife = Day + Tick }), "latencyHalfLife: 1.00:00:00.0000001: 1 s to 1 day"),
        ];

        Assert.All(cases, it => Assert.Equal([it.Problem], it.Problems));
    }

    private static IEnumerable<string> Ramp(FailoverRampOptions options) => options.Problems();

    private static IEnumerable<string> Hedges(HedgeBudgetOptions options) => options.Problems();

    private static IEnumerable<string> Order(TargetOrderOptions options) => options.Problems();

    private static IEnumerable<string> Statistics(TargetStatisticsOptions options) => options.Problems();
}
