using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Where a value stands below another one; the default is "nowhere".</summary>
internal readonly record struct JsonPlace(int First, int Count);

/// <summary>
/// One JSON value as a view into the bytes it was read from; the default is "not there". Text stays as it was
/// escaped, so it can be copied from one document into another without being decoded: that costs nothing, and a
/// lone surrogate in an escape, which is legal JSON and no legal text, goes through instead of throwing.
/// </summary>
/// <param name="json">The whole document.</param>
/// <param name="entries">This value's entry and those of everything in it.</param>
internal readonly ref struct JsonView(ReadOnlySpan<byte> json, ReadOnlySpan<JsonEntry> entries)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private readonly ReadOnlySpan<JsonEntry> _entries = entries;

    public JsonTokenType Kind => _entries.IsEmpty ? JsonTokenType.None : _entries[0].Kind;

    /// <summary>The value as written, quotation marks included.</summary>
    public ReadOnlySpan<byte> Raw =>
        _entries.IsEmpty ? default : _json.Slice(_entries[0].Start, _entries[0].Length);

    /// <summary>Not there, or null.</summary>
    public bool IsMissing => Kind is JsonTokenType.None or JsonTokenType.Null;

    public bool IsString => Kind == JsonTokenType.String;

    public bool IsObject => Kind == JsonTokenType.StartObject;

    public bool IsArray => Kind == JsonTokenType.StartArray;

    public bool IsNumber => Kind == JsonTokenType.Number;

    public bool IsTrue => Kind == JsonTokenType.True;

    public bool IsFalse => Kind == JsonTokenType.False;

    /// <summary>A text that may be left out: a string, null, or nothing.</summary>
    public bool IsTextOrMissing => IsString || IsMissing;

    /// <summary>A flag that may be left out: true, false, null, or nothing.</summary>
    public bool IsFlagOrMissing => IsTrue || IsFalse || IsMissing;

    /// <summary>An object without members, an array without items.</summary>
    public bool IsEmpty => Kind is JsonTokenType.StartObject or JsonTokenType.StartArray && _entries[0].Count == 1;

    /// <summary>A string's bytes between its quotation marks, escapes and all; empty for any other value.</summary>
    public ReadOnlySpan<byte> Text => IsString ? _json.Slice(_entries[0].Start + 1, _entries[0].Length - 2) : default;

    /// <summary>It is the string <paramref name="word"/>, written without escapes.</summary>
    public bool Says(ReadOnlySpan<byte> word) => IsString && Text.SequenceEqual(word);

    /// <exception cref="JsonException">The value is no object.</exception>
    public JsonMembers Members() => IsObject
        ? new JsonMembers(_json, _entries[1..])
        : throw new JsonException("An object is expected.");

    /// <exception cref="JsonException">The value is no array.</exception>
    public JsonItems Items() => IsArray
        ? new JsonItems(_json, _entries[1..])
        : throw new JsonException("An array is expected.");

    /// <summary>
    /// The last member of that name, as every reader of JSON takes it; missing where the value is no object.
    /// </summary>
    public JsonView Member(ReadOnlySpan<byte> name)
    {
        var found = default(JsonView);
        if (IsObject)
        {
            var members = Members();
            while (members.Next())
            {
                found = members.Name.SequenceEqual(name) ? members.Value : found;
            }
        }

        return found;
    }

    /// <summary>The value at a place below this one; missing where it is nowhere.</summary>
    public JsonView At(JsonPlace place) =>
        place.Count == 0 ? default : new JsonView(_json, _entries.Slice(place.First, place.Count));

    public bool TryGetInt64(out long value)
    {
        value = 0;
        return IsNumber && Utf8Parser.TryParse(Raw, out value, out var used) && used == Raw.Length;
    }

    public bool TryGetDouble(out double value)
    {
        value = 0;
        return IsNumber && Utf8Parser.TryParse(Raw, out value, out var used) && used == Raw.Length;
    }

    /// <summary>
    /// The string without its escapes; false for other values and for escapes that are no text. Allocates only
    /// where there are escapes.
    /// </summary>
    public bool TryUnescape(out ReadOnlySpan<byte> text)
    {
        text = Text;
        if (!IsString || !text.Contains((byte)'\\'))
        {
            return IsString;
        }

        var plain = new byte[text.Length];
        var done = TryUnescape(plain, out var length);
        text = plain.AsSpan(0, length);
        return done;
    }

    /// <summary>Writes the string without its escapes.</summary>
    /// <param name="plain">At least as long as <see cref="Text"/>.</param>
    /// <param name="length">The bytes written.</param>
    public bool TryUnescape(Span<byte> plain, out int length)
    {
        length = 0;
        if (!IsString)
        {
            return false;
        }

        var reader = new Utf8JsonReader(Raw);
        try
        {
            reader.Read();
            length = reader.CopyString(plain);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON may say that, but no text has it.
            return false;
        }
    }
}

/// <summary>Walks the members of one object. Escaped member names stay escaped, so they match nothing.</summary>
internal ref struct JsonMembers(ReadOnlySpan<byte> json, ReadOnlySpan<JsonEntry> rest)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private ReadOnlySpan<JsonEntry> _rest = rest;
    private int _next = 1;

    /// <summary>The member's name between its quotation marks.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public JsonView Value { get; private set; }

    /// <summary>Where the value stands below the object.</summary>
    public JsonPlace Place { get; private set; }

    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Name = _json.Slice(_rest[0].Start + 1, _rest[0].Length - 2);
        var count = _rest[1].Count;
        Value = new JsonView(_json, _rest.Slice(1, count));
        Place = new JsonPlace(_next + 1, count);
        _next += count + 1;
        _rest = _rest[(count + 1)..];
        return true;
    }
}

/// <summary>Walks the items of one array.</summary>
internal ref struct JsonItems(ReadOnlySpan<byte> json, ReadOnlySpan<JsonEntry> rest)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private ReadOnlySpan<JsonEntry> _rest = rest;

    public JsonView Value { get; private set; }

    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var count = _rest[0].Count;
        Value = new JsonView(_json, _rest[..count]);
        _rest = _rest[count..];
        return true;
    }
}
