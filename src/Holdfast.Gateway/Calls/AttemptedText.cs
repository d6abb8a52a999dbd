using System.Text;
using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>The trail of a call in one line: <c>openai/gpt-4o:timeout,anthropic/claude-sonnet-4-5:ok</c>.</summary>
internal static class AttemptedText
{
    /// <summary>Longer trails are cut; the number of attempts tells that something is missing.</summary>
    private const int MostAttempts = 50;

    public static string Of(CallRecord call)
    {
        if (call.Attempts is [var only])
        {
            return $"{HeaderText.Encode(only.Provider)}/{HeaderText.Encode(only.Model)}:{only.Outcome.Word()}";
        }

        var text = new StringBuilder();
        foreach (var attempt in call.Attempts.Take(MostAttempts))
        {
            text.Append(text.Length == 0 ? "" : ",")
                .Append(HeaderText.Encode(attempt.Provider)).Append('/').Append(HeaderText.Encode(attempt.Model))
                .Append(':').Append(attempt.Outcome.Word());
        }

        return text.ToString();
    }
}
