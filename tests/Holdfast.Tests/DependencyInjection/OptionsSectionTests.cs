using Holdfast.DependencyInjection;
using Holdfast.Execution;
using Holdfast.Failover;
using Microsoft.Extensions.Configuration;

namespace Holdfast.Tests.DependencyInjection;

public class OptionsSectionTests
{
    private readonly List<string> _problems = [];

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5m", 90)]
    [InlineData("2H", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("00:00:30", 30)]
    public void A_duration_is_written_with_its_unit_or_with_colons(string text, double seconds)
    {
        var read = Read(("Timeouts:Attempt", text));

        Assert.Equal(TimeSpan.FromSeconds(seconds), read.Timeouts.Attempt);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("1e300d")]
    [InlineData("")]
    public void A_duration_without_a_unit_is_refused_because_it_would_be_days(string text)
    {
        Read(("Timeouts:Attempt", text));

        Assert.Equal(
            [$"ask.Timeouts.Attempt: '{text}': a duration, as 30s, 500ms or 00:00:30"], _problems);
    }

    [Fact]
    public void Words_numbers_flags_and_lists_are_read_in_any_case_and_the_rest_stays()
    {
        var read = Read(("strategy", "weighted"), ("Retry:Jitter", "FALSE"), ("retry:backoffMultiplier", "1.5"),
            ("Retry:RetryableErrors:0", "rate_limited"), ("Retry:RetryableErrors:1", "Timeout"), ("HedgeAfter", "2s"));

        Assert.Equal((FailoverStrategy.Weighted, false), (read.Strategy, read.Retry.Jitter));
        Assert.Equal(1.5, read.Retry.BackoffMultiplier);
        Assert.Equal([Outcome.RateLimited, Outcome.Timeout], read.Retry.RetryableErrors);
        Assert.Equal((TimeSpan.FromSeconds(2), 42), (read.HedgeAfter, read.MaxConcurrent));
        Assert.Empty(_problems);
    }

    [Fact]
    public void One_value_where_a_section_or_a_list_belongs_is_refused()
    {
        Read(("Timeouts", "30s"), ("Retry:RetryableErrors", "timeout"));

        Assert.Equal(
            [
                "ask.Retry.RetryableErrors: 'timeout': a list: keys 0, 1, …",
                "ask.Timeouts: '30s': a section with keys of its own",
            ],
            _problems.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_section_that_is_empty_changes_nothing()
    {
        Assert.Equal(42, Read(("Timeouts", "")).MaxConcurrent);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Functions_are_no_keys()
    {
        Read(("Classify", "x"));

        Assert.StartsWith("ask.Classify: unknown: one of ", Assert.Single(_problems));
    }

    [Fact]
    public void What_is_read_is_a_copy()
    {
        var before = new OperationOptions<string>();

        var read = Section(("Retry:MaxRetries", "9")).Read(before);

        Assert.Equal((3, 9), (before.Retry.MaxRetries, read.Retry.MaxRetries));
    }

    private OperationOptions<string> Read(params (string Key, string Value)[] values) =>
        Section(values).Read(new OperationOptions<string> { MaxConcurrent = 42 });

    private OptionsSection Section(params (string Key, string Value)[] values) => new(
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(one => new KeyValuePair<string, string?>(one.Key, one.Value))).Build(),
        "ask", _problems);
}
