using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// The few fields of a chat request that the gateway needs, found in one pass over the bytes; everything else is the
/// provider's to judge.
/// </summary>
internal struct ChatRequestBody
{
    /// <summary>Deepest nesting taken: far above any tool's schema, far below what hurts.</summary>
    internal const int MaxDepth = 128;

    internal const int LongestModel = 256;

    /// <summary>As many as OpenAI's specification allows.</summary>
    internal const int MostChoices = 128;

    private bool _hasMessages;
    private bool _hasStream;

    public string Model { get; private set; }

    public Range ModelValue { get; private set; }

    public int ObjectStart { get; private set; }

    public bool Stream { get; private set; }

    public bool HasStreamOptions { get; private set; }

    public bool IncludeUsage { get; private set; }

    /// <summary>
    /// <c>max_completion_tokens</c> or <c>max_tokens</c>, the larger of both; null without a usable one. Whether it is
    /// right is the provider's to judge.
    /// </summary>
    public int? MaxOutputTokens { get; private set; }

    /// <summary><c>n</c>; 1 when it is absent.</summary>
    public int Choices { get; private set; }

    /// <summary>Reads the body.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryRead(ReadOnlySpan<byte> bytes, out ChatRequestBody body)
    {
        body = new ChatRequestBody { Model = "", Choices = 1 };
        if (!Utf8.IsValid(bytes))
        {
            return CallError.Invalid("invalid_json", "body: is not valid UTF-8");
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return CallError.Invalid("invalid_value", "body: must be a JSON object");
            }

            body.ObjectStart = (int)reader.BytesConsumed;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (body.ReadField(ref reader) is { } wrong)
                {
                    return wrong;
                }
            }

            // To the very end: nothing may follow the object.
            while (reader.Read())
            {
            }
        }
        catch (JsonException exception)
        {
            return CallError.Invalid("invalid_json",
                $"body: is not valid JSON, or nested deeper than {MaxDepth} "
                + $"(line {exception.LineNumber + 1}, byte {exception.BytePositionInLine})");
        }
        catch (InvalidOperationException)
        {
            // The reader's word for a name with half a surrogate pair.
            return CallError.Invalid("invalid_json", "body: a field's name is not valid Unicode");
        }

        return body.Model.Length == 0 ? Missing("model")
            : body._hasMessages ? null : Missing("messages");
    }

    private CallError? ReadField(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("model"u8))
        {
            return ReadModel(ref reader);
        }

        if (reader.ValueTextEquals("messages"u8))
        {
            return ReadMessages(ref reader);
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            reader.Read();
            if (_hasStream)
            {
                return Wrong("stream", "appears twice");
            }

            _hasStream = true;
            Stream = reader.TokenType == JsonTokenType.True;
            return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                ? null
                : Wrong("stream", "must be true or false");
        }

        if (reader.ValueTextEquals("stream_options"u8))
        {
            return ReadStreamOptions(ref reader);
        }

        if (reader.ValueTextEquals("n"u8))
        {
            return ReadChoices(ref reader);
        }

        var isLimit = reader.ValueTextEquals("max_completion_tokens"u8) || reader.ValueTextEquals("max_tokens"u8);
        reader.Read();
        if (isLimit && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var most) && most > 0)
        {
            MaxOutputTokens = Math.Max(most, MaxOutputTokens ?? 0);
        }

        reader.Skip();
        return null;
    }

    private CallError? ReadChoices(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var choices)
            || choices is < 1 or > MostChoices)
        {
            return Wrong("n", $"must be a whole number from 1 to {MostChoices}");
        }

        Choices = choices;
        return null;
    }

    private CallError? ReadModel(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Model.Length > 0)
        {
            return Wrong("model", "appears twice");
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return Wrong("model", "must be a string");
        }

        try
        {
            Model = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return Wrong("model", "is not valid Unicode");
        }

        ModelValue = (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
        if (Model.Length is 0 or > LongestModel)
        {
            return Wrong("model", $"must have 1 to {LongestModel} characters");
        }

        return Model.Any(char.IsControl) ? Wrong("model", "must not have control characters") : null;
    }

    private CallError? ReadMessages(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (_hasMessages)
        {
            return Wrong("messages", "appears twice");
        }

        _hasMessages = true;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Wrong("messages", "must be an array");
        }

        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            return Wrong("messages", "must have at least one message");
        }

        for (var index = 0; reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Wrong($"messages[{index}]", "must be an object");
            }

            reader.Skip();
            reader.Read();
        }

        return null;
    }

    private CallError? ReadStreamOptions(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (HasStreamOptions)
        {
            return Wrong("stream_options", "appears twice");
        }

        // Null counts as set: a second field of that name beside it would mean different things to different parsers.
        HasStreamOptions = true;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong("stream_options", "must be an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            IncludeUsage = isUsage ? reader.TokenType == JsonTokenType.True : IncludeUsage;
            reader.Skip();
        }

        return null;
    }

    private static CallError Missing(string field) =>
        CallError.Invalid("missing_field", $"{field}: is missing", field);

    private static CallError Wrong(string field, string what) =>
        CallError.Invalid("invalid_value", $"{field}: {what}", field);
}
