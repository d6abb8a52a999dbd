using Holdfast.Gateway.Calls;
using Microsoft.Extensions.Primitives;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>Picks the caller's headers that may go on to a provider; a malformed one stays behind.</summary>
internal static class CallerHeaders
{
    private const int Longest = 512;

    public static PassedHeaders Read(IHeaderDictionary headers) => new(
        One(headers.TraceParent),
        One(headers["openai-beta"]),
        One(headers["anthropic-version"]),
        One(headers["anthropic-beta"]),
        One(headers.UserAgent));

    private static string? One(StringValues values) =>
        values is [{ Length: > 0 and <= Longest } value] && HeaderText.IsPrintable(value)
            ? value
            : null;
}
