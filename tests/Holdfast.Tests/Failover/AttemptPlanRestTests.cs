using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

/// <summary>What a plan takes for a rest, which anything else comes before, and what for a mere backoff.</summary>
public class AttemptPlanRestTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly RetryOptions Plain = new() { Jitter = false, MaxRetries = 5 };

    [Fact]
    public void A_target_whose_server_asks_for_more_than_the_backoff_is_left_alone_while_another_can_be_repeated()
    {
        var plan = Make(Plain);
        Fail(plan, 0, Outcome.ServerError, 2.1 * Second);
        Fail(plan, 1, Outcome.ServerError);
        Fail(plan, 1, Outcome.ServerError);

        Assert.Equal((1, 2 * Second), Next(plan));
    }

    [Fact]
    public void A_server_that_asks_for_less_than_the_backoff_changes_nothing()
    {
        var plan = Make(Plain);
        Fail(plan, 0, Outcome.ServerError, Second / 2);
        Fail(plan, 1, Outcome.RateLimited, 2 * Second);
        Fail(plan, 0, Outcome.ServerError, Second / 2);

        Assert.Equal((0, 2 * Second), Next(plan));
    }

    [Fact]
    public void A_backoff_of_nothing_is_no_rest()
    {
        var plan = Make(Plain with { BaseDelay = TimeSpan.Zero });
        Fail(plan, 0, Outcome.ServerError);
        Fail(plan, 1, Outcome.RateLimited);
        Fail(plan, 0, Outcome.ServerError);

        Assert.Equal((0, TimeSpan.Zero), Next(plan));
    }

    [Fact]
    public void A_first_target_that_rests_untried_comes_before_a_long_backoff()
    {
        var plan = Make(Plain with { BaseDelay = 10 * Second, BackoffMultiplier = 3 });
        Assert.Equal((1, TimeSpan.Zero), Next(plan, restOfTheFirst: 90 * Second));
        plan.Report(1, Outcome.ServerError);
        Assert.Equal((1, 10 * Second), Next(plan, restOfTheFirst: 90 * Second));
        plan.Report(1, Outcome.ServerError);

        Assert.Equal((0, 15 * Second), Next(plan, restOfTheFirst: 15 * Second));
    }

    [Fact]
    public void Those_who_wait_for_the_same_rest_come_back_one_after_another_and_none_too_early()
    {
        var backoff = new Backoff(new Random(1));
        var retry = new RetryOptions { MaxDelay = 90 * Second };

        var seconds = Enumerable.Range(0, 300).Select(_ => Next(
            new AttemptPlan(1, retry, backoff), restOfTheFirst: 60 * Second).Delay.TotalSeconds).ToList();

        Assert.All(seconds, delay => Assert.InRange(delay, 60, 66));
        Assert.InRange(seconds.Max() - seconds.Min(), 5, 6);
    }

    [Fact]
    public void A_rest_that_just_fits_the_deadline_is_waited_for_though_its_spread_would_not_fit()
    {
        var backoff = new Backoff(new Random(1));

        for (var i = 0; i < 100; i++)
        {
            var step = new AttemptPlan(1, new RetryOptions(), backoff).Next(0, static (_, _) =>
                Availability.Not(Outcome.Held, 10 * Second), 10.01 * Second);

            Assert.InRange(step.Delay, 10 * Second, 10.01 * Second);
        }
    }

    private static AttemptPlan Make(RetryOptions retry) => new(2, retry, new Backoff(new Random(1)));

    private static (int Target, TimeSpan Delay) Next(AttemptPlan plan, TimeSpan restOfTheFirst = default)
    {
        var step = plan.Next(
            restOfTheFirst, static (rest, target) => target == 0 && rest > TimeSpan.Zero
                ? Availability.Not(Outcome.Held, rest)
                : Availability.Now, TimeSpan.MaxValue);
        return (step.Target, step.Delay);
    }

    private static void Fail(AttemptPlan plan, int expected, Outcome outcome, TimeSpan? serverDelay = null)
    {
        Assert.Equal(expected, Next(plan).Target);
        plan.Report(expected, outcome, serverDelay);
    }
}
