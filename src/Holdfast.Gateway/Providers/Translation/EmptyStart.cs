using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// An empty object at the start of a call's arguments that come in pieces. Some providers say it before the real ones
/// come; of a function that takes nothing it is all. So it is kept until more comes, or nothing more can.
/// </summary>
internal struct EmptyStart
{
    private bool _isOver;

    /// <summary>It is all that has come.</summary>
    public bool IsAll { get; private set; }

    /// <summary>What a piece says but for that object; empty: nothing more.</summary>
    /// <param name="text">The next piece, as it is written in a JSON string: <see cref="JsonView.Text"/>.</param>
    /// <exception cref="JsonException">Something else than an object stands behind it.</exception>
    public ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> text)
    {
        if (_isOver)
        {
            return text;
        }

        var rest = text;
        for (; Visible(rest) is var visible && visible.StartsWith("{}"u8); rest = visible[2..])
        {
            IsAll = true;
        }

        if (!IsAll)
        {
            _isOver = true;
            return text;
        }

        rest = Visible(rest);
        if (rest.IsEmpty)
        {
            return rest;
        }

        End();
        return rest[0] == (byte)'{'
            ? rest
            : throw new JsonException("it goes on with a call of a tool that has ended");
    }

    /// <summary>Nothing more comes, or it must not be taken for more.</summary>
    public void End() => (IsAll, _isOver) = (false, true);

    /// <summary>Without the white space before it.</summary>
    private static ReadOnlySpan<byte> Visible(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var width = text switch
            {
                [(byte)' ', ..] => 1,
                [(byte)'\\', (byte)'n' or (byte)'r' or (byte)'t', ..] => 2,
                _ => 0,
            };
            if (width == 0)
            {
                return text;
            }

            text = text[width..];
        }
    }
}
