using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary><c>providers.NAME.errors</c>: what single errors of a provider mean.</summary>
public class ErrorsConfigurationTests
{
    [Fact]
    public void Rows_are_read_in_their_order_with_all_their_conditions()
    {
        var rules = Rules("""
            - { status: 500, message: jinja, outcome: caller_error }
            - { type: a, code: b, outcome: quota }
            """);

        Assert.Equal([(500, 500, Outcome.CallerError), (100, 599, Outcome.Quota)],
            rules.Select(rule => (rule.From, rule.To, rule.Outcome)));
        Assert.Equal((TextMatchKind.Holds, "jinja"), (rules[0].Message!.Kind, rules[0].Message!.Texts.Single()));
        Assert.Equal((TextMatchKind.Is, "a", TextMatchKind.Is, "b"),
            (rules[1].Type!.Kind, rules[1].Type!.Texts.Single(), rules[1].Code!.Kind, rules[1].Code!.Texts.Single()));
    }

    [Theory]
    [InlineData("{ outcome: quota }", "[0]: covers every error; write at least one of status, type, code, message")]
    [InlineData("{ status: 500 }", "[0]: outcome is missing (one of: server_error, bad_answer, conflict, "
        + "rate_limited, quota, auth, not_found, caller_error)")]
    [InlineData("{ status: 600, outcome: quota }", "[0].status: '600' is not a whole number from 100 to 599")]
    [InlineData("{ code: '', outcome: quota }", "[0].code: is empty: every error would match it")]
    [InlineData("quota", "[0]: must be a mapping, not a single value")]
    public void A_row_that_cannot_be_meant_is_named_with_its_place(string row, string problem) => Assert.Equal(
        $"holdfast.yaml:5: providers.a.errors{problem}", Error(Yaml($"- {row}")));

    [Theory]
    [InlineData("ok")]
    [InlineData("refused")]
    [InlineData("timeout")]
    [InlineData("cancelled")]
    public void Only_what_an_answer_can_be_is_an_outcome(string outcome) => Assert.StartsWith(
        $"holdfast.yaml:5: providers.a.errors[0].outcome: '{outcome}' is not known here",
        Error(Yaml($"- {{ status: 500, outcome: {outcome} }}")), StringComparison.Ordinal);

    [Fact]
    public void The_number_of_rows_is_bounded() => Assert.EndsWith(
        "providers.a.errors: has 101 entries (allowed: up to 100)",
        Error(Yaml(string.Join("\n", Enumerable.Repeat("- { status: 500, outcome: quota }", 101)))),
        StringComparison.Ordinal);

    private static IReadOnlyList<ErrorRule> Rules(string rows) => Options(Yaml(rows)).Providers.Single().Errors;

    private static string Yaml(string rows) => "providers:\n  a:\n    type: ollama\n    errors:\n"
        + string.Concat(rows.Split('\n').Select(row => $"      {row}\n"));
}
