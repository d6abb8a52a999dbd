namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>How a model of Gemini's takes how much it is to think.</summary>
internal enum GeminiThinkingKind
{
    /// <summary>It doesn't think.</summary>
    None,

    /// <summary>A number of tokens.</summary>
    Budget,

    /// <summary>A word.</summary>
    Level,
}

/// <summary>What can be told of a model by its name.</summary>
internal static class GeminiModels
{
    private static readonly string[] Thoughtless = ["gemini-1", "gemini-2.0", "gemma", "learnlm"];

    public static GeminiThinkingKind ThinkingOf(string model)
    {
        var name = NameOf(model);
        return IsThoughtless(name)
            ? GeminiThinkingKind.None
            : name.StartsWith("gemini-2", StringComparison.Ordinal)
                ? GeminiThinkingKind.Budget
                : GeminiThinkingKind.Level;
    }

    public static bool IsPro(string model) => NameOf(model).Contains("-pro", StringComparison.Ordinal);

    /// <summary>The first model that thinks by a word has fewer words than those after it.</summary>
    public static bool HasNoMedium(string model) =>
        NameOf(model).StartsWith("gemini-3-pro", StringComparison.Ordinal);

    /// <summary>From Gemini 3 on, a call of an earlier turn must come with the signature that it left with.</summary>
    public static bool WantsSignatures(string model) =>
        NameOf(model) is var name && name.StartsWith("gemini-", StringComparison.Ordinal)
        && !name.StartsWith("gemini-1", StringComparison.Ordinal)
        && !name.StartsWith("gemini-2", StringComparison.Ordinal);

    private static bool IsThoughtless(ReadOnlySpan<char> name)
    {
        foreach (var start in Thoughtless)
        {
            if (name.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> NameOf(string model) => model.AsSpan(model.LastIndexOf('/') + 1);
}
