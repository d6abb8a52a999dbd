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

    public ReadOnlyMemory<byte> Text => _text.WrittenMemory;

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Text and thoughts.</summary>
    public long Spoken { get; private set; }

    /// <summary>Why nobody can go on; the first reason stays.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>What comes now is new: pieces need no looking at.</summary>
    public bool IsSeamClosed => _seam is null or { IsClosed: true };

    public void Block(string why) => Obstacle ??= why;

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
        if (Obstacle is not null)
        {
            return;
        }

        if (!piece.TryUnescape(out var plain))
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
        if (!piece.TryUnescape(out var plain))
        {
            throw new JsonException("The text has half a character.");
        }

        _seam!.Take(plain, _new);
        return Kept();
    }

    /// <summary>What the seam held back, because the text ends here.</summary>
    public ReadOnlySpan<byte> Rest()
    {
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

        if (Obstacle is null)
        {
            _text.Write(plain);
        }
    }
}
