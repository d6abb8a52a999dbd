using System.Globalization;
using System.Text.Json;

namespace Holdfast.System.Tests.Faults;

/// <summary>Whether a call ended as it must.</summary>
/// <param name="run">The call.</param>
/// <param name="outcome">How it ended.</param>
/// <param name="isOurs">Holdfast answered: what only it promises is looked at, too.</param>
internal sealed class FaultVerdict(FaultRun run, FaultOutcome outcome, bool isOurs)
{
    public void Check()
    {
        switch (run.Case.Ending)
        {
            case FaultEnding.Elsewhere when run.Layout == FaultLayout.Pair:
                IsWhole(FaultRun.SecondText, run.Face.Stop);
                IsTold($"f{run.Number}/m:{{0}},s-{run.Face.Name}/m:ok");
                break;
            case FaultEnding.Elsewhere:
                IsRefused();
                break;
            case FaultEnding.Cut:
                IsCut();
                break;
            case FaultEnding.Answered:
                IsWhole(run.Sent, run.Face.Stop);
                IsTold(run.Case.HasTwoKeys ? $"f{run.Number}/m:auth,f{run.Number}/m:ok" : $"f{run.Number}/m:{{0}}");
                break;
            case FaultEnding.Passed:
                IsPassed();
                break;
            case FaultEnding.Filtered:
                IsWhole("", run.Face.Filtered);
                break;
            case FaultEnding.Calls:
                HasCalls();
                break;
        }
    }

    private void IsWhole(string text, string finish)
    {
        Assert.True(outcome.Numbers.IsRising, "events are numbered in another order than they come in");
        Assert.Equal(200, outcome.Status);
        Assert.Null(outcome.Unreadable);
        Assert.Equal(text, outcome.Text);
        Assert.Equal(finish, outcome.Finish);
        Assert.Equal(0, outcome.Errors);
        Assert.NotEqual(false, outcome.EndedCleanly);
        if (run.Client != FaultRun.Raw)
        {
            return;
        }

        EndsOnce();
        if (isOurs && text != "")
        {
            IsUsage();
        }
    }

    /// <summary>What only a socket can tell: one finish reason, one end, and nothing behind it.</summary>
    private void EndsOnce()
    {
        Assert.Equal(1, outcome.Finishes);
        Assert.Equal(0, outcome.Late);
        if (run.Streamed)
        {
            Assert.True(outcome.IsMarkedEnd, "the stream has no end");
        }
    }

    /// <summary>All providers say the same of a whole answer. In OpenAI's streams nobody has asked.</summary>
    private void IsUsage()
    {
        if (run.Face == FaultFace.OpenAi && run.Streamed)
        {
            Assert.Empty(outcome.Usages);
            return;
        }

        var (input, output) = Assert.Single(outcome.Usages);
        Assert.Equal(8, output);
        if (!run.Streamed)
        {
            Assert.Equal(3, input);
        }
    }

    private void IsPassed()
    {
        Assert.Equal("", outcome.Text);
        Assert.Null(outcome.Finish);
        Assert.Equal(1, outcome.Errors);
        if (!isOurs)
        {
            Assert.InRange(outcome.Status, 400, 499);
            return;
        }

        Assert.Equal(run.Case.AloneStatus, outcome.Status);
        Assert.Contains(FaultCases.Mistake, outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("", outcome.Header("retry-after"));
        Assert.Equal(1, run.Requests);
        IsTold($"f{run.Number}/m:{{0}}");
    }

    private void IsRefused()
    {
        var status = run.Face.StatusOf(run.Case.AloneStatus);
        Assert.Equal("", outcome.Text);
        Assert.Null(outcome.Finish);
        Assert.Equal(1, outcome.Errors);
        Assert.False(string.IsNullOrWhiteSpace(outcome.ErrorMessage), "the error says nothing");
        if (!isOurs)
        {
            Assert.InRange(outcome.Status, 400, 599);
            return;
        }

        var limited = status == 429;
        Assert.Equal(status, outcome.Status);
        Assert.Equal(limited ? "rate_limit_error" : run.Face.IsAnthropic ? "overloaded_error" : "upstream_error",
            outcome.ErrorType);
        if (!run.Face.IsAnthropic)
        {
            Assert.Equal(limited ? "upstream_rate_limited" : "all_targets_failed", outcome.ErrorCode);
        }

        Assert.Equal(limited ? "" : "false", outcome.Header("x-should-retry"));
        if (run.Case.Word == "quota")
        {
            // No waiting mends a used-up credit.
            Assert.Equal("", outcome.Header("retry-after"));
        }
        else
        {
            var (least, most) = run.Case.RetryAfter ?? (1, 60);
            Assert.InRange(int.Parse(outcome.Header("retry-after"), CultureInfo.InvariantCulture), least, most);
        }

        IsTold(run.Layout == FaultLayout.Down
            ? $"f{run.Number}/m:{{0}},g{run.Number}/m:{{0}}" : $"f{run.Number}/m:{{0}}");
    }

    private void IsCut()
    {
        Assert.Equal(200, outcome.Status);
        Assert.Equal(run.Sent, outcome.Text);
        Assert.Null(outcome.Finish);
        Assert.Equal(1, outcome.Errors);
        Assert.Equal(0, outcome.Late);
        Assert.False(outcome.IsMarkedEnd, "the cut stream ends as if it were whole");
        if (!isOurs)
        {
            return;
        }

        Assert.NotEqual(true, outcome.EndedCleanly);
        Assert.True(outcome.Numbers.IsRising, "the error's event is numbered as if it came earlier");
        Assert.Equal(run.Face.IsAnthropic ? "overloaded_error" : "upstream_error", outcome.ErrorType);
        if (!run.Face.IsAnthropic)
        {
            Assert.Equal("stream_cut", outcome.ErrorCode);
        }

        IsTold($"f{run.Number}/m:{{0}}");
    }

    private void HasCalls()
    {
        Assert.Equal(200, outcome.Status);
        Assert.Equal(0, outcome.Errors);
        Assert.Equal(run.Sent, outcome.Text);
        Assert.Equal(run.Face.IsResponses ? run.Face.Stop : run.Face.IsAnthropic ? "tool_use" : "tool_calls",
            outcome.Finish);
        if (run.Client == FaultRun.Raw)
        {
            EndsOnce();
        }

        IsTold($"f{run.Number}/m:{{0}}");
        // The order among calls has no meaning, and a face may number them as it likes.
        Assert.Equal(
            ToolStreams.Calls.Select(call => (call.Name, string.Concat(call.Arguments))).Order(),
            outcome.Calls.Values.Select(call => (call.Name, call.Arguments)).Order());
    }

    /// <summary>The trail, with the case's word in its places.</summary>
    private void IsTold(string trail)
    {
        if (!isOurs)
        {
            return;
        }

        var words = run.Case.Word.Split('|');
        var allowed = words.SelectMany(_ => words, (one, other) => (one, other)).Select(pair =>
        {
            var at = trail.IndexOf("{0}", StringComparison.Ordinal);
            var first = at < 0 ? trail : trail[..at] + pair.one + trail[(at + 3)..];
            return first.Replace("{0}", pair.other, StringComparison.Ordinal);
        });
        Assert.Contains(outcome.Header("x-holdfast-attempted"), allowed);
    }

    public static string Describe(FaultOutcome outcome) => JsonSerializer.Serialize(outcome);
}
