using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class TimeoutOptionsTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void Values_at_both_ends_of_their_range_are_allowed()
    {
        TimeoutOptions lowest = new()
        {
            Connect = default,
            FirstToken = default,
            Idle = default,
            MinThroughput = 0,
            Attempt = default,
            Call = Tick,
        };
        TimeoutOptions highest = new()
        {
            Connect = Day,
            FirstToken = Day,
            Idle = Day,
            MinThroughput = 1e9,
            Attempt = Day,
            Call = Day,
        };

        Assert.Empty(new TimeoutOptions().Problems());
        Assert.Empty(lowest.Problems());
        Assert.Empty(highest.Problems());
    }

    [Fact]
    public void Values_just_outside_their_range_are_named_with_what_is_allowed()
    {
        const string below = "-00:00:00.0000001";
        const string above = "1.00:00:00.0000001";
        (TimeoutOptions Options, string Problem)[] cases =
        [
            (new() { Connect = -Tick }, $"connect: {below}: 0 (off) to 1 day"),
            (new() { Connect = Day + Tick }, $"connect: {above}: 0 (off) to 1 day"),
            (new() { FirstToken = -Tick }, $"firstToken: {below}: 0 (off) to 1 day"),
            (new() { FirstToken = Day + Tick }, $"firstToken: {above}: 0 (off) to 1 day"),
            (new() { Idle = -Tick }, $"idle: {below}: 0 (off) to 1 day"),
            (new() { Idle = Day + Tick }, $"idle: {above}: 0 (off) to 1 day"),
            (new() { MinThroughput = -0.1 }, "minThroughput: -0.1: 0 (off) to 1e9 per second"),
            (new() { MinThroughput = 2e9 }, "minThroughput: 2000000000: 0 (off) to 1e9 per second"),
            (new() { MinThroughput = double.NaN }, "minThroughput: NaN: 0 (off) to 1e9 per second"),
            (new() { Attempt = -Tick }, $"attempt: {below}: 0 (off) to 1 day"),
            (new() { Attempt = Day + Tick }, $"attempt: {above}: 0 (off) to 1 day"),
            (new() { Call = TimeSpan.Zero }, "call: 00:00:00: more than 0, up to 1 day"),
            (new() { Call = -Tick }, $"call: {below}: more than 0, up to 1 day"),
            (new() { Call = Day + Tick }, $"call: {above}: more than 0, up to 1 day"),
        ];

        Assert.All(cases, it => Assert.Equal([it.Problem], it.Options.Problems()));
    }

    [Fact]
    public void The_ends_of_an_adaptive_timeouts_ranges_are_allowed()
    {
        AdaptiveTimeoutOptions lowest = new() { Percentile = 0, Factor = 1, Floor = default, MinimumSamples = 1 };
        AdaptiveTimeoutOptions highest =
            new() { Percentile = 1, Factor = 100, Floor = Day, MinimumSamples = 1_000_000 };

        Assert.Empty(new AdaptiveTimeoutOptions().Problems());
        Assert.Empty(lowest.Problems());
        Assert.Empty(highest.Problems());
    }

    [Fact]
    public void What_lies_outside_an_adaptive_timeouts_ranges_is_named_with_what_is_allowed()
    {
        (AdaptiveTimeoutOptions Options, string Problem)[] cases =
        [
            (new() { Percentile = -0.1 }, "percentile: -0.1: 0 to 1"),
            (new() { Percentile = 1.1 }, "percentile: 1.1: 0 to 1"),
            (new() { Percentile = double.NaN }, "percentile: NaN: 0 to 1"),
            (new() { Factor = 0.9 }, "factor: 0.9: 1 to 100"),
            (new() { Factor = 100.1 }, "factor: 100.1: 1 to 100"),
            (new() { Factor = double.NaN }, "factor: NaN: 1 to 100"),
            (new() { Floor = -Tick }, "floor: -00:00:00.0000001: 0 to 1 day"),
            (new() { Floor = Day + Tick }, "floor: 1.00:00:00.0000001: 0 to 1 day"),
            (new() { MinimumSamples = 0 }, "minimumSamples: 0: 1 to 1000000"),
            (new() { MinimumSamples = 1_000_001 }, "minimumSamples: 1000001: 1 to 1000000"),
        ];

        Assert.All(cases, it => Assert.Equal([it.Problem], it.Options.Problems()));
    }
}
