using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Reads a whole answer of Converse's and writes it as OpenAI's <c>chat.completion</c>.</summary>
internal ref struct BedrockAnswer
{
    private JsonView _content;
    private JsonView _stopReason;
    private JsonView _usage;

    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output) =>
        ChatAnswer.Read(context, body, output, Read);

    private static PlainAnswer Read(in AnswerContext context, JsonView body, PooledBuffer output)
    {
        var answer = Read(body);
        var usage = default(BedrockUsage);
        usage.Update(answer._usage);
        if (!answer._content.IsArray)
        {
            return ChatAnswer.Failed("The provider's answer has no content.", usage.Total);
        }

        if (BedrockStopReasons.IsFailure(answer._stopReason))
        {
            return ChatAnswer.Failed($"The model went wrong: {ProviderText.Word(answer._stopReason)}.", usage.Total);
        }

        var start = output.Length;
        answer.Write(context, usage.Total, output);
        return new PlainAnswer(output.WrittenMemory[start..], usage.Total);
    }

    private static BedrockAnswer Read(JsonView body)
    {
        var answer = default(BedrockAnswer);
        var members = body.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("output"u8):
                    answer._content = members.Value.Member("message"u8).Member("content"u8);
                    break;
                case var name when name.SequenceEqual("stopReason"u8): answer._stopReason = members.Value; break;
                case var name when name.SequenceEqual("usage"u8): answer._usage = members.Value; break;
            }
        }

        return answer;
    }

    private readonly void Write(in AnswerContext context, in Usage usage, PooledBuffer buffer)
    {
        var output = new JsonOutput(buffer);
        ChatAnswer.Begin(output, context, default, default);
        if (!TryWriteText(output, "content"u8, isThinking: false))
        {
            output.Null("content"u8);
        }

        output.Null("refusal"u8);
        WriteToolCalls(output);
        TryWriteText(output, "reasoning_content"u8, isThinking: true);
        ChatAnswer.End(output, BedrockStopReasons.FinishReason(_stopReason), usage);
    }

    private readonly bool TryWriteText(JsonOutput output, ReadOnlySpan<byte> name, bool isThinking)
    {
        var any = false;
        var items = _content.Items();
        while (items.Next())
        {
            var block = BedrockBlock.Read(items.Value);
            if (block.Kind == (isThinking ? BedrockBlockKind.Thinking : BedrockBlockKind.Text))
            {
                Begin(output, name, ref any);
                output.Piece(block.Text.Text);
            }
            else if (block.Kind == BedrockBlockKind.Cited && !isThinking)
            {
                Begin(output, name, ref any);
                var pieces = block.Pieces.Items();
                while (pieces.Next())
                {
                    output.Piece(pieces.Value.Member("text"u8).Text);
                }
            }
        }

        if (any)
        {
            output.EndString();
        }

        return any;
    }

    private static void Begin(JsonOutput output, ReadOnlySpan<byte> name, ref bool any)
    {
        if (!any)
        {
            output.Name(name);
            output.BeginString();
            any = true;
        }
    }

    private readonly void WriteToolCalls(JsonOutput output)
    {
        var begun = false;
        var items = _content.Items();
        while (items.Next())
        {
            var block = BedrockBlock.Read(items.Value);
            if (block.Kind != BedrockBlockKind.ToolUse)
            {
                continue;
            }

            if (!begun)
            {
                output.BeginArray("tool_calls"u8);
                begun = true;
            }

            output.BeginObject();
            output.Value("id"u8, block.Id);
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, block.Name);
            output.Text("arguments"u8, block.Input.IsMissing ? "{}"u8 : block.Input.Raw);
            output.EndObject();
            output.EndObject();
        }

        if (begun)
        {
            output.EndArray();
        }
    }
}
