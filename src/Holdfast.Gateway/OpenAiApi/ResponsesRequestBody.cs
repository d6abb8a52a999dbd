using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// What the gateway needs of a request to the Responses API. It may come without <c>input</c>: what a provider stores
/// can stand in its place, and whether it does is the provider's to judge.
/// </summary>
internal static class ResponsesRequestBody
{
    private static readonly FieldReader Own = ReadField;

    /// <summary>Reads the body.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryRead(ReadOnlySpan<byte> bytes, out CallFields fields) =>
        CallFields.TryRead(bytes, Own, out fields) ?? fields.MissingModel;

    private static CallError? ReadField(ref Utf8JsonReader reader, ref CallFields fields)
    {
        if (reader.ValueTextEquals("stream"u8))
        {
            return fields.ReadStream(ref reader);
        }

        if (reader.ValueTextEquals("max_output_tokens"u8))
        {
            return fields.ReadOutputLimit(ref reader);
        }

        return reader.ValueTextEquals("input"u8)
            ? ReadInput(ref reader, ref fields)
            : CallFields.Pass(ref reader);
    }

    private static CallError? ReadInput(ref Utf8JsonReader reader, ref CallFields fields)
    {
        reader.Read();
        if (fields.HasContent)
        {
            return CallFields.Wrong("input", "appears twice");
        }

        fields.HasContent = true;
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return CallFields.Wrong("input", "must be a string or an array");
        }

        reader.Read();
        for (var index = 0; reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return CallFields.Wrong($"input[{index}]", "must be an object");
            }

            reader.Skip();
            reader.Read();
        }

        return null;
    }
}
