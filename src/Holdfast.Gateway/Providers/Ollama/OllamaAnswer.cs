using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>Reads a whole answer of Ollama's and writes it as OpenAI's <c>chat.completion</c>.</summary>
internal static class OllamaAnswer
{
    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output) =>
        ChatAnswer.Read(context, body, output, Read);

    private static PlainAnswer Read(in AnswerContext context, JsonView answer, PooledBuffer output)
    {
        var response = OllamaResponse.Read(answer);
        if (!response.Error.IsMissing)
        {
            return new PlainAnswer(default, default, OllamaErrors.InBand(response.Error));
        }

        if (!response.IsDone)
        {
            return ChatAnswer.Failed("The provider's answer is not at its end.", response.Usage);
        }

        var start = output.Length;
        Write(new JsonOutput(output), context, response);
        return new PlainAnswer(output.WrittenMemory[start..], response.Usage);
    }

    private static void Write(JsonOutput output, in AnswerContext context, in OllamaResponse response)
    {
        ChatAnswer.BeginChoices(output, context, default, response.Model);
        ChatAnswer.BeginChoice(output, 0);
        if (response.Content.IsMissing || (response.HasCalls && response.Content.Text.IsEmpty))
        {
            output.Null("content"u8);
        }
        else
        {
            output.Value("content"u8, response.Content);
        }

        output.Null("refusal"u8);
        if (response.HasCalls)
        {
            WriteCalls(output, response.Calls, new CallIds(context, default));
        }

        if (!response.Thinking.Text.IsEmpty)
        {
            output.Value("reasoning_content"u8, response.Thinking);
        }

        ChatAnswer.EndMessage(output);
        output.Name("logprobs"u8);
        OllamaLogprobs.Write(output, response.Logprobs);
        ChatAnswer.EndChoice(output, response.FinishReason(response.HasCalls));
        ChatAnswer.EndChoices(output, response.Usage);
    }

    private static void WriteCalls(JsonOutput output, JsonView calls, CallIds ids)
    {
        output.BeginArray("tool_calls"u8);
        var items = calls.Items();
        for (var index = 0; items.Next(); index++)
        {
            var call = OllamaCall.Read(items.Value);
            output.BeginObject();
            output.Name("id"u8);
            output.Raw(call.IdOr(ids, index));
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, call.Name);
            output.Name("arguments"u8);
            CallArguments.Write(output, call.Arguments);
            output.EndObject();
            output.EndObject();
        }

        output.EndArray();
    }
}
