using System.Buffers;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>One value, or one member's name, of a document: where it stands and how many entries it spans.</summary>
internal struct JsonEntry
{
    /// <summary>Its first byte: the quotation mark, the brace, the digit.</summary>
    public int Start;

    /// <summary>Its bytes as written.</summary>
    public int Length;

    /// <summary>This entry and all entries inside of it, so the next sibling is so many further on.</summary>
    public int Count;

    public JsonTokenType Kind;
}

/// <summary>
/// Reads a document once and remembers where everything stands, so that walking it in any order, and more than
/// once, doesn't read a byte again. Values are views into the caller's bytes (<see cref="JsonView"/>).
/// </summary>
/// <remarks>
/// For one document at a time: the views of the one before die with the next <see cref="Read"/>. Whoever keeps
/// one for a stream needn't dispose it; the pool then misses a small array.
/// </remarks>
internal sealed class JsonTape : IDisposable
{
    /// <summary>Deepest nesting that is read: as deep as the face lets through.</summary>
    public const int MaxDepth = 128;

    /// <summary>
    /// Most values and names in one document. Nobody's conversation has so many; 16 bytes are kept for each.
    /// </summary>
    public const int MaxEntries = 1 << 20;

    // One large document must not be paid for until its stream ends.
    private const int KeptEntries = 4096;

    // Bytes of JSON to an entry in a conversation with many short messages.
    private const int BytesPerEntry = 24;

    private JsonEntry[] _entries;

    /// <param name="bytes">How long the documents are, roughly: the first room that is taken.</param>
    public JsonTape(int bytes = 1024) =>
        _entries = ArrayPool<JsonEntry>.Shared.Rent(Math.Clamp(bytes / BytesPerEntry, 32, 65_536));

    /// <exception cref="JsonException">It is not JSON, or deeper or of more values than is read.</exception>
    public JsonView Read(ReadOnlySpan<byte> json)
    {
        if (_entries.Length > KeptEntries && json.Length < KeptEntries)
        {
            Dispose();
            _entries = ArrayPool<JsonEntry>.Shared.Rent(KeptEntries / BytesPerEntry);
        }

        var entries = _entries;
        Span<int> open = stackalloc int[MaxDepth + 1];
        var depth = 0;
        var count = 0;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            var kind = reader.TokenType;
            if (kind is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                ref var begun = ref entries[open[--depth]];
                begun.Length = (int)reader.BytesConsumed - begun.Start;
                begun.Count = count - open[depth];
                continue;
            }

            if (count == entries.Length)
            {
                entries = Grow();
            }

            ref var entry = ref entries[count];
            entry.Kind = kind;
            entry.Start = (int)reader.TokenStartIndex;
            entry.Count = 1;
            if (kind is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open[depth++] = count;
            }
            else
            {
                // A name and a string are told without their quotation marks.
                var isQuoted = kind is JsonTokenType.PropertyName or JsonTokenType.String;
                entry.Length = reader.ValueSpan.Length + (isQuoted ? 2 : 0);
            }

            count++;
        }

        return new JsonView(json, entries.AsSpan(0, count));
    }

    public void Dispose()
    {
        var entries = _entries;
        _entries = [];
        if (entries.Length > 0)
        {
            ArrayPool<JsonEntry>.Shared.Return(entries);
        }
    }

    private JsonEntry[] Grow()
    {
        if (_entries.Length >= MaxEntries)
        {
            throw new JsonException("The document has too many values.");
        }

        var larger = ArrayPool<JsonEntry>.Shared.Rent(Math.Max(32, _entries.Length * 2));
        _entries.CopyTo(larger, 0);
        Dispose();
        return _entries = larger;
    }
}
