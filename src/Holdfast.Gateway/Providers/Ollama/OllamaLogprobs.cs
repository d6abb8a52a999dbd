using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>Ollama's <c>logprobs</c>, whose tokens are as OpenAI's but lack what is empty.</summary>
internal static class OllamaLogprobs
{
    /// <param name="output">Where to.</param>
    /// <param name="tokens">An array, or missing.</param>
    /// <exception cref="JsonException">They are none.</exception>
    public static void Write(JsonOutput output, JsonView tokens)
    {
        if (tokens.IsMissing)
        {
            output.Raw("null"u8);
            return;
        }

        output.BeginObject();
        output.BeginArray("content"u8);
        var items = tokens.Items();
        while (items.Next())
        {
            output.BeginObject();
            WriteToken(output, items.Value);
            output.BeginArray("top_logprobs"u8);
            var top = items.Value.Member("top_logprobs"u8);
            var others = top.IsMissing ? default : top.Items();
            while (!top.IsMissing && others.Next())
            {
                output.BeginObject();
                WriteToken(output, others.Value);
                output.EndObject();
            }

            output.EndArray();
            output.EndObject();
        }

        output.EndArray();
        output.Null("refusal"u8);
        output.EndObject();
    }

    private static void WriteToken(JsonOutput output, JsonView value)
    {
        var token = value.Member("token"u8);
        var probability = value.Member("logprob"u8);
        if (!token.IsString || !probability.IsNumber)
        {
            throw new JsonException("A token has a text and a number.");
        }

        output.Value("token"u8, token);
        output.Value("logprob"u8, probability);
        WriteBytes(output, value.Member("bytes"u8));
    }

    private static void WriteBytes(JsonOutput output, JsonView bytes)
    {
        if (bytes.IsMissing)
        {
            output.Null("bytes"u8);
            return;
        }

        output.BeginArray("bytes"u8);
        var items = bytes.Items();
        while (items.Next())
        {
            output.Value(items.Value.TryGetInt64(out var one) && one is >= 0 and <= 255
                ? items.Value
                : throw new JsonException("A byte is a small number."));
        }

        output.EndArray();
    }
}
