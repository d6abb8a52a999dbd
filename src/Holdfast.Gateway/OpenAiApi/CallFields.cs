using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// Reads one field that an operation wants to know. The reader stands on the field's name and is left on the last
/// token of its value.
/// </summary>
/// <returns>Null, or what is wrong and where.</returns>
internal delegate CallError? FieldReader(ref Utf8JsonReader reader, ref CallFields fields);

/// <summary>
/// The few fields of a request that the gateway needs, found in one pass over the bytes; everything else is the
/// provider's to judge. <c>model</c> is every operation's, the others are read by the operation's own
/// <see cref="FieldReader"/>.
/// </summary>
internal struct CallFields
{
    /// <summary>Deepest nesting taken: far above any tool's schema, far below what hurts.</summary>
    internal const int MaxDepth = 128;

    internal const int LongestModel = 256;

    private bool _hasStream;

    /// <summary>Empty when the body has none.</summary>
    public string Model { get; private set; }

    /// <summary>Where its value stands; empty, at <see cref="ObjectStart"/>, when the body has none.</summary>
    public Range ModelValue { get; private set; }

    public int ObjectStart { get; private set; }

    public bool Stream { get; private set; }

    public bool HasStreamOptions { get; private set; }

    public bool IncludeUsage { get; private set; }

    /// <summary>
    /// The larger of those limits that the body has; null without a usable one. Whether it is right is the provider's
    /// to judge.
    /// </summary>
    public int? MaxOutputTokens { get; private set; }

    /// <summary>How many choices are asked for; 1 when nothing is said.</summary>
    public int Choices { get; set; }

    /// <summary>The field that holds what is asked (<c>messages</c>, <c>input</c>) has been there.</summary>
    public bool HasContent { get; set; }

    /// <summary>How many answers to what is asked there have to be; 0 where that cannot be told.</summary>
    public int Inputs { get; set; }

    /// <summary>Vectors are asked for as base64.</summary>
    public bool WantsBase64 { get; set; }

    /// <summary>Null, or that the body names no model.</summary>
    public readonly CallError? MissingModel => Model.Length == 0 ? Missing("model") : null;

    /// <summary>The fields of a request that is known by its model alone.</summary>
    public static CallFields Naming(string model) => new() { Model = model, Choices = 1 };

    /// <summary>The model is this one where the body names none.</summary>
    public void AssumeModel(string model) => Model = Model.Length == 0 ? model : Model;

    /// <summary>Reads the body.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="own">Reads the operation's own fields, and skips those that it doesn't know.</param>
    /// <param name="fields">What was found.</param>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryRead(ReadOnlySpan<byte> bytes, FieldReader own, out CallFields fields)
    {
        fields = new CallFields { Model = "", Choices = 1 };
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

            fields.ObjectStart = (int)reader.BytesConsumed;
            fields.ModelValue = fields.ObjectStart..fields.ObjectStart;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var wrong = reader.ValueTextEquals("model"u8)
                    ? fields.ReadModel(ref reader)
                    : own(ref reader, ref fields);
                if (wrong is not null)
                {
                    return wrong;
                }
            }

            // To the very end: nothing may follow the object.
            while (reader.Read())
            {
            }

            return null;
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
    }

    /// <summary>Reads <c>stream</c>.</summary>
    public CallError? ReadStream(ref Utf8JsonReader reader)
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

    /// <summary>Reads <c>stream_options</c>.</summary>
    public CallError? ReadStreamOptions(ref Utf8JsonReader reader)
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

    /// <summary>Reads a limit of the answer's tokens, whatever it is called.</summary>
    public CallError? ReadOutputLimit(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var most) && most > 0)
        {
            MaxOutputTokens = Math.Max(most, MaxOutputTokens ?? 0);
        }

        reader.Skip();
        return null;
    }

    /// <summary>Passes over a field that is the provider's to judge.</summary>
    public static CallError? Pass(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    public static CallError Missing(string field) =>
        CallError.Invalid("missing_field", $"{field}: is missing", field);

    public static CallError Wrong(string field, string what) =>
        CallError.Invalid("invalid_value", $"{field}: {what}", field);

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
}
