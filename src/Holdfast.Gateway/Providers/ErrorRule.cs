using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>How a text of an error is compared.</summary>
internal enum TextMatchKind
{
    /// <summary>It is one of the texts, letter by letter: for words that programs read.</summary>
    Is,

    /// <summary>It begins with one of the texts, in upper or lower case.</summary>
    Begins,

    /// <summary>One of the texts stands in it, in upper or lower case.</summary>
    Holds,
}

/// <summary>A condition on one text of an error.</summary>
/// <param name="Kind">How.</param>
/// <param name="Texts">With what; one of them is enough.</param>
internal sealed record TextMatch(TextMatchKind Kind, params IReadOnlyList<string> Texts)
{
    public bool IsMet(string? text)
    {
        if (text is null)
        {
            return false;
        }

        foreach (var expected in Texts)
        {
            var isMet = Kind switch
            {
                TextMatchKind.Is => text == expected,
                TextMatchKind.Begins => text.StartsWith(expected, StringComparison.OrdinalIgnoreCase),
                _ => text.Contains(expected, StringComparison.OrdinalIgnoreCase),
            };
            if (isMet)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>
/// One row of what a provider's errors mean: where the conditions are met, all of them, the error is the outcome.
/// </summary>
/// <param name="From">The first status that it is about.</param>
/// <param name="To">The last one.</param>
/// <param name="Outcome">What the error means.</param>
internal sealed record ErrorRule(int From, int To, Outcome Outcome)
{
    /// <summary>About the error's type; null: whatever it is.</summary>
    public TextMatch? Type { get; init; }

    /// <summary>About the error's code; null: whatever it is.</summary>
    public TextMatch? Code { get; init; }

    /// <summary>About the message; null: whatever it is.</summary>
    public TextMatch? Message { get; init; }

    /// <summary>About the name of something that the error's metadata tell; null: whatever they tell.</summary>
    public TextMatch? Metadata { get; init; }

    /// <summary>The only provider type that it is about; null: all that speak the dialect.</summary>
    public string? ProviderType { get; init; }

    /// <summary>Whether an error is one of those.</summary>
    public bool Covers(int status, string? type, string? code, string? message, string? metadata = null) =>
        status >= From && status <= To && Type?.IsMet(type) != false && Code?.IsMet(code) != false
        && Message?.IsMet(message) != false && Metadata?.IsMet(metadata) != false;
}
