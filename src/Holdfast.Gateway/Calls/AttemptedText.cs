using System.Globalization;
using System.Text;
using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>The trail of a call in one line, for people and for headers.</summary>
internal static class AttemptedText
{
    /// <summary>Longer trails are cut; the number of attempts tells that something is missing.</summary>
    private const int MostAttempts = 50;

    /// <summary>As in the header: <c>openai/gpt-4o:timeout,anthropic/claude-sonnet-4-5:ok</c>.</summary>
    public static string Of(CallRecord call) => call.Attempts is [var only]
        ? $"{HeaderText.Encode(only.Provider)}/{HeaderText.Encode(only.Model)}:{only.Outcome.Word()}"
        : Join(call, withTimes: false);

    /// <summary>As in the log, with what each took: <c>openai/gpt-4o:timeout(1000.2ms)</c>.</summary>
    public static string WithTimes(CallRecord call) => Join(call, withTimes: true);

    private static string Join(CallRecord call, bool withTimes)
    {
        var text = new StringBuilder();
        foreach (var attempt in call.Attempts.Take(MostAttempts))
        {
            text.Append(text.Length == 0 ? "" : ",")
                .Append(HeaderText.Encode(attempt.Provider)).Append('/').Append(HeaderText.Encode(attempt.Model))
                .Append(':').Append(attempt.Outcome.Word());
            if (withTimes && attempt.WasSent)
            {
                text.Append(CultureInfo.InvariantCulture, $"({attempt.Duration.TotalMilliseconds:0.0}ms)");
            }
        }

        return text.ToString();
    }
}
