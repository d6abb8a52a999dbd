using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Gemini's <c>logprobsResult</c> as OpenAI's <c>logprobs</c>.</summary>
internal static class GeminiLogprobs
{
    /// <exception cref="JsonException">It is none.</exception>
    public static void Write(JsonOutput output, JsonView result)
    {
        if (result.IsMissing)
        {
            output.Raw("null"u8);
            return;
        }

        output.BeginObject();
        output.BeginArray("content"u8);
        var chosen = result.Member("chosenCandidates"u8);
        var top = result.Member("topCandidates"u8);
        if (!chosen.IsMissing)
        {
            var tokens = chosen.Items();
            var others = top.IsMissing ? default : top.Items();
            while (tokens.Next())
            {
                output.BeginObject();
                WriteToken(output, tokens.Value);
                output.BeginArray("top_logprobs"u8);
                if (!top.IsMissing && others.Next())
                {
                    WriteOthers(output, others.Value.Member("candidates"u8));
                }

                output.EndArray();
                output.EndObject();
            }
        }

        output.EndArray();
        output.Null("refusal"u8);
        output.EndObject();
    }

    private static void WriteOthers(JsonOutput output, JsonView candidates)
    {
        if (candidates.IsMissing)
        {
            return;
        }

        var items = candidates.Items();
        while (items.Next())
        {
            output.BeginObject();
            WriteToken(output, items.Value);
            output.EndObject();
        }
    }

    private static void WriteToken(JsonOutput output, JsonView value)
    {
        var token = value.Member("token"u8);
        var probability = value.Member("logProbability"u8);

        // Protobuf leaves out what is zero: a token of certainty, or one without text.
        if ((!token.IsMissing && !token.IsString) || (!probability.IsMissing && !probability.IsNumber))
        {
            throw new JsonException("A token has a text and a number.");
        }

        output.Name("token"u8);
        output.Raw(token.IsMissing ? "\"\""u8 : token.Raw);
        output.Name("logprob"u8);
        output.Raw(probability.IsMissing ? "0"u8 : probability.Raw);
        output.Null("bytes"u8);
    }
}
