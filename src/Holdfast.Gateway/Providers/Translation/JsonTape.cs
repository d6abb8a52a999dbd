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

        return new JsonView(json, _entries.AsSpan(0, filling.Finish()));
    }

    /// <summary>
    /// Reads a document that is known to be JSON, because all of it has been read before or because we have written
    /// it: only where everything stands is looked for, which takes a fraction of the time that a long text's check
    /// takes. What is no JSON at all may be read as nonsense.
    /// </summary>
    /// <exception cref="JsonException">It is deeper or of more values than is read, or ends before its end.</exception>
    public JsonView ReadKnown(ReadOnlySpan<byte> json)
    {
        var filling = new Filling(this, RoomFor(json.Length), stackalloc int[MaxDepth]);
        var isName = false;
        for (var at = 0; at < json.Length;)
        {
            var start = at;
            switch (json[at++])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    break;
                case (byte)'{':
                    filling.Begin(JsonTokenType.StartObject, start);
                    isName = true;
                    break;
                case (byte)'[':
                    filling.Begin(JsonTokenType.StartArray, start);
                    isName = false;
                    break;
                case (byte)'}' or (byte)']':
                    filling.End(at);
                    break;
                case (byte)',':
                    isName = filling.IsInObject;
                    break;
                case (byte)':':
                    isName = false;
                    break;
                case (byte)'"':
                    at = EndOfString(json, at);
                    filling.Add(isName ? JsonTokenType.PropertyName : JsonTokenType.String, start, at - start);
                    break;
                default:
                    at = EndOfWord(json, at);
                    filling.Add(KindOfWord(json[start]), start, at - start);
                    break;
            }
        }

        return new JsonView(json, _entries.AsSpan(0, filling.Finish()));
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

    /// <param name="json">The document.</param>
    /// <param name="at">Behind the string's opening quotation mark.</param>
    /// <returns>Behind its closing one: the first with an even number of backslashes, or none, before it.</returns>
    private static int EndOfString(ReadOnlySpan<byte> json, int at)
    {
        while (true)
        {
            var next = json[at..].IndexOf((byte)'"');
            if (next < 0)
            {
                throw new JsonException("A string doesn't end.");
            }

            var backslashes = next - 1 - json.Slice(at, next).LastIndexOfAnyExcept((byte)'\\');
            at += next + 1;
            if (backslashes % 2 == 0)
            {
                return at;
            }
        }
    }

    private static int EndOfWord(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at] > ' ' && json[at] is not ((byte)',' or (byte)']' or (byte)'}'))
        {
            at++;
        }

        return at;
    }

    private static JsonTokenType KindOfWord(byte first) => first switch
    {
        (byte)'t' => JsonTokenType.True,
        (byte)'f' => JsonTokenType.False,
        (byte)'n' => JsonTokenType.Null,
        _ => JsonTokenType.Number,
    };

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

    /// <summary>Takes down one document from its first value to its last.</summary>
    private ref struct Filling(JsonTape tape, JsonEntry[] entries, Span<int> open)
    {
        private readonly Span<int> _open = open;
        private JsonEntry[] _entries = entries;
        private int _depth;
        private int _count;

        public readonly bool IsInObject => _depth > 0 && _entries[_open[_depth - 1]].Kind == JsonTokenType.StartObject;

        public void Begin(JsonTokenType kind, int start)
        {
            if (_depth == _open.Length)
            {
                throw new JsonException("The document is too deep.");
            }

            _open[_depth++] = _count;
            Add(kind, start, 0);
        }

        public void End(int end)
        {
            if (_depth == 0)
            {
                throw new JsonException("Something ends that never began.");
            }

            var first = _open[--_depth];
            ref var begun = ref _entries[first];
            begun.Length = end - begun.Start;
            begun.Count = _count - first;
        }

        public void Add(JsonTokenType kind, int start, int length)
        {
            if (_count == _entries.Length)
            {
                _entries = tape.Grow();
            }

            _entries[_count++] = new JsonEntry { Kind = kind, Start = start, Length = length, Count = 1 };
        }

        /// <returns>How many entries there are.</returns>
        public readonly int Finish() =>
            _depth == 0 && _count > 0 ? _count : throw new JsonException("The document doesn't end.");
    }
}
