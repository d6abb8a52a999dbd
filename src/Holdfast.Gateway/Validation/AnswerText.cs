using System.Text;

namespace Holdfast.Gateway.Validation;

/// <summary>What one choice of an answer says, put together from however many parts it came in.</summary>
internal sealed class AnswerText
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    /// <summary>
    /// It is an answer of another kind: a refusal, a filtered answer, a call of a tool, spoken. There is no text to
    /// check, and no other provider should be asked because of it.
    /// </summary>
    public bool IsOfOtherKind { get; set; }

    /// <summary>The limit of tokens cut it off.</summary>
    public bool IsCutByLength { get; set; }

    /// <summary>Characters as people and JSON Schema count them: code points.</summary>
    public static int Characters(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    public void Append(string part) => _text.Append(part);
}
