using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Reads a whole answer of Cohere's and writes it as OpenAI's <c>chat.completion</c>.</summary>
internal static class CohereAnswer
{
    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output) =>
        ChatAnswer.Read(context, body, output, Read);

    private static PlainAnswer Read(in AnswerContext context, JsonView answer, PooledBuffer output)
    {
        var message = answer.Member("message"u8);
        var reason = answer.Member("finish_reason"u8);
        if (!message.IsObject || !reason.IsString)
        {
            // An error's message is a string.
            return ChatAnswer.Failed(ProviderText.Message(message) ?? "The provider's answer has no message.");
        }

        var usage = CohereUsage.Read(answer.Member("usage"u8));
        if (CohereFinishReasons.IsFailure(reason))
        {
            return ChatAnswer.Failed($"The model's answer broke off: {ProviderText.Word(reason)}.", usage);
        }

        var start = output.Length;
        Write(new JsonOutput(output), context, answer, usage);
        return new PlainAnswer(output.WrittenMemory[start..], usage);
    }

    private static void Write(JsonOutput output, in AnswerContext context, JsonView answer, in Usage usage)
    {
        var message = answer.Member("message"u8);
        var content = message.Member("content"u8);
        var plan = message.Member("tool_plan"u8);
        ChatAnswer.Begin(output, context, answer.Member("id"u8), default);
        WriteJoined(output, "content"u8, content, default, isThinking: false);
        output.Null("refusal"u8);
        WriteCalls(output, message.Member("tool_calls"u8));
        WriteJoined(output, "reasoning_content"u8, content, plan, isThinking: true);
        ChatAnswer.End(output, CohereFinishReasons.FinishReason(answer.Member("finish_reason"u8)), usage);
    }

    /// <summary>What the model plans to do with its tools is a thought too.</summary>
    private static void WriteJoined(
        JsonOutput output, ReadOnlySpan<byte> name, JsonView content, JsonView plan, bool isThinking)
    {
        var any = false;
        if (!content.IsMissing)
        {
            var items = content.Items();
            while (items.Next())
            {
                var block = CohereBlock.Read(items.Value);
                WritePiece(output, name, isThinking ? block.Thinking : block.Text, ref any);
            }
        }

        WritePiece(output, name, plan, ref any);
        if (any)
        {
            output.EndString();
        }
        else if (!isThinking)
        {
            output.Null(name);
        }
    }

    private static void WritePiece(JsonOutput output, ReadOnlySpan<byte> name, JsonView text, ref bool any)
    {
        if (text.IsMissing)
        {
            return;
        }

        if (!text.IsString)
        {
            throw new JsonException("Text is a string.");
        }

        if (!any)
        {
            output.Name(name);
            output.BeginString();
            any = true;
        }

        output.Piece(text.Text);
    }

    private static void WriteCalls(JsonOutput output, JsonView calls)
    {
        if (calls.IsMissing || (calls.IsArray && calls.IsEmpty))
        {
            return;
        }

        output.BeginArray("tool_calls"u8);
        var items = calls.Items();
        while (items.Next())
        {
            var call = CohereCall.Read(items.Value);
            if (!call.IsBegun)
            {
                throw new JsonException("A call has an id and a name.");
            }

            output.BeginObject();
            output.Value("id"u8, call.Id);
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, call.Name);
            output.Name("arguments"u8);
            output.Raw(call.Arguments.Text.IsEmpty ? "\"{}\""u8 : call.Arguments.Raw);
            output.EndObject();
            output.EndObject();
        }

        output.EndArray();
    }
}
