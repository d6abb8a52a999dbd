using System.Text;

namespace Holdfast.System.Tests.Faults;

/// <summary>The page says of every case what comes of it; <c>HOLDFAST_ACCEPT_DOCS=1</c> writes it anew.</summary>
public sealed class FaultPageTests
{
    private const string Begin = "<!-- cases -->\n";
    private const string End = "<!-- /cases -->\n";

    [Fact]
    public void The_page_of_faults_lists_every_case()
    {
        var path = Path.Combine(Repository.Root, "docs", "faults.md");
        var page = File.ReadAllText(path);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_DOCS") == "1")
        {
            File.WriteAllText(path, page[..begin] + Table() + page[end..]);
            return;
        }

        Assert.Equal(Table(), page[begin..end]);
    }

    private static string Table()
    {
        var table = new StringBuilder(
            "| what goes wrong | asked | outcome | with another target | alone |\n|---|---|---|---|---|\n");
        foreach (var one in FaultCases.All)
        {
            var asked = one is { Plain: true, Streamed: true } ? "both" : one.Plain ? "plain" : "streamed";
            var isCut = one.Ending is FaultEnding.Cut or FaultEnding.GoneOn;
            var word = isCut ? "cut" : one.Word.Replace("|", "`, `", StringComparison.Ordinal);
            var (pair, alone) = one.Ending switch
            {
                FaultEnding.Elsewhere => ("its whole answer", Refusal(one)),
                FaultEnding.Cut => ("the text so far, an error", "the text so far, an error"),
                FaultEnding.GoneOn => ("the whole text, gone on with", "the text so far, an error"),
                FaultEnding.Passed => ("the provider's error", "the provider's error"),
                FaultEnding.Filtered => ("a filtered answer", "a filtered answer"),
                _ => ("the whole answer", "the whole answer"),
            };
            table.Append("| ").AppendJoin(" | ", one.Name, asked, $"`{word}`", pair, alone).Append(" |\n");
        }

        return table.ToString();
    }

    private static string Refusal(FaultCase one)
    {
        var other = FaultFace.Anthropic.StatusOf(one.AloneStatus);
        var both = other == one.AloneStatus ? $"{other}" : $"{one.AloneStatus} ({other})";
        return one.RetryAfter is var (_, most) ? $"{both}, `retry-after` up to {most}" : both;
    }
}
