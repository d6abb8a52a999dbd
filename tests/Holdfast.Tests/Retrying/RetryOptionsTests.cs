using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Retrying;

public sealed class RetryOptionsTests
{
    [Fact]
    public void Repeats_what_the_table_says_when_nothing_is_named()
    {
        var options = new RetryOptions();

        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Equal(outcome.Rule().Repeat, options.RuleFor(outcome)));
    }

    [Fact]
    public void Repeats_only_the_retryable_errors_when_some_are_named()
    {
        var options = new RetryOptions { RetryableErrors = [Outcome.Timeout] };

        Assert.Equal(RepeatRule.Yes, options.RuleFor(Outcome.Timeout));
        Assert.Equal(RepeatRule.Never, options.RuleFor(Outcome.ServerError));
        Assert.Equal(RepeatRule.Never, options.RuleFor(Outcome.RateLimited));
    }

    [Fact]
    public void Repeats_what_the_table_forbids_when_it_is_named()
    {
        var options = new RetryOptions { RetryableErrors = [Outcome.NotFound] };

        Assert.Equal(RepeatRule.Yes, options.RuleFor(Outcome.NotFound));
    }

    [Fact]
    public void A_rate_limited_target_stays_the_last_choice_when_it_is_named()
    {
        var options = new RetryOptions { RetryableErrors = [Outcome.RateLimited] };

        Assert.Equal(RepeatRule.IfNothingElse, options.RuleFor(Outcome.RateLimited));
    }
}
