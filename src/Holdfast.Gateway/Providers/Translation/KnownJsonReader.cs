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
        var json = _json;
        var at = _at;
        while (at < json.Length)
        {
            Start = at;
            var first = json[at++];
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
                    PassString();
                    _at = EndOfString(json, at);
                    return true;
                case (byte)'{' or (byte)'[':
                    Open(first == '{');
                    _at = at;
                    return true;
                case (byte)'}' or (byte)']':
                    Close();
                    _at = at;
                    return true;
                default:
                    Pass(Next.Value, Next.CommaOrEnd);
                    Kind = KindOf(first);
                    _at = EndOfWord(json, at);
                    return true;
            }
        }

        _at = at;
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

    private void PassString()
    {
        if (_next == Next.Name)
        {
            Kind = JsonTokenType.PropertyName;
            _next = Next.Colon;
        }
        else
        {
            Kind = JsonTokenType.String;
            Pass(Next.Value, Next.CommaOrEnd);
        }
    }

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

    /// <param name="json">The document.</param>
    /// <param name="at">Behind the opening quotation mark.</param>
    /// <returns>Behind the first one with an even number of backslashes before it, or none.</returns>
    private static int EndOfString(ReadOnlySpan<byte> json, int at)
    {
        while (true)
        {
            var text = json[at..];
            var end = text.IndexOf((byte)'"');
            if (end < 0)
            {
                throw OutOfOrder();
            }

            at += end + 1;
            if (end == 0 || text[end - 1] != '\\'
                || (end - 1 - text[..end].LastIndexOfAnyExcept((byte)'\\')) % 2 == 0)
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
}
