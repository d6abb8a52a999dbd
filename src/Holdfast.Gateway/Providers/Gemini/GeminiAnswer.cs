using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Reads a whole answer of Gemini's and writes it as OpenAI's <c>chat.completion</c>.</summary>
internal static class GeminiAnswer
{
    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output) =>
        ChatAnswer.Read(context, body, output, Read);

    private static PlainAnswer Read(in AnswerContext context, JsonView answer, PooledBuffer output)
    {
        var response = GeminiResponse.Read(answer);
        if (!response.Error.IsMissing)
        {
            return new PlainAnswer(default, default, GeminiErrors.InBand(response.Error));
        }

        var usage = default(GeminiUsage);
        usage.Update(response.Usage);
        if (!response.HasCandidates && !response.IsBlocked)
        {
            return ChatAnswer.Failed("The provider's answer has no candidates.", usage.Total);
        }

        var start = output.Length;
        return Write(context, response, usage.Total, output)
            ?? new PlainAnswer(output.WrittenMemory[start..], usage.Total);
    }

    /// <summary>Null, or why it is no answer.</summary>
    private static PlainAnswer? Write(
        in AnswerContext context, in GeminiResponse response, in Usage usage, PooledBuffer buffer)
    {
        var output = new JsonOutput(buffer);
        var ids = new CallIds(context, response.Id);
        ChatAnswer.BeginChoices(output, context, response.Id, response.Model);
        if (response.HasCandidates)
        {
            var items = response.Candidates.Items();
            for (var position = 0; items.Next(); position++)
            {
                var candidate = GeminiCandidate.Read(items.Value, position);
                if (GeminiFinishReasons.IsFailure(candidate.FinishReason))
                {
                    return ChatAnswer.Failed(
                        $"The model went wrong: {ProviderText.Word(candidate.FinishReason)}.", usage);
                }

                WriteChoice(output, candidate, ids);
            }
        }
        else
        {
            // A blocked prompt is an answer like a filtered one, and nobody's failure.
            ChatAnswer.BeginChoice(output, 0);
            output.Null("content"u8);
            output.Null("refusal"u8);
            ChatAnswer.EndMessage(output);
            output.Null("logprobs"u8);
            ChatAnswer.EndChoice(output, "content_filter"u8);
        }

        ChatAnswer.EndChoices(output, usage);
        return null;
    }

    private static void WriteChoice(JsonOutput output, in GeminiCandidate candidate, CallIds ids)
    {
        ChatAnswer.BeginChoice(output, candidate.Index);
        WriteJoined(output, "content"u8, candidate, GeminiPartKind.Text, orNull: true);
        output.Null("refusal"u8);
        var hasCalls = WriteCalls(output, candidate, ids);
        WriteJoined(output, "reasoning_content"u8, candidate, GeminiPartKind.Thought, orNull: false);
        ChatAnswer.EndMessage(output);
        output.Name("logprobs"u8);
        GeminiLogprobs.Write(output, candidate.Logprobs);
        ChatAnswer.EndChoice(output, GeminiFinishReasons.FinishReason(candidate.FinishReason, hasCalls));
    }

    private static void WriteJoined(
        JsonOutput output, ReadOnlySpan<byte> name, in GeminiCandidate candidate, GeminiPartKind kind, bool orNull)
    {
        var any = false;
        var items = candidate.HasParts ? candidate.Parts.Items() : default;
        while (candidate.HasParts && items.Next())
        {
            var part = GeminiPart.Read(items.Value);
            if (part.Kind != kind)
            {
                continue;
            }

            if (!any)
            {
                output.Name(name);
                output.BeginString();
                any = true;
            }

            output.Piece(part.Text.Text);
        }

        if (any)
        {
            output.EndString();
        }
        else if (orNull)
        {
            output.Null(name);
        }
    }

    private static bool WriteCalls(JsonOutput output, in GeminiCandidate candidate, CallIds ids)
    {
        var count = 0;
        var items = candidate.HasParts ? candidate.Parts.Items() : default;
        while (candidate.HasParts && items.Next())
        {
            var part = GeminiPart.Read(items.Value);
            if (part.Kind != GeminiPartKind.Call)
            {
                continue;
            }

            if (part.GoesOn || !part.Name.IsString)
            {
                throw new JsonException("A call in a whole answer is whole.");
            }

            if (count == 0)
            {
                output.BeginArray("tool_calls"u8);
            }

            WriteCall(output, part, part.Id.IsMissing ? ids.Of(candidate.Index, count) : part.Id.Raw);
            count++;
        }

        if (count > 0)
        {
            output.EndArray();
        }

        return count > 0;
    }

    private static void WriteCall(JsonOutput output, in GeminiPart part, ReadOnlySpan<byte> id)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Raw(id);
        output.Word("type"u8, "function"u8);
        output.BeginObject("function"u8);
        output.Value("name"u8, part.Name);
        output.Name("arguments"u8);
        CallArguments.Write(output, part.Args);
        output.EndObject();
        if (part.Signature.IsString)
        {
            output.Name("extra_content"u8);
            WriteExtra(output, part.Signature.Raw);
        }

        output.EndObject();
    }

    /// <summary>The signature where Google's own OpenAI-compatible address has it, so that clients know it.</summary>
    public static void WriteExtra(JsonOutput output, ReadOnlySpan<byte> signature)
    {
        output.BeginObject();
        output.BeginObject("google"u8);
        output.Name("thought_signature"u8);
        output.Raw(signature);
        output.EndObject();
        output.EndObject();
    }
}
