using System.Globalization;
using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Tidy;

namespace Holdfast.Gateway.Tests.Documentation;

/// <summary>
/// <c>docs/error-classification.md</c> is made from <see cref="ErrorTables"/>; with HOLDFAST_ACCEPT_DOCS=1 this test
/// writes it.
/// </summary>
public class ErrorClassificationPageTests
{
    private const string Page = "docs/error-classification.md";

    [Fact]
    public void The_page_is_what_the_tables_say()
    {
        var path = Path.Combine(Repository.Root, Page);
        var page = Write();
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_DOCS") == "1")
            File.WriteAllText(path, page);

        Assert.True(page == File.ReadAllText(path),
            $"{Page} isn't what ErrorTables says; with HOLDFAST_ACCEPT_DOCS=1 this test writes it");
    }

    private static string Write()
    {
        var page = new StringBuilder("""
            # What providers' errors mean

            A provider's error becomes one of the [outcomes](errors.md#outcomes), which say what follows. The first row
            of its dialect's table that covers it counts; where none does, its status alone.

            ## By status

            | status | outcome |
            |---|---|

            """);
        foreach (var group in ByStatus())
        {
            page.Append(CultureInfo.InvariantCulture, $"| {group.Statuses} | `{group.Outcome.Word()}` |\n");
        }

        page.Append("""

            A 200 that is no answer (HTML, no JSON, no choices, an error in OpenAI's shape) is a `bad_answer`; an
            answer that a content filter ended, or a blocked prompt, is an answer. What never came is `refused` or
            `timeout`.

            """);
        foreach (var table in ErrorTables.All)
        {
            Append(page, table);
        }

        page.Append("""

            ## In your own words

            A provider that means something else by an error is told so in the configuration; these rows come first.
            All that is written of a row must be so: `status` (200 is an error inside an answer), `type` and `code` word
            by word, `message` as a part of it in upper or lower case.

            ```yaml
            providers:
              local:
                type: openai-compatible
                baseUrl: http://127.0.0.1:8000/v1
                errors:
                  - { status: 500, message: "jinja", outcome: caller_error }         # a prompt that its template can't take
                  - { status: 400, message: "try again later", outcome: server_error }
                  - { code: tenant_suspended, outcome: quota }
            ```

            The outcome is one of `server_error`, `bad_answer`, `conflict`, `rate_limited`, `quota`, `auth`,
            `not_found` and `caller_error`. After which of them the same target is asked again is said by
            [`retryableErrors`](configuration.md#retry-defaults-provider-model-target), after which the next one by
            [`failoverOn`](features/Routing.md). A `caller_error` reaches the caller with a status from 400 to 499: its
            own, else 400.

            """);
        return page.ToString().TrimEnd() + "\n";
    }

    private static IEnumerable<(string Statuses, Outcome Outcome)> ByStatus()
    {
        var own = Enumerable.Range(400, 100).Where(status => StatusOutcomes.For(status) != Outcome.CallerError);
        foreach (var group in own.GroupBy(StatusOutcomes.For))
        {
            yield return (string.Join(", ", group), group.Key);
        }

        yield return ("any other from 400 to 499", Outcome.CallerError);
        yield return ("500 to 599", StatusOutcomes.For(500));
        yield return ("any other", StatusOutcomes.For(302));
    }

    private static void Append(StringBuilder page, ErrorTable table)
    {
        page.Append(CultureInfo.InvariantCulture,
            $"\n## {table.Dialect}\n\n| status | and | outcome |\n|---|---|---|\n");
        foreach (var rule in table.Rules)
        {
            var status = rule.From == rule.To ? $"{rule.From}" : $"{rule.From} to {rule.To}";
            var conditions = new[]
            {
                Words("type", rule.Type), Words("code", rule.Code), Words("message", rule.Message),
                rule.Metadata is { } told ? $"its metadata have {Names(told)}" : "",
                rule.ProviderType is { } type ? $"only of type `{type}`" : "",
            }.Where(text => text.Length > 0);
            page.Append(CultureInfo.InvariantCulture,
                $"| {status} | {string.Join("; ", conditions)} | `{rule.Outcome.Word()}` |\n");
        }

        if (table.InBand.Count > 0)
        {
            var words = table.InBand.Select(entry => $"`{entry.Word}` {entry.Status}");
            page.Append(CultureInfo.InvariantCulture,
                $"\nInside a 200 an error means what its status would have meant: {string.Join(", ", words)}.\n");
        }
    }

    private static string Words(string part, TextMatch? match)
    {
        if (match is null)
        {
            return "";
        }

        var verb = match.Kind switch
        {
            TextMatchKind.Is => "is",
            TextMatchKind.Begins => "begins with",
            _ => "holds",
        };
        return $"{part} {verb} {Names(match)}";
    }

    private static string Names(TextMatch match) => string.Join(" or ", match.Texts.Select(text => $"`{text}`"));
}
