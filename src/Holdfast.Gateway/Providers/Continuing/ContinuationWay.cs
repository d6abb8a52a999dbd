namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>How a target is brought to go on with an answer that another one began.</summary>
internal enum ContinuationWay
{
    /// <summary>A user's message asks for it, and for the last words once more, by which the seam is found.</summary>
    Instruction,

    /// <summary>The text so far is the beginning of its own message; what comes is the rest and nothing else.</summary>
    Prefix,

    /// <summary>The same, and what comes repeats the beginning first.</summary>
    EchoedPrefix,
}

/// <summary>Says for each target which way is its own.</summary>
internal static class ContinuationWays
{
    private const string Claude = "claude-";

    // Claude 4.5 was the last one to take a beginning.
    private const int LastMinor = 5;

    private static readonly string[] Families = ["opus-", "sonnet-", "haiku-"];

    /// <summary>The way of a target.</summary>
    /// <param name="provider">Where it is.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="wantsThoughts">The request has the model think first; a beginning would skip that.</param>
    public static ContinuationWay Of(Provider provider, string model, bool wantsThoughts = false) =>
        wantsThoughts ? ContinuationWay.Instruction : provider.Type.Prefill switch
        {
            Prefill.Claude when TakesBeginnings(model) => ContinuationWay.Prefix,
            Prefill.Trailing => ContinuationWay.Prefix,
            Prefill.Marked => ContinuationWay.EchoedPrefix,
            Prefill.MarkedInBeta when IsBeta(provider) => ContinuationWay.Prefix,
            _ => ContinuationWay.Instruction,
        };

    /// <summary>The word for people.</summary>
    public static string Word(this ContinuationWay way) =>
        way == ContinuationWay.Instruction ? "instruction" : "prefix";

    /// <summary>Its message must say that it is a beginning.</summary>
    public static bool IsMarked(Provider provider) =>
        provider.Type.Prefill == Prefill.Marked || (provider.Type.Prefill == Prefill.MarkedInBeta && IsBeta(provider));

    private static bool IsBeta(Provider provider) =>
        provider.BaseUrl.AbsolutePath.TrimEnd('/').EndsWith("/beta", StringComparison.Ordinal);

    /// <summary>By the model's name, which may stand behind a region's or a vendor's.</summary>
    private static bool TakesBeginnings(string model)
    {
        var at = model.IndexOf(Claude, StringComparison.Ordinal);
        if (at < 0)
        {
            return false;
        }

        var name = model.AsSpan(at + Claude.Length);
        if (name.StartsWith("3-") || name.StartsWith("2") || name.StartsWith("instant") || name.StartsWith("v2"))
        {
            return true;
        }

        foreach (var family in Families)
        {
            if (name.StartsWith(family))
            {
                return IsOldFour(name[family.Length..]);
            }
        }

        return false;
    }

    /// <summary><c>4</c>, <c>4-1</c>, <c>4-5-20250929</c>, <c>4-20250514</c>: a date is no minor version.</summary>
    private static bool IsOldFour(ReadOnlySpan<char> version)
    {
        if (!version.StartsWith("4") || (version.Length > 1 && char.IsAsciiDigit(version[1])))
        {
            return false;
        }

        var rest = version.Length > 2 ? version[2..] : default;
        var digits = 0;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            digits++;
        }

        return digits is 0 or > 2 || int.Parse(rest[..digits]) <= LastMinor;
    }
}
