using System.Globalization;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Sees when an object or a list is whole whose text comes in pieces. Nothing else is looked at: what is no JSON may be
/// whole too early, or never.
/// </summary>
internal struct JsonPieces
{
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>What was opened first is closed.</summary>
    public bool IsWhole { get; private set; }

    /// <param name="text">The next piece, as it is written in a JSON string: <see cref="JsonView.Text"/>.</param>
    public void Read(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length && !IsWhole; i++)
        {
            var sign = text[i];
            if (sign == (byte)'\\')
            {
                sign = text[++i];
                if (sign == (byte)'u')
                {
                    sign = Decoded(text.Slice(i + 1, 4));
                    i += 4;
                }
                else if (sign is not ((byte)'"' or (byte)'\\'))
                {
                    sign = (byte)' ';
                }
            }

            Take(sign);
        }
    }

    // All that matters is ASCII.
    private static byte Decoded(ReadOnlySpan<byte> hex) =>
        byte.TryParse(hex[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low)
            && hex[..2].SequenceEqual("00"u8) ? low : (byte)'x';

    private void Take(byte sign)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
        }
        else if (_isInString)
        {
            _isEscaped = sign == (byte)'\\';
            _isInString = sign != (byte)'"';
        }
        else if (sign == (byte)'"')
        {
            _isInString = true;
        }
        else if (sign is (byte)'{' or (byte)'[')
        {
            _depth++;
        }
        else if (sign is (byte)'}' or (byte)']')
        {
            IsWhole = --_depth <= 0;
        }
    }
}
