using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>What the gateway needs of a chat request, in OpenAI's format and in Anthropic's.</summary>
internal static class ChatRequestBody
{
    /// <summary>As many as OpenAI's specification allows.</summary>
    internal const int MostChoices = 128;

    private static readonly FieldReader Own = ReadField;

    /// <summary>Reads the body.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    public static CallError? TryRead(ReadOnlySpan<byte> bytes, out CallFields fields) =>
        CallFields.TryRead(bytes, Own, out fields) ?? fields.MissingModel
        ?? (fields.HasContent ? null : CallFields.Missing("messages"));

    private static CallError? ReadField(ref Utf8JsonReader reader, ref CallFields fields)
    {
        if (reader.ValueTextEquals("messages"u8))
        {
            return ReadMessages(ref reader, ref fields);
        }

        if (reader.ValueTextEquals("stream"u8))
        {
            return fields.ReadStream(ref reader);
        }

        if (reader.ValueTextEquals("stream_options"u8))
        {
            return fields.ReadStreamOptions(ref reader);
        }

        if (reader.ValueTextEquals("n"u8))
        {
            return ReadChoices(ref reader, ref fields);
        }

        return reader.ValueTextEquals("max_completion_tokens"u8) || reader.ValueTextEquals("max_tokens"u8)
            ? fields.ReadOutputLimit(ref reader)
            : CallFields.Pass(ref reader);
    }

    private static CallError? ReadChoices(ref Utf8JsonReader reader, ref CallFields fields)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var choices)
            || choices is < 1 or > MostChoices)
        {
            return CallFields.Wrong("n", $"must be a whole number from 1 to {MostChoices}");
        }

        fields.Choices = choices;
        return null;
    }

    private static CallError? ReadMessages(ref Utf8JsonReader reader, ref CallFields fields)
    {
        reader.Read();
        if (fields.HasContent)
        {
            return CallFields.Wrong("messages", "appears twice");
        }

        fields.HasContent = true;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return CallFields.Wrong("messages", "must be an array");
        }

        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            return CallFields.Wrong("messages", "must have at least one message");
        }

        for (var index = 0; reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return CallFields.Wrong($"messages[{index}]", "must be an object");
            }

            reader.Skip();
            reader.Read();
        }

        return null;
    }
}
