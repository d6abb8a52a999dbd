using System.Text;

namespace Holdfast.Simulator.Answers;

/// <summary>An answer of the assistant's that stands at the end of a request, or before the user's last word.</summary>
/// <param name="Before">The hash of all that was said before it.</param>
/// <param name="Text">What it says.</param>
/// <param name="LastWord">What the user says of it; null where nothing follows.</param>
/// <param name="IsMarked">The message says of itself that it is a beginning: Mistral's <c>prefix</c>.</param>
internal sealed record BegunAnswer(ulong Before, string Text, string? LastWord, bool IsMarked)
{
    private const int Quoted = 16;

    /// <summary>
    /// What is left to say of an answer that begins like this; null where this is none of its beginnings, or nobody
    /// asks to go on.
    /// </summary>
    /// <param name="whole">The answer to what was said before.</param>
    /// <param name="prefill">What the provider makes of a last message of the assistant's.</param>
    /// <param name="repeatedWords">So many last words are said once more by those who are asked to go on.</param>
    public PiecedText? RestOf(PiecedText whole, Prefill prefill, int repeatedWords)
    {
        var begun = Encoding.UTF8.GetBytes(Text);
        if (begun.Length == 0 || !whole.Span.StartsWith(begun))
        {
            return null;
        }

        if (LastWord is null)
        {
            return prefill switch
            {
                Prefill.Continued => whole.From(begun.Length),
                Prefill.Echoed when IsMarked => whole,
                _ => null,
            };
        }

        // A whole answer is an older one, unless the user quotes how it ends.
        var quote = Text.TrimEnd();
        quote = quote.Length > Quoted ? quote[^Quoted..] : quote;
        return begun.Length == whole.Utf8.Length && !LastWord.Contains(quote, StringComparison.Ordinal)
            ? null
            : whole.From(StartOfLast(begun, repeatedWords));
    }

    private static int StartOfLast(ReadOnlySpan<byte> text, int words)
    {
        var at = text.Length;
        for (var i = 0; i < words && at > 0; i++)
        {
            at = text[..at].LastIndexOf((byte)' ');
        }

        return words == 0 ? text.Length : at + 1;
    }
}

/// <summary>What a provider makes of a last message of the assistant's.</summary>
internal enum Prefill
{
    /// <summary>An older message: the answer begins anew.</summary>
    Older,

    /// <summary>The beginning of its answer, which it goes on with.</summary>
    Continued,

    /// <summary>Where the message is marked, the beginning of its answer, which it says whole.</summary>
    Echoed,
}
