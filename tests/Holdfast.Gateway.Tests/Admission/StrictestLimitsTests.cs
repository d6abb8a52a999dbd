using Holdfast.Admission;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>What holds for a target that several routes name.</summary>
public sealed class StrictestLimitsTests
{
    [Fact]
    public void Of_two_routes_limits_the_strictest_of_each_number_holds()
    {
        var lax = new AdmissionOptions
        {
            MaxConcurrency = 50, MaxQueueSize = 5, ThrottleRate = 0, Timeout = TimeSpan.FromSeconds(9),
        };
        var strict = new AdmissionOptions
        {
            MaxConcurrency = 20, MaxQueueSize = 500, ThrottleRate = 3, Timeout = TimeSpan.FromSeconds(90),
            Adaptive = new AdaptiveConcurrencyOptions { MaxLimit = 70 },
        };

        var both = StrictestLimits.Of(lax, strict);

        Assert.Equal(new AdmissionOptions
        {
            MaxConcurrency = 20, MaxQueueSize = 5, ThrottleRate = 3, Timeout = TimeSpan.FromSeconds(9),
            Adaptive = new AdaptiveConcurrencyOptions { MaxLimit = 50 },
        }, both);
    }

    [Theory]
    [InlineData(5, 5, 5)]
    [InlineData(20, 10, 20)]
    [InlineData(0, 10, 64)]
    [InlineData(90, 10, 64)]
    public void What_one_route_fixes_holds_beside_an_adaptive_limit_of_another(int most, int begin, int end)
    {
        var hard = CallLimits.None with { MaxConcurrency = most };
        var adaptive = CallLimits.None with
        {
            Adaptive = new AdaptiveConcurrencyOptions { MinLimit = 10, MaxLimit = 64 },
        };

        foreach (var both in (AdmissionOptions[])[StrictestLimits.Of(hard, adaptive),
            StrictestLimits.Of(adaptive, hard)])
            Assert.Equal((begin, end), (both.Adaptive!.MinLimit, both.Adaptive.MaxLimit));
    }
}
