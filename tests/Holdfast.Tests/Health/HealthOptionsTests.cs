using Holdfast.Health;

namespace Holdfast.Tests.Health;

/// <summary>What may be configured, and what the library refuses.</summary>
public class HealthOptionsTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    public static TheoryData<HealthOptions> AtTheEnds =>
    [
        new() { Interval = Least }, new() { Interval = Day }, new() { Interval = TimeSpan.Zero },
        new() { Timeout = Least }, new() { Timeout = Day },
        new() { Retries = 0 }, new() { Retries = 1000 },
        new() { UnavailableAfter = 1 }, new() { UnavailableAfter = 1000 },
        new() { BetterAfter = 1 }, new() { BetterAfter = 1000 },
        new() { DegradedErrorRate = 0 }, new() { DegradedErrorRate = 1 },
        new() { DegradedResponseTime = TimeSpan.Zero }, new() { DegradedResponseTime = Day },
    ];

    public static TheoryData<HealthOptions, string> Beyond => new()
    {
        { new() { Interval = Least - Moment }, "interval" },
        { new() { Interval = Day + Moment }, "interval" },
        { new() { Interval = -Moment }, "interval" },
        { new() { Timeout = Least - Moment }, "timeout" },
        { new() { Timeout = Day + Moment }, "timeout" },
        { new() { Retries = -1 }, "retries" },
        { new() { Retries = 1001 }, "retries" },
        { new() { UnavailableAfter = 0 }, "unavailableAfter" },
        { new() { UnavailableAfter = 1001 }, "unavailableAfter" },
        { new() { BetterAfter = 0 }, "betterAfter" },
        { new() { BetterAfter = 1001 }, "betterAfter" },
        { new() { DegradedErrorRate = -0.1 }, "degradedErrorRate" },
        { new() { DegradedErrorRate = 1.1 }, "degradedErrorRate" },
        { new() { DegradedErrorRate = double.NaN }, "degradedErrorRate" },
        { new() { DegradedResponseTime = -Moment }, "degradedResponseTime" },
        { new() { DegradedResponseTime = Day + Moment }, "degradedResponseTime" },
    };

    [Theory]
    [MemberData(nameof(AtTheEnds))]
    public void Takes_the_ends_of_every_range(HealthOptions options) => Assert.Empty(options.Problems());

    [Theory]
    [MemberData(nameof(Beyond))]
    public void Names_what_is_out_of_its_range(HealthOptions options, string name)
    {
        Assert.StartsWith(name + ": ", Assert.Single(options.Problems()));
        Assert.Throws<ArgumentException>(() => new HealthMonitor(options, new ManualTimeProvider()));
    }

    [Fact]
    public void Refuses_nothing_where_something_belongs()
    {
        var time = new ManualTimeProvider();

        Assert.Throws<ArgumentNullException>("options", () => new HealthMonitor(null!, time));
        Assert.Throws<ArgumentNullException>("time", () => new HealthMonitor(new HealthOptions(), null!));
        Assert.Throws<ArgumentNullException>(
            "model", () => new HealthMonitor(new HealthOptions(), time).Register(null!));
    }
}
