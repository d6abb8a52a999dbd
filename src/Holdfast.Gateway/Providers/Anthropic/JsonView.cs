using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// One JSON value as a view into the bytes it was read from; the default is "not there". Text stays as it was
/// escaped, so it can be copied from one document into another without being decoded: that costs nothing, and a
/// lone surrogate in an escape, which is legal JSON and no legal text, goes through instead of throwing.
/// </summary>
internal readonly ref struct JsonView(JsonTokenType kind, ReadOnlySpan<byte> raw)
{
    public JsonTokenType Kind { get; } = kind;

    /// <summary>The value as written, quotation marks included.</summary>
    public ReadOnlySpan<byte> Raw { get; } = raw;

    /// <summary>Not there, or null.</summary>
    public bool IsMissing => Kind is JsonTokenType.None or JsonTokenType.Null;

    public bool IsString => Kind == JsonTokenType.String;

    public bool IsObject => Kind == JsonTokenType.StartObject;

    public bool IsArray => Kind == JsonTokenType.StartArray;

    public bool IsNumber => Kind == JsonTokenType.Number;

    /// <summary>A string's bytes between its quotation marks, escapes and all; empty for any other value.</summary>
    public ReadOnlySpan<byte> Text => IsString ? Raw[1..^1] : default;

    /// <summary>It is the string <paramref name="word"/>, written without escapes.</summary>
    public bool Says(ReadOnlySpan<byte> word) => Text.SequenceEqual(word) && IsString;

    public JsonMembers Members() => new(Raw);

    public JsonItems Items() => new(Raw);

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

    /// <summary>The string without its escapes; false for other values and for escapes that are no text.</summary>
    public bool TryUnescape(out ReadOnlySpan<byte> text)
    {
        text = Text;
        if (!IsString || !text.Contains((byte)'\\'))
        {
            return IsString;
        }

        var reader = new Utf8JsonReader(Raw);
        var plain = new byte[Raw.Length];
        try
        {
            reader.Read();
            text = plain.AsSpan(0, reader.CopyString(plain));
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
internal ref struct JsonMembers
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    /// <exception cref="JsonException">The value is no object.</exception>
    public JsonMembers(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json);
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object is expected.");
        }
    }

    public ReadOnlySpan<byte> Name { get; private set; }

    public JsonView Value { get; private set; }

    /// <exception cref="JsonException">The bytes are not JSON, or something follows the object.</exception>
    public bool Next()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            _reader.Read();
            return false;
        }

        Name = _reader.ValueSpan;
        _reader.Read();
        Value = JsonItems.ReadValue(ref _reader, _json);
        return true;
    }
}

/// <summary>Walks the items of one array.</summary>
internal ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    /// <exception cref="JsonException">The value is no array.</exception>
    public JsonItems(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json);
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array is expected.");
        }
    }

    public JsonView Value { get; private set; }

    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public bool Next()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        Value = ReadValue(ref _reader, _json);
        return true;
    }

    public static JsonView ReadValue(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var kind = reader.TokenType;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new JsonView(kind, json[start..(int)reader.BytesConsumed]);
    }
}
