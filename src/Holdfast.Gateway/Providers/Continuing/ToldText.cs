using System.Globalization;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>The text that a caller was told, up to a limit, and the seam at which it goes on.</summary>
internal sealed class ToldText(int maxBytes) : IDisposable
{
    private readonly PooledBuffer _text = new();
    private readonly PooledBuffer _new = new();
    private Seam? _seam;
    private byte[] _half = [];
    private bool _isHalfHeld;
    private string? _obstacle;

    public ReadOnlyMemory<byte> Text => _text.WrittenMemory;

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Text and thoughts.</summary>
    public long Spoken { get; private set; }

    /// <summary>Why nobody can go on; the first reason stays.</summary>
    public string? Obstacle => _obstacle ?? (_half.Length > 0 ? "the text has half a character" : null);

    /// <summary>What comes now is new: pieces need no looking at.</summary>
    public bool IsSeamClosed => _seam is null or { IsClosed: true } && !_isHalfHeld;

    public void Block(string why) => _obstacle ??= why;

    public void GoOn(ContinuationWay way)
    {
        _seam?.Dispose();
        _seam = new Seam(_text.WrittenSpan, way);
    }

    /// <summary>Thoughts are told and not kept.</summary>
    public void Think(JsonView thought) => Spoken += thought.Text.Length;

    /// <summary>A piece that the caller gets as it is.</summary>
    public void Add(JsonView piece)
    {
        if (piece.Text.IsEmpty)
        {
            return;
        }

        Spoken += piece.Text.Length;
        if (_obstacle is not null)
        {
            return;
        }

        if (!TryRead(piece, out var plain))
        {
            Block("the text has half a character");
            return;
        }

        Keep(plain);
    }

    /// <summary>What is new of a piece. Valid until the next one.</summary>
    /// <exception cref="JsonException">It is no text, so nobody can tell what is new.</exception>
    public ReadOnlySpan<byte> New(JsonView piece)
    {
        _new.Clear();
        if (!TryRead(piece, out var plain))
        {
            throw HalfCharacter();
        }

        _isHalfHeld = _half.Length > 0;
        _seam!.Take(plain, _new);
        return Kept();
    }

    /// <summary>What the seam held back, because the text ends here.</summary>
    public ReadOnlySpan<byte> Rest()
    {
        if (_isHalfHeld)
        {
            throw HalfCharacter();
        }

        _new.Clear();
        _seam?.Close(_new);
        return Kept();
    }

    public void Dispose()
    {
        _text.Dispose();
        _new.Dispose();
        _seam?.Dispose();
    }

    private static JsonException HalfCharacter() => new("The text has half a character.");

    /// <summary>
    /// Without its escapes. Half of a character at the end of a piece waits for the other half, with which the next
    /// piece begins: providers cut a pair of surrogates as any other text.
    /// </summary>
    private bool TryRead(JsonView piece, out ReadOnlySpan<byte> plain)
    {
        if (_half.Length == 0 && piece.TryUnescape(out plain))
        {
            return true;
        }

        byte[] whole = [.. _half, .. piece.Text];
        var end = whole.Length - HalfAtEnd(whole);
        _half = whole[end..];
        plain = default;
        if (!piece.IsString)
        {
            return false;
        }

        var buffer = new byte[end + 2];
        var reader = new Utf8JsonReader([.. "\""u8, .. whole.AsSpan(0, end), .. "\""u8]);
        try
        {
            reader.Read();
            plain = buffer.AsSpan(0, reader.CopyString(buffer));
            return true;
        }
        catch (InvalidOperationException)
        {
            _half = [];
            return false;
        }
    }

    /// <summary>How many bytes a first surrogate at the end takes: 6 or 0.</summary>
    private static int HalfAtEnd(ReadOnlySpan<byte> text)
    {
        const int Escape = 6;
        if (text.Length < Escape)
        {
            return 0;
        }

        var before = text[..^Escape];
        // Behind an odd number of backslashes this one is only a letter.
        var isEscape = text[^Escape] == '\\' && text[^(Escape - 1)] == 'u'
            && (before.Length - before.TrimEnd((byte)'\\').Length) % 2 == 0;
        return isEscape
            && ushort.TryParse(text[^4..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            && char.IsHighSurrogate((char)unit) ? Escape : 0;
    }

    private ReadOnlySpan<byte> Kept()
    {
        Spoken += _new.Length;
        Keep(_new.WrittenSpan);
        return _new.WrittenSpan;
    }

    private void Keep(ReadOnlySpan<byte> plain)
    {
        if (_text.Length + plain.Length > maxBytes)
        {
            Block($"the text is longer than {maxBytes} bytes");
        }

        if (_obstacle is null)
        {
            _text.Write(plain);
        }
    }
}
