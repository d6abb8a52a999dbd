using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Walks the tokens of a document that is known to be JSON, because all of it has been read before or because we have
/// written it. Only where they stand is looked for: a string is what lies between two quotation marks, and nobody looks
/// at what it says again, which takes a fraction of the time that a long text's check takes.
/// </summary>
/// <remarks>
/// Of what is no JSON, some is taken for it. Even then every name has a value, and everything begun ends.
/// </remarks>
internal ref struct KnownJsonReader(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;

    // One bit for each container around the token, the innermost lowest: set for an object.
    private UInt128 _objects;
    private int _depth;
    private int _at;
    private Next _next = Next.Value;

    private enum Next
    {
        Value,
        Name,
        Colon,
        CommaOrEnd,
    }

    public JsonTokenType Kind { get; private set; }

    /// <summary>The token's first byte: the quotation mark, the brace, the digit.</summary>
    public int Start { get; private set; }

    /// <summary>The first byte behind the token.</summary>
    public readonly int End => _at;

    private readonly bool IsInObject => (_objects & 1) != 0;

    /// <returns>False behind the last token.</returns>
    /// <exception cref="JsonException">It is out of order, or deeper than is read.</exception>
    public bool Read()
    {
        while (_at < _json.Length)
        {
            Start = _at;
            var first = _json[_at++];
            switch (first)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    continue;
                case (byte)':':
                    Pass(Next.Colon, Next.Value);
                    continue;
                case (byte)',':
                    Pass(Next.CommaOrEnd, _depth == 0 ? throw OutOfOrder() : IsInObject ? Next.Name : Next.Value);
                    continue;
                case (byte)'"':
                    Kind = _next == Next.Name ? JsonTokenType.PropertyName : JsonTokenType.String;
                    Pass(_next == Next.Name ? Next.Name : Next.Value,
                        _next == Next.Name ? Next.Colon : Next.CommaOrEnd);
                    SkipString();
                    return true;
                case (byte)'{' or (byte)'[':
                    Open(first == '{');
                    return true;
                case (byte)'}' or (byte)']':
                    Close();
                    return true;
                default:
                    Pass(Next.Value, Next.CommaOrEnd);
                    Kind = KindOf(first);
                    SkipWord();
                    return true;
            }
        }

        return _depth == 0 && _next == Next.CommaOrEnd ? false : throw OutOfOrder();
    }

    /// <summary>From a member's name or the first token of a value to the value's last token.</summary>
    public void Skip()
    {
        if (Kind == JsonTokenType.PropertyName)
        {
            Read();
        }

        if (Kind is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            for (var depth = _depth; _depth >= depth;)
            {
                Read();
            }
        }
    }

    private static JsonTokenType KindOf(byte first) => first switch
    {
        (byte)'t' => JsonTokenType.True,
        (byte)'f' => JsonTokenType.False,
        (byte)'n' => JsonTokenType.Null,
        _ => JsonTokenType.Number,
    };

    private static JsonException OutOfOrder() => new("The document is not JSON.");

    private void Pass(Next expected, Next next) => _next = _next == expected ? next : throw OutOfOrder();

    private void Open(bool isObject)
    {
        if (_depth++ == JsonTape.MaxDepth)
        {
            throw new JsonException("The document is too deep.");
        }

        Pass(Next.Value, isObject ? Next.Name : Next.Value);
        _objects = (_objects << 1) | (isObject ? 1u : 0u);
        Kind = isObject ? JsonTokenType.StartObject : JsonTokenType.StartArray;
    }

    private void Close()
    {
        // Also where nothing has come yet.
        var isDue = _next == Next.CommaOrEnd || _next == (IsInObject ? Next.Name : Next.Value);
        if (!isDue || _depth-- == 0)
        {
            throw OutOfOrder();
        }

        Kind = IsInObject ? JsonTokenType.EndObject : JsonTokenType.EndArray;
        _objects >>= 1;
        _next = Next.CommaOrEnd;
    }

    /// <summary>To the first quotation mark with an even number of backslashes before it, or none.</summary>
    private void SkipString()
    {
        while (true)
        {
            var next = _json[_at..].IndexOf((byte)'"');
            if (next < 0)
            {
                throw OutOfOrder();
            }

            var backslashes = next - 1 - _json.Slice(_at, next).LastIndexOfAnyExcept((byte)'\\');
            _at += next + 1;
            if (backslashes % 2 == 0)
            {
                return;
            }
        }
    }

    private void SkipWord()
    {
        while (_at < _json.Length && _json[_at] > ' ' && _json[_at] is not ((byte)',' or (byte)']' or (byte)'}'))
        {
            _at++;
        }
    }
}
