using System.Buffers;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>A call that the model made in an earlier turn.</summary>
internal readonly ref struct ChatToolCall
{
    private readonly int _message;
    private readonly int _call;
    private readonly JsonView _arguments;

    /// <exception cref="UnsupportedFieldException">It is no call of a function.</exception>
    public ChatToolCall(JsonView json, int message, int call)
    {
        _message = message;
        _call = call;
        var function = json.Member("function"u8);
        if (!function.IsObject)
        {
            var type = json.Member("type"u8);
            throw type.IsString && !type.Says("function"u8)
                ? Unsupported("function", "only function calls can be carried")
                : Invalid("function", "it must be an object");
        }

        Id = json.Member("id"u8);
        Name = function.Member("name"u8);
        _arguments = function.Member("arguments"u8);
        ExtraContent = json.Member("extra_content"u8);
        if (!Id.IsString || Id.Text.IsEmpty)
        {
            throw Invalid("id", "it must be a string that is not empty");
        }

        if (!Name.IsString)
        {
            throw Invalid("function.name", "it must be a string");
        }
    }

    /// <summary>A string that is not empty.</summary>
    public JsonView Id { get; }

    /// <summary>A string.</summary>
    public JsonView Name { get; }

    /// <summary>An extension of Google's: what its models want back with the call.</summary>
    public JsonView ExtraContent { get; }

    public UnsupportedFieldException Unsupported(string member, string reason) =>
        Refusals.Unsupported($"messages[{_message}].tool_calls[{_call}].{member}", reason);

    public UnsupportedFieldException Invalid(string member, string reason) =>
        Refusals.Invalid($"messages[{_message}].tool_calls[{_call}].{member}", reason);

    /// <summary>
    /// Writes the arguments, which are JSON in a string, as the object that they are: most dialects want it so.
    /// </summary>
    /// <exception cref="UnsupportedFieldException">They are no object.</exception>
    public void WriteArguments(JsonOutput output)
    {
        if (_arguments.IsMissing)
        {
            output.Raw("{}"u8);
            return;
        }

        var plain = ArrayPool<byte>.Shared.Rent(Math.Max(1, _arguments.Text.Length));
        try
        {
            if (!_arguments.TryUnescape(plain, out var length))
            {
                throw Invalid("function.arguments", "it must be a string");
            }

            var text = plain.AsSpan(0, length);

            // Models call a function without parameters with nothing at all.
            if (text.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            {
                output.Raw("{}"u8);
                return;
            }

            output.Raw(IsObject(text)
                ? text
                : throw Invalid("function.arguments", "it must be a JSON object in a string"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static bool IsObject(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            var isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (isObject && reader.Read())
            {
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>Walks the calls of one assistant message.</summary>
internal ref struct ChatToolCalls
{
    private readonly int _message;
    private readonly bool _any;
    private JsonItems _items;
    private int _index = -1;

    public ChatToolCalls(JsonView calls, int message)
    {
        _message = message;
        _any = calls.IsArray;
        if (_any)
        {
            _items = calls.Items();
        }
    }

    public ChatToolCall Call { get; private set; }

    /// <exception cref="UnsupportedFieldException">The next one is no call of a function.</exception>
    public bool Next()
    {
        if (!_any || !_items.Next())
        {
            return false;
        }

        Call = new ChatToolCall(_items.Value, _message, ++_index);
        return true;
    }
}
