using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>What may be configured, to the ends of each range, and what is refused.</summary>
public class AdmissionBoundsTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    public static TheoryData<AdmissionOptions> AtTheEnds =>
    [
        new() { MaxConcurrency = 0 }, new() { MaxConcurrency = 1_000_000 },
        new() { MaxQueueSize = 0 }, new() { MaxQueueSize = 1_000_000 },
        new() { ThrottleRate = 0 }, new() { ThrottleRate = 0.001 }, new() { ThrottleRate = 1_000_000 },
        new() { Timeout = Moment }, new() { Timeout = Day },
        new() { Adaptive = new() { MinLimit = 10, MaxLimit = 10 } },
        new() { Adaptive = new() { MaxLimit = 1_000_000 } },
        new() { MaxConcurrency = 1_000_000, Adaptive = new() { MinLimit = 1_000_000, MaxLimit = 1_000_000 } },
        new() { Adaptive = new() { Tolerance = 1 } }, new() { Adaptive = new() { Tolerance = 10 } },
        new() { Adaptive = new() { Backoff = 0.1 } }, new() { Adaptive = new() { Backoff = 0.99 } },
    ];

    public static TheoryData<AdmissionOptions, string> Beyond => new()
    {
        { new() { MaxConcurrency = -1 }, "maxConcurrency" },
        { new() { MaxConcurrency = 1_000_001 }, "maxConcurrency" },
        { new() { MaxQueueSize = -1 }, "maxQueueSize" },
        { new() { MaxQueueSize = 1_000_001 }, "maxQueueSize" },
        { new() { ThrottleRate = -1 }, "throttleRate" },
        { new() { ThrottleRate = 0.0009 }, "throttleRate" },
        { new() { ThrottleRate = 1_000_001 }, "throttleRate" },
        { new() { Timeout = TimeSpan.Zero }, "timeout" },
        { new() { Timeout = Day + Moment }, "timeout" },
        { new() { Adaptive = new() { MinLimit = 0 } }, "adaptive.minLimit" },
        { new() { Adaptive = new() { MaxLimit = 1_000_001 } }, "adaptive.maxLimit" },
        { new() { Adaptive = new() { MinLimit = 5, MaxLimit = 4 } }, "adaptive.maxLimit" },
        { new() { Adaptive = new() { Tolerance = 0.9 } }, "adaptive.tolerance" },
        { new() { Adaptive = new() { Tolerance = 10.1 } }, "adaptive.tolerance" },
        { new() { Adaptive = new() { Tolerance = double.NaN } }, "adaptive.tolerance" },
        { new() { Adaptive = new() { Backoff = 0.09 } }, "adaptive.backoff" },
        { new() { Adaptive = new() { Backoff = 1 } }, "adaptive.backoff" },
        { new() { Adaptive = new() { Backoff = double.NaN } }, "adaptive.backoff" },
    };

    [Theory]
    [MemberData(nameof(AtTheEnds))]
    public void Takes_the_ends_of_every_range(AdmissionOptions options) => Assert.Empty(options.Problems());

    [Theory]
    [MemberData(nameof(Beyond))]
    public void Names_what_is_out_of_its_range(AdmissionOptions options, string name)
    {
        Assert.StartsWith(name + ": ", Assert.Single(options.Problems()));
        Assert.Throws<ArgumentException>("options", () => new AdmissionQueue(options, new ManualTimeProvider()));
    }

    [Fact]
    public void Refuses_nothing_where_something_belongs()
    {
        var time = new ManualTimeProvider();
        using var queue = new AdmissionQueue(new AdmissionOptions(), time);

        Assert.Throws<ArgumentNullException>("options", () => new AdmissionQueue(null!, time));
        Assert.Throws<ArgumentNullException>("time", () => new AdmissionQueue(new AdmissionOptions(), null!));
        Assert.Throws<ArgumentNullException>(() => queue.Options = null!);
        Assert.Throws<ArgumentException>(() => queue.Options = new AdmissionOptions { MaxQueueSize = -1 });
        Assert.Throws<ArgumentNullException>("options", () => new AdaptiveConcurrency(null!, 1));
        Assert.Throws<ArgumentException>(
            "options", () => new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { Backoff = 1 }, 1));
    }

    [Fact]
    public void A_request_and_a_restriction_take_the_ends_of_their_ranges_and_nothing_beyond()
    {
        Assert.Equal(0, new AdmissionRequest { Priority = 0 }.Priority);
        Assert.Equal(9, new AdmissionRequest { Priority = 9 }.Priority);
        Assert.Equal(0, new AdmissionRestriction { LeastUrgent = 0 }.LeastUrgent);
        Assert.Equal(9, new AdmissionRestriction { LeastUrgent = 9 }.LeastUrgent);
        Assert.Equal(0, new AdmissionRestriction { Reserved = 0 }.Reserved);
        Assert.Equal(1, new AdmissionRestriction { Reserved = 1 }.Reserved);

        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRestriction { LeastUrgent = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRestriction { LeastUrgent = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRestriction { Reserved = -0.01 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRestriction { Reserved = 1.01 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRestriction { Reserved = double.NaN });
    }
}
