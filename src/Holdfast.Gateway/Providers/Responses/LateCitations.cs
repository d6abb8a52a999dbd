using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// The pages that a text cites and that are told only after it has ended, behind the calls that followed it: they
/// belong to that text all the same, and the response has them there in the end.
/// </summary>
internal sealed class LateCitations : IDisposable
{
    private readonly ResponseCitations _more = new();
    private byte[] _id = [];
    private int _item;
    private int _part;
    private int _before;
    private long _characters;
    private int _at = -1;
    private bool _isNoted;

    /// <summary>A text has ended that they can belong to.</summary>
    public bool HasPlace => _at >= 0;

    /// <summary>How many the text has, with those that came in time.</summary>
    public int Count => _before + _more.Count;

    /// <summary>The bytes that are kept until they are <see cref="Settle">settled</see>.</summary>
    public int Length => _more.Written.Length;

    /// <summary>A text has ended; its item is still open.</summary>
    /// <param name="part">Which part of its item it is.</param>
    /// <param name="at">Where in the item's parts more citations of it would stand.</param>
    /// <param name="citations">What it cites so far.</param>
    /// <param name="text">What it says, escaped.</param>
    public void Note(int part, int at, ResponseCitations citations, ReadOnlySpan<byte> text)
    {
        (_part, _at, _before) = (part, at, citations.Count);
        _characters = citations.CharactersIn(text);
        _isNoted = true;
    }

    /// <summary>The item has ended.</summary>
    /// <param name="id">Its id, with its quotation marks.</param>
    /// <param name="item">Which item it is.</param>
    /// <param name="parts">Where its parts stand.</param>
    public void Place(ReadOnlySpan<byte> id, int item, int parts)
    {
        if (_isNoted)
        {
            (_id, _item, _at) = (id.ToArray(), item, _at + parts);
            _isNoted = false;
        }
    }

    public void WritePlace(JsonOutput json)
    {
        json.Name("item_id"u8);
        json.Raw(_id);
        json.Number("output_index"u8, _item);
        json.Number("content_index"u8, _part);
    }

    /// <returns>The new one, without a comma.</returns>
    public ReadOnlySpan<byte> Add(JsonView annotation) => _more.Add(annotation, _characters);

    /// <summary>Puts those that there are where they belong.</summary>
    /// <param name="items">The items that have ended.</param>
    public void Settle(PooledBuffer items)
    {
        if (_more.Count == 0)
        {
            return;
        }

        var rest = items.WrittenSpan[_at..].ToArray();
        items.Truncate(_at);
        items.Write(_before > 0 ? ","u8 : default);
        items.Write(_more.Written);
        _at = items.Length;
        items.Write(rest);
        _before += _more.Count;
        _more.Clear();
    }

    public void Dispose() => _more.Dispose();
}
