using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// What the gateway needs of a request that asks something about its <c>input</c>: for vectors, or for a judgement. How
/// many inputs there are says how many answers a good answer has.
/// </summary>
internal static class InputRequestBody
{
    /// <summary>What OpenAI moderates with when a request names no model.</summary>
    internal const string DefaultModeration = "omni-moderation-latest";

    private static readonly FieldReader Own = ReadField;

    /// <summary>Reads the body of <c>POST /v1/embeddings</c>.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryReadEmbeddings(ReadOnlySpan<byte> bytes, out CallFields fields) =>
        CallFields.TryRead(bytes, Own, out fields) ?? fields.MissingModel ?? Missing(fields);

    /// <summary>Reads the body of <c>POST /v1/moderations</c>, where a model needs no naming.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryReadModerations(ReadOnlySpan<byte> bytes, out CallFields fields)
    {
        var wrong = CallFields.TryRead(bytes, Own, out fields) ?? Missing(fields);
        fields.AssumeModel(DefaultModeration);
        return wrong;
    }

    private static CallError? Missing(in CallFields fields) =>
        fields.HasContent ? null : CallFields.Missing("input");

    private static CallError? ReadField(ref Utf8JsonReader reader, ref CallFields fields)
    {
        if (reader.ValueTextEquals("input"u8))
        {
            return ReadInput(ref reader, ref fields);
        }

        if (!reader.ValueTextEquals("encoding_format"u8))
        {
            return CallFields.Pass(ref reader);
        }

        reader.Read();
        fields.WantsBase64 = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("base64"u8);
        reader.Skip();
        return null;
    }

    private static CallError? ReadInput(ref Utf8JsonReader reader, ref CallFields fields)
    {
        reader.Read();
        if (fields.HasContent)
        {
            return CallFields.Wrong("input", "appears twice");
        }

        fields.HasContent = true;
        fields.Inputs = 1;
        if (reader.TokenType == JsonTokenType.String)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return CallFields.Wrong("input", "must be a string or an array");
        }

        return ReadItems(ref reader, ref fields);
    }

    /// <summary>Texts, or lists of tokens; or the tokens of one text; or the parts of one message.</summary>
    private static CallError? ReadItems(ref Utf8JsonReader reader, ref CallFields fields)
    {
        reader.Read();
        var kind = reader.TokenType;
        if (kind == JsonTokenType.EndArray)
        {
            return CallFields.Wrong("input", "must have at least one item");
        }

        var count = 0;
        for (; reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (reader.TokenType != kind || kind is not (JsonTokenType.String or JsonTokenType.Number
                or JsonTokenType.StartArray or JsonTokenType.StartObject))
            {
                return CallFields.Wrong($"input[{count}]",
                    "must be a string, a number, an array or an object, and all items of one kind");
            }

            reader.Skip();
            reader.Read();
        }

        // Whether parts are one thing or several is the model's to say.
        fields.Inputs = kind is JsonTokenType.String or JsonTokenType.StartArray ? count
            : kind == JsonTokenType.Number ? 1 : 0;
        return null;
    }
}
