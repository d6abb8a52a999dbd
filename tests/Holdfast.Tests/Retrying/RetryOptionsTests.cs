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

    [Fact]
    public void Values_at_both_ends_of_their_range_are_allowed()
    {
        var hour = TimeSpan.FromHours(1);
        RetryOptions lowest = new()
        {
            MaxRetries = 0,
            BaseDelay = TimeSpan.Zero,
            MaxDelay = TimeSpan.Zero,
            BackoffMultiplier = 1,
            JitterFactor = 0,
        };
        RetryOptions highest = new()
        {
            MaxRetries = 100,
            BaseDelay = hour,
            MaxDelay = hour,
            BackoffMultiplier = 100,
            JitterFactor = 1,
        };

        Assert.Empty(new RetryOptions().Problems());
        Assert.Empty(lowest.Problems());
        Assert.Empty(highest.Problems());
    }

    [Fact]
    public void Values_just_outside_their_range_are_named_with_what_is_allowed()
    {
        var tooLong = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1);
        (RetryOptions Options, string Problem)[] cases =
        [
            (new() { MaxRetries = -1 }, "maxRetries: -1: 0 to 100"),
            (new() { MaxRetries = 101 }, "maxRetries: 101: 0 to 100"),
            (new() { BaseDelay = -TimeSpan.FromTicks(1) }, "baseDelay: -00:00:00.0000001: 0 to 1 hour"),
            (new() { MaxDelay = TimeSpan.FromSeconds(0.5) },
                "maxDelay: 00:00:00.5000000: baseDelay (00:00:01) to 1 hour"),
            (new() { MaxDelay = tooLong }, "maxDelay: 01:00:00.0000001: baseDelay (00:00:01) to 1 hour"),
            (new() { BackoffMultiplier = 0.9 }, "backoffMultiplier: 0.9: 1 to 100"),
            (new() { BackoffMultiplier = 100.1 }, "backoffMultiplier: 100.1: 1 to 100"),
            (new() { BackoffMultiplier = double.NaN }, "backoffMultiplier: NaN: 1 to 100"),
            (new() { JitterFactor = -0.1 }, "jitterFactor: -0.1: 0 to 1"),
            (new() { JitterFactor = 1.1 }, "jitterFactor: 1.1: 0 to 1"),
        ];

        Assert.All(cases, it => Assert.Equal([it.Problem], it.Options.Problems()));
    }

    [Fact]
    public void A_base_delay_of_more_than_an_hour_is_refused_whatever_the_longest()
    {
        var tooLong = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1);
        var options = new RetryOptions { BaseDelay = tooLong, MaxDelay = tooLong };

        Assert.Contains("baseDelay: 01:00:00.0000001: 0 to 1 hour", options.Problems());
    }
}
