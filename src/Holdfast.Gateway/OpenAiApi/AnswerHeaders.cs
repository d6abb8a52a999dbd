using System.Globalization;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>The headers that tell a caller who answered and what was tried, on every call.</summary>
internal static class AnswerHeaders
{
    private const int LongestRequestId = 256;

    public static void Write(IHeaderDictionary headers, CallRecord record)
    {
        var told = record.Winner ?? record.Attempts.LastOrDefault(attempt => attempt.WasSent);
        if (told is not null)
        {
            headers["x-holdfast-provider"] = HeaderText.Encode(told.Provider);
            headers["x-holdfast-model"] = HeaderText.Encode(told.Model);
        }

        headers["x-holdfast-attempts"] = record.Sent.ToString(CultureInfo.InvariantCulture);
        headers["x-holdfast-fallback"] = record.FellBack ? "true" : "false";
        headers["x-holdfast-cache"] = "bypass";
        if (record.Attempts.Count > 0)
        {
            headers["x-holdfast-attempted"] = AttemptedText.Of(record);
        }

        if (record.ProviderRequestId is { Length: > 0 and <= LongestRequestId } id)
        {
            headers["x-holdfast-provider-request-id"] = HeaderText.Encode(id);
        }
    }
}
