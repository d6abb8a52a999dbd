using System.Globalization;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Tells callers of another dialect where in their request a message of the chat comes from.</summary>
internal static class CallerPlaces
{
    /// <param name="field">A field of the chat's messages: <c>messages[3].content[0].type</c>.</param>
    /// <param name="origins">Where the chat's messages come from.</param>
    /// <param name="list">The caller's list of messages.</param>
    /// <param name="beside">What stands beside the list and becomes messages, too.</param>
    /// <returns>
    /// The caller's message: <c>input[2]</c>. What is in it has another shape there, so only the reason tells more.
    /// </returns>
    public static string Of(string field, IReadOnlyList<MessageOrigin> origins, string list, string beside)
    {
        var message = IndexAfter(field, "messages[");
        var call = IndexAfter(field, "].tool_calls[");
        var item = MessageOrigin.Whole;
        foreach (var origin in origins)
        {
            // A call is in its message, so of the two the call says more.
            if (origin.Message == message && (origin.Call == -1 || origin.Call == call))
            {
                item = origin.Item;
            }
        }

        return item switch
        {
            MessageOrigin.Whole => list,
            MessageOrigin.Beside => beside,
            _ => string.Create(CultureInfo.InvariantCulture, $"{list}[{item}]"),
        };
    }

    private static int IndexAfter(string field, string start)
    {
        var at = field.IndexOf(start, StringComparison.Ordinal);
        if (at < 0)
        {
            return -1;
        }

        var digits = field.AsSpan(at + start.Length);
        var end = digits.IndexOf(']');
        return end > 0 && int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : -1;
    }
}
