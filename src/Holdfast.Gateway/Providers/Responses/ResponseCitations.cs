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

    public int Count { get; private set; }

    /// <summary>All of them, with their commas.</summary>
    public ReadOnlySpan<byte> Written => _json.WrittenSpan;

    /// <summary>Whether an annotation cites a page.</summary>
    public static bool IsOne(JsonView annotation) => annotation.Member("url_citation"u8).Member("url"u8).IsString;

    /// <param name="annotations">A chat's, or nothing.</param>
    public void AddAll(JsonView annotations)
    {
        var items = annotations.IsArray ? annotations.Items() : default;
        while (items.Next())
        {
            if (IsOne(items.Value))
            {
                Add(items.Value);
            }
        }
    }

    /// <returns>The new one, without a comma.</returns>
    public ReadOnlySpan<byte> Add(JsonView annotation)
    {
        var citation = annotation.Member("url_citation"u8);
        var title = citation.Member("title"u8);
        if (Count++ > 0)
        {
            _json.Write(","u8);
        }

        var start = _json.Length;
        var output = new JsonOutput(_json);
        output.BeginObject();
        output.Word("type"u8, "url_citation"u8);
        output.Number("start_index"u8, citation.Member("start_index"u8).TryGetInt64(out var first) ? first : 0);
        output.Number("end_index"u8, citation.Member("end_index"u8).TryGetInt64(out var end) ? end : 0);
        output.Value("url"u8, citation.Member("url"u8));
        output.Name("title"u8);
        output.Raw(title.IsString ? title.Raw : "\"\""u8);
        output.EndObject();
        return _json.WrittenSpan[start..];
    }

    public void Clear()
    {
        Count = 0;
        _json.Clear();
    }

    public void Dispose() => _json.Dispose();
}
