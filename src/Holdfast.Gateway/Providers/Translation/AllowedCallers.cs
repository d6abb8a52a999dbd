namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Who may call a tool, as Anthropic's API and OpenAI's Responses say it: the model itself (<c>direct</c>), or programs
/// that it writes. Models elsewhere write none, so a tool that they may call directly can do there all that it is for.
/// </summary>
internal static class AllowedCallers
{
    /// <param name="callers">The list.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="refusals">What becomes of one that leaves the model itself out.</param>
    /// <exception cref="UnsupportedFieldException">It is no such list, or the tool is for programs only.</exception>
    public static void Judge(JsonView callers, string place, Refusals refusals)
    {
        if (!callers.IsArray)
        {
            throw Refusals.Invalid(place, "it must be an array of strings");
        }

        var isDirect = callers.IsEmpty;
        var items = callers.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!items.Value.IsString)
            {
                throw Refusals.Invalid($"{place}[{i}]", "it must be a string");
            }

            isDirect |= items.Value.Says("direct"u8);
        }

        if (!isDirect)
        {
            refusals.Option(place, "other providers' models call their tools themselves");
        }
    }
}
