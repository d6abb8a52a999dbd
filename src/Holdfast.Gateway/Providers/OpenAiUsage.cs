using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>Reads OpenAI's <c>usage</c> object; whatever has another shape counts as zero.</summary>
internal static class OpenAiUsage
{
    /// <summary>The reader stands on the object's first token and is left on its last.</summary>
    public static Usage Read(ref Utf8JsonReader reader)
    {
        long input = 0, output = 0, total = 0, cached = 0, written = 0, reasoning = 0;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }

        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            // The totals stand at the top, their details in objects of their own, called differently everywhere.
            var isTotal = reader.CurrentDepth == depth + 1;
            if (isTotal && reader.ValueTextEquals("prompt_tokens"u8))
            {
                input = Number(ref reader);
            }
            else if (isTotal && reader.ValueTextEquals("completion_tokens"u8))
            {
                output = Number(ref reader);
            }
            else if (isTotal && reader.ValueTextEquals("total_tokens"u8))
            {
                total = Number(ref reader);
            }
            else if (reader.ValueTextEquals("cached_tokens"u8))
            {
                cached = Number(ref reader);
            }
            else if (reader.ValueTextEquals("cache_write_tokens"u8))
            {
                written = Number(ref reader);
            }
            else if (reader.ValueTextEquals("reasoning_tokens"u8))
            {
                reasoning = Number(ref reader);
            }
        }

        // Some who only embed tell nothing but the total.
        return new Usage(input == 0 && output == 0 ? total : input, output, cached, written, reasoning);
    }

    private static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value > 0 ? value : 0;
    }
}
