using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// A call whose arguments come value by value, each with its path (RFC 9535, the part of it that names one place).
/// They make one object when the call is whole.
/// </summary>
/// <param name="id">The call's id as a JSON string.</param>
/// <param name="name">The function's name as a JSON string.</param>
/// <param name="signature">What Gemini wants back with the call, a JSON string; null: nothing.</param>
internal sealed class GeminiPartialCall(byte[] id, byte[] name, byte[]? signature)
{
    // Far above any real call; a provider must not fill our memory.
    private const int MaxValues = 10_000;
    private const int MaxBytes = 4 << 20;
    private const int MaxDepth = 64;

    private readonly Value _root = new() { Members = [] };
    private int _values;
    private int _bytes;

    public byte[] Id => id;

    public byte[] Name => name;

    public byte[]? Signature => signature;

    /// <returns>The bytes of content that were added.</returns>
    /// <exception cref="JsonException">They are no arguments, or too many.</exception>
    public int Add(JsonView partialArgs)
    {
        if (partialArgs.IsMissing)
        {
            return 0;
        }

        var before = _bytes;
        var items = partialArgs.Items();
        while (items.Next())
        {
            if (!items.Value.Member("jsonPath"u8).TryUnescape(out var path))
            {
                throw new JsonException("An argument has a path.");
            }

            Set(Find(Encoding.UTF8.GetString(path)), items.Value);
        }

        return _bytes <= MaxBytes ? _bytes - before : throw new JsonException("A call's arguments are too long.");
    }

    /// <summary>The arguments so far, as JSON in a JSON string.</summary>
    public void WriteArguments(JsonOutput output)
    {
        using var json = new PooledBuffer();
        Write(new JsonOutput(json), _root);
        output.BeginString();
        output.Escaped(json.WrittenSpan);
        output.EndString();
    }

    private static void Write(JsonOutput output, Value value)
    {
        if (value.Members is { } members)
        {
            output.BeginObject();
            foreach (var (member, inner) in members)
            {
                output.Name(JsonEncodedText.Encode(member).EncodedUtf8Bytes);
                Write(output, inner);
            }

            output.EndObject();
        }
        else if (value.Items is { } items)
        {
            output.BeginArray();
            items.ForEach(item => Write(output, item));
            output.EndArray();
        }
        else if (value.Text is { } text)
        {
            output.BeginString();
            foreach (var piece in text)
            {
                output.Piece(piece);
            }

            output.EndString();
        }
        else
        {
            output.Raw(value.Literal ?? "null"u8);
        }
    }

    private void Set(Value value, JsonView argument)
    {
        var text = argument.Member("stringValue"u8);
        var number = argument.Member("numberValue"u8);
        var flag = argument.Member("boolValue"u8);
        var isValue = (text.IsMissing || text.IsString) && (number.IsMissing || number.IsNumber)
            && (flag.IsMissing || flag.IsTrue || flag.IsFalse)
            && value is { Members: null, Items: null, Literal: null } && (text.IsString || value.Text is null);
        if (!isValue)
        {
            throw new JsonException("An argument has one value.");
        }

        if (text.IsString)
        {
            // A string may come in several pieces.
            value.Text ??= [];
            if (!text.Text.IsEmpty)
            {
                value.Text.Add(text.Text.ToArray());
                _bytes += text.Text.Length;
            }
        }
        else
        {
            // What is none of the three is null.
            value.Literal = (number.IsNumber ? number.Raw : flag.IsMissing ? "null"u8 : flag.Raw).ToArray();
            _bytes += value.Literal.Length;
        }
    }

    private Value Find(string path)
    {
        if (!path.StartsWith('$'))
        {
            throw NoPath();
        }

        var value = _root;
        var depth = 0;
        for (var at = 1; at < path.Length;)
        {
            if (++depth > MaxDepth)
            {
                throw NoPath();
            }

            value = path[at] switch
            {
                '.' => Member(value, Dotted(path, ref at)),
                '[' when at + 1 < path.Length && path[at + 1] is '\'' or '"' => Member(value, Quoted(path, ref at)),
                '[' => Item(value, Index(path, ref at)),
                _ => throw NoPath(),
            };
        }

        return value;
    }

    private Value Member(Value parent, string member)
    {
        if (parent.Items is not null || parent.Text is not null || parent.Literal is not null)
        {
            throw NoPath();
        }

        parent.Members ??= [];
        if (!parent.Members.TryGetValue(member, out var value))
        {
            parent.Members.Add(member, value = Another(member.Length));
        }

        return value;
    }

    private Value Item(Value parent, int index)
    {
        if (parent.Members is not null || parent.Text is not null || parent.Literal is not null)
        {
            throw NoPath();
        }

        parent.Items ??= [];
        if (index == parent.Items.Count)
        {
            parent.Items.Add(Another(1));
        }

        return index < parent.Items.Count ? parent.Items[index] : throw NoPath();
    }

    private Value Another(int bytes)
    {
        _bytes += bytes;
        return ++_values <= MaxValues ? new Value() : throw new JsonException("A call has too many arguments.");
    }

    private static string Dotted(string path, ref int at)
    {
        var start = ++at;
        while (at < path.Length && path[at] is not ('.' or '['))
        {
            at++;
        }

        return at > start ? path[start..at] : throw NoPath();
    }

    private static string Quoted(string path, ref int at)
    {
        var quote = path[at + 1];
        var name = new StringBuilder();
        for (at += 2; at < path.Length && path[at] != quote; at++)
        {
            at += path[at] == '\\' ? 1 : 0;
            name.Append(at < path.Length ? path[at] : throw NoPath());
        }

        if (!path.AsSpan(Math.Min(at, path.Length)).StartsWith([quote, ']']))
        {
            throw NoPath();
        }

        at += 2;
        return name.ToString();
    }

    private static int Index(string path, ref int at)
    {
        var end = path.IndexOf(']', at);
        if (end < 0 || !int.TryParse(path.AsSpan(at + 1, end - at - 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out var index))
        {
            throw NoPath();
        }

        at = end + 1;
        return index;
    }

    private static JsonException NoPath() => new("An argument's path leads nowhere.");

    private sealed class Value
    {
        public OrderedDictionary<string, Value>? Members { get; set; }

        public List<Value>? Items { get; set; }

        /// <summary>Pieces as they were escaped.</summary>
        public List<byte[]>? Text { get; set; }

        public byte[]? Literal { get; set; }
    }
}
