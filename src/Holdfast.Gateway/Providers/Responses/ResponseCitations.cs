using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// The pages that one text cites, in a response's shape, which has all members always. Whatever else a chat's provider
/// annotates is passed over.
/// </summary>
internal sealed class ResponseCitations : IDisposable
{
    private readonly PooledBuffer _json = new(64);
    private int _counted;
    private long _characters;

    public int Count { get; private set; }

    /// <summary>All of them, with their commas.</summary>
    public ReadOnlySpan<byte> Written => _json.WrittenSpan;

    /// <summary>Whether an annotation cites a page.</summary>
    public static bool IsOne(JsonView annotation) => annotation.Member("url_citation"u8).Member("url"u8).IsString;

    /// <param name="annotations">A chat's, or nothing.</param>
    /// <param name="text">What cites them, escaped.</param>
    public void AddAll(JsonView annotations, ReadOnlySpan<byte> text)
    {
        var items = annotations.IsArray ? annotations.Items() : default;
        while (items.Next())
        {
            if (IsOne(items.Value))
            {
                Add(items.Value, CharactersIn(text));
            }
        }
    }

    /// <summary>
    /// How many characters a text has. One that grows is counted on from where it ended the last time, however often
    /// that is asked.
    /// </summary>
    /// <param name="text">Escaped.</param>
    public long CharactersIn(ReadOnlySpan<byte> text)
    {
        for (; _counted < text.Length; _counted++)
        {
            var isFirst = (text[_counted] & 0xC0) != 0x80;
            if (text[_counted] == '\\' && ++_counted < text.Length && text[_counted] == 'u')
            {
                // The second half of a pair is no character of its own.
                var digits = text.Slice(_counted + 1, Math.Min(4, text.Length - _counted - 1));
                isFirst = !(digits is [(byte)'d' or (byte)'D', >= (byte)'c' and <= (byte)'f', ..]
                    or [(byte)'d' or (byte)'D', >= (byte)'C' and <= (byte)'F', ..]);
                _counted += digits.Length;
            }

            _characters += isFirst ? 1 : 0;
        }

        return _characters;
    }

    /// <param name="annotation">It <see cref="IsOne">cites a page</see>.</param>
    /// <param name="characters">
    /// How long the text is. A citation that doesn't say what it stands for stands for all of it: a response's always
    /// say so.
    /// </param>
    /// <returns>The new one, without a comma.</returns>
    public ReadOnlySpan<byte> Add(JsonView annotation, long characters)
    {
        var citation = annotation.Member("url_citation"u8);
        var title = citation.Member("title"u8);
        if (Count++ > 0)
        {
            _json.Write(","u8);
        }

        var first = IndexOf(citation.Member("start_index"u8)) ?? 0;
        var end = IndexOf(citation.Member("end_index"u8)) ?? Math.Max(first, characters);
        var start = _json.Length;
        var output = new JsonOutput(_json);
        output.BeginObject();
        output.Word("type"u8, "url_citation"u8);
        output.Number("start_index"u8, first);
        output.Number("end_index"u8, end);
        output.Value("url"u8, citation.Member("url"u8));
        output.Name("title"u8);
        output.Raw(title.IsString ? title.Raw : "\"\""u8);
        output.EndObject();
        return _json.WrittenSpan[start..];
    }

    public void Clear()
    {
        (Count, _counted, _characters) = (0, 0, 0);
        _json.Clear();
    }

    private static long? IndexOf(JsonView index) =>
        index.TryGetInt64(out var place) && place >= 0 ? place : null;

    public void Dispose() => _json.Dispose();
}
