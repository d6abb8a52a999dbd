using Holdfast.Gateway.Admission;

namespace Holdfast.Gateway.Tests.Admission;

public sealed class LimitRefillTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    [Fact]
    public void A_reset_in_proportion_to_what_is_missing_is_that_of_a_limit_that_fills_up_all_the_time()
    {
        var refill = default(LimitRefill).With(120, 90, 15 * Second).With(120, 60, 30 * Second);

        Assert.Equal((10d, 10d), refill.Between(120, 60, 30 * Second, 5 * Second));
    }

    [Fact]
    public void A_reset_that_shortens_while_more_is_missing_is_that_of_a_new_count()
    {
        var refill = default(LimitRefill).With(120, 90, 50 * Second).With(120, 60, 40 * Second);

        Assert.Equal((0d, 0d), refill.Between(120, 60, 40 * Second, 5 * Second));
    }

    [Fact]
    public void A_reset_that_is_always_the_same_says_nothing()
    {
        var refill = default(LimitRefill).With(120, 90, 60 * Second).With(120, 60, 60 * Second);

        Assert.Equal((0d, 10d), refill.Between(120, 60, 60 * Second, 5 * Second));
    }

    [Fact]
    public void Another_limit_is_looked_at_afresh()
    {
        var refill = default(LimitRefill).With(120, 90, 50 * Second).With(120, 60, 40 * Second)
            .With(240, 120, 30 * Second);

        Assert.Equal((0d, 40d), refill.Between(240, 120, 30 * Second, 5 * Second));
    }
}
