using System.Buffers;
using System.Runtime.CompilerServices;
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
        var filling = new Filling(this, RoomFor(json.Length), stackalloc int[MaxDepth]);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            var kind = reader.TokenType;
            if (kind is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                filling.End((int)reader.BytesConsumed);
            }
            else if (kind is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                filling.Begin(kind, (int)reader.TokenStartIndex);
            }
            else
            {
                // A name and a string are told without their quotation marks.
                var isQuoted = kind is JsonTokenType.PropertyName or JsonTokenType.String;
                filling.Add(kind, (int)reader.TokenStartIndex, reader.ValueSpan.Length + (isQuoted ? 2 : 0));
            }
        }

        return new JsonView(json, _entries.AsSpan(0, filling.Count));
    }

    /// <summary>
    /// Reads a document that is known to be JSON: see <see cref="KnownJsonReader"/>. Of what is none, views may show
    /// nonsense.
    /// </summary>
    /// <exception cref="JsonException">It is deeper or of more values than is read, or out of order.</exception>
    public JsonView ReadKnown(ReadOnlySpan<byte> json)
    {
        var filling = new Filling(this, RoomFor(json.Length), stackalloc int[MaxDepth]);
        var reader = new KnownJsonReader(json);
        while (reader.Read())
        {
            switch (reader.Kind)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    filling.Begin(reader.Kind, reader.Start);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    filling.End(reader.End);
                    break;
                default:
                    filling.Add(reader.Kind, reader.Start, reader.End - reader.Start);
                    break;
            }
        }

        return new JsonView(json, _entries.AsSpan(0, filling.Count));
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

    private JsonEntry[] RoomFor(int bytes)
    {
        if (_entries.Length > KeptEntries && bytes < KeptEntries)
        {
            Dispose();
            _entries = ArrayPool<JsonEntry>.Shared.Rent(KeptEntries / BytesPerEntry);
        }

        return _entries;
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

    /// <summary>
    /// Takes down the tokens of one document in their order. Inlined, because a streamed event has some thirty of them
    /// and must not wait for thirty calls.
    /// </summary>
    private ref struct Filling(JsonTape tape, JsonEntry[] entries, Span<int> open)
    {
        private readonly Span<int> _open = open;
        private JsonEntry[] _entries = entries;
        private int _depth;
        private int _count;

        public readonly int Count => _count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(JsonTokenType kind, int start)
        {
            _open[_depth++] = _count;
            Add(kind, start, 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void End(int end)
        {
            var first = _open[--_depth];
            ref var begun = ref _entries[first];
            begun.Length = end - begun.Start;
            begun.Count = _count - first;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(JsonTokenType kind, int start, int length)
        {
            if (_count == _entries.Length)
            {
                _entries = tape.Grow();
            }

            ref var entry = ref _entries[_count++];
            entry.Start = start;
            entry.Length = length;
            entry.Count = 1;
            entry.Kind = kind;
        }
    }
}
