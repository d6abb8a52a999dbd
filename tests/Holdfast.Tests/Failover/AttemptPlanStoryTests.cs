using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

/// <summary>What a plan says afterwards of how a call came to its target.</summary>
public class AttemptPlanStoryTests
{
    private readonly AttemptPlan _plan = new(
        2, new RetryOptions { MaxRetries = 5, BaseDelay = TimeSpan.Zero }, new Backoff(new Random(1)));

    [Theory]
    [InlineData(Outcome.ServerError, true)]
    [InlineData(Outcome.RateLimited, true)]
    [InlineData(Outcome.Ok, false)]
    [InlineData(Outcome.Cancelled, false)]
    [InlineData(Outcome.CallerError, false)]
    public void The_next_target_steps_in_for_one_that_failed(Outcome first, bool stepsIn)
    {
        Next(openTarget: null);
        _plan.Report(0, first);

        Assert.Equal(stepsIn, _plan.IsAfterFailure(1));
    }

    [Fact]
    public void A_target_that_failed_twice_has_failed()
    {
        Next(openTarget: null);
        _plan.Report(0, Outcome.ServerError);
        Assert.True(Next(openTarget: 0) is { Target: 0, IsRepeat: true });
        _plan.Report(0, Outcome.ServerError);

        Assert.True(_plan.IsAfterFailure(1));
    }

    [Fact]
    public void The_next_target_steps_in_for_one_that_was_passed_over()
    {
        Assert.False(_plan.IsAfterFailure(1));

        Assert.Equal(1, Next(openTarget: 1).Target);

        Assert.True(_plan.IsAfterFailure(1));
    }

    [Fact]
    public void A_target_that_was_passed_over_and_tried_after_all_is_stepped_in_for_no_more()
    {
        Next(openTarget: 1);
        _plan.Report(1, Outcome.ServerError);

        Assert.Equal(0, Next(openTarget: 0).Target);

        Assert.False(_plan.IsAfterFailure(1));
        Assert.Empty(_plan.Skipped);
    }

    [Fact]
    public void A_target_on_its_way_has_not_failed()
    {
        Next(openTarget: null);

        Assert.False(_plan.IsAfterFailure(1));
    }

    private AttemptStep Next(int? openTarget) => _plan.Next(
        openTarget, static (open, target) => open is null || open == target
            ? Availability.Now
            : Availability.Not(Outcome.CircuitOpen, TimeSpan.FromSeconds(60)),
        TimeSpan.MaxValue);
}
