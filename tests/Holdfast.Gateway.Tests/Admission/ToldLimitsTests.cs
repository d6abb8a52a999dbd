using Holdfast.Admission;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>What is left to two models of which nobody knows whether they draw on one limit.</summary>
public sealed class ToldLimitsTests
{
    private const int Limit = 100;

    [Fact]
    public void What_was_told_to_another_counts_less_the_calls_since()
    {
        var mate = Told(call: 10, second: 0, remaining: 50, reset: 60);

        var least = mate.LeastWith(Told(call: 14, second: 1, remaining: 90, reset: 59)).Requests!.Value;

        Assert.Equal((46, 59), (least.Remaining, (int)least.Reset.TotalSeconds));
    }

    [Fact]
    public void What_is_left_to_itself_counts_where_it_is_less()
    {
        var mate = Told(call: 10, second: 0, remaining: 90, reset: 60);

        var least = mate.LeastWith(Told(call: 14, second: 1, remaining: 50, reset: 59)).Requests!.Value;

        Assert.Equal(50, least.Remaining);
    }

    [Fact]
    public void What_was_told_of_a_period_that_is_over_says_nothing()
    {
        var mate = Told(call: 10, second: 0, remaining: 1, reset: 30);

        Assert.Equal(90, LeastAt(second: 30));
        Assert.Equal(0, LeastAt(second: 29));

        long LeastAt(int second) =>
            mate.LeastWith(Told(call: 14, second, remaining: 90, reset: 60)).Requests!.Value.Remaining;
    }

    [Theory]
    [InlineData(60, 50, 59)]
    [InlineData(10, 20, 20)]
    public void The_reset_is_the_later_one_because_at_the_other_not_all_is_there_again(int reset, int own, int later)
    {
        var mate = Told(call: 10, second: 0, remaining: 20, reset);

        var least = mate.LeastWith(Told(call: 11, second: 1, remaining: 90, reset: own)).Requests!.Value;

        Assert.Equal((19, later), (least.Remaining, (int)least.Reset.TotalSeconds));
    }

    [Fact]
    public void A_limit_that_fills_up_all_the_time_has_filled_up_meanwhile()
    {
        // Of 100 a minute 50 are missing after 30 s, 25 after 15 s.
        var mate = default(ToldLimits)
            .With(new RateLimits(Reading(50, 30), null), new CallMark(10, 10, Second(0)), Second(0))
            .With(new RateLimits(Reading(75, 15), null), new CallMark(12, 12, Second(1)), Second(1));

        var least = mate.LeastWith(Told(call: 20, second: 6, remaining: 90, reset: 15)).Requests!.Value;

        // 75 and 25 x 5 s / 15 s, less 8 calls.
        Assert.Equal(75 + 8 - 8, least.Remaining);
    }

    [Fact]
    public void Tokens_count_by_what_calls_are_to_cost()
    {
        var mate = default(ToldLimits)
            .With(new RateLimits(null, Reading(50, 60)), default, 0)
            .With(new RateLimits(null, Reading(20, 30)), default, 0)
            .With(new RateLimits(null, Reading(80, 60)), new CallMark(1, 5, Second(0)), Second(0));
        var other = default(ToldLimits).With(
            new RateLimits(null, Reading(90, 60)), new CallMark(2, 35, Second(1)), Second(1));

        Assert.Equal(50, mate.LeastWith(other).Tokens!.Value.Remaining);
        Assert.Equal((true, (long)Limit), mate.Announced);
    }

    // One that begins a new count: the rest of its period is the same, whatever is missing.
    private static ToldLimits Told(long call, int second, long remaining, int reset) => default(ToldLimits)
        .With(new RateLimits(Reading(50, 60), null), default, 0)
        .With(new RateLimits(Reading(20, 30), null), default, 0)
        .With(new RateLimits(Reading(remaining, reset), null), new CallMark(call, call, Second(second)),
            Second(second));

    private static RateLimitReading Reading(long remaining, int reset) =>
        new(Limit, remaining, TimeSpan.FromSeconds(reset));

    private static long Second(int second) => TimeSpan.FromSeconds(second).Ticks;
}
