using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Reads a whole message of Anthropic's and writes it as OpenAI's <c>chat.completion</c>.</summary>
internal ref struct AnthropicAnswer
{
    private JsonView _type;
    private JsonView _id;
    private JsonView _model;
    private JsonView _content;
    private JsonView _stopReason;
    private JsonView _usage;
    private JsonView _error;

    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output) =>
        ChatAnswer.Read(context, body, output, Read);

    private static PlainAnswer Read(in AnswerContext context, JsonView body, PooledBuffer output)
    {
        var answer = Read(body);
        if (answer._type.Says("error"u8) || (answer._type.IsMissing && !answer._error.IsMissing))
        {
            return new PlainAnswer(default, default, AnthropicErrors.InBand(answer._error));
        }

        if (!answer._content.IsArray)
        {
            return ChatAnswer.Failed("The provider's answer has no content.");
        }

        var usage = default(AnthropicUsage);
        usage.Update(answer._usage);
        if (context.Call.Dialect == Dialect.Anthropic)
        {
            // Its caller gets the provider's own bytes.
            return new PlainAnswer(default, usage.Total);
        }

        var start = output.Length;
        answer.Write(context, usage.Total, output);
        return new PlainAnswer(output.WrittenMemory[start..], usage.Total);
    }

    private static AnthropicAnswer Read(JsonView body)
    {
        var answer = default(AnthropicAnswer);
        var members = body.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): answer._type = members.Value; break;
                case var name when name.SequenceEqual("id"u8): answer._id = members.Value; break;
                case var name when name.SequenceEqual("model"u8): answer._model = members.Value; break;
                case var name when name.SequenceEqual("content"u8): answer._content = members.Value; break;
                case var name when name.SequenceEqual("stop_reason"u8): answer._stopReason = members.Value; break;
                case var name when name.SequenceEqual("usage"u8): answer._usage = members.Value; break;
                case var name when name.SequenceEqual("error"u8): answer._error = members.Value; break;
            }
        }

        return answer;
    }

    private readonly void Write(in AnswerContext context, in Usage usage, PooledBuffer buffer)
    {
        var output = new JsonOutput(buffer);
        ChatAnswer.Begin(output, context, _id, _model);
        WriteJoined(output, "content"u8, BlockKind.Text, orNull: true);
        output.Null("refusal"u8);
        WriteToolCalls(output);
        WriteJoined(output, "reasoning_content"u8, BlockKind.Thinking, orNull: false);
        ChatAnswer.End(output, AnthropicStopReasons.FinishReason(_stopReason), usage);
    }

    private readonly void WriteJoined(JsonOutput output, ReadOnlySpan<byte> name, BlockKind kind, bool orNull)
    {
        var any = false;
        var items = _content.Items();
        while (items.Next())
        {
            var block = AnthropicBlock.Read(items.Value);
            if (block.Kind != kind)
            {
                continue;
            }

            if (!any)
            {
                output.Name(name);
                output.BeginString();
                any = true;
            }

            output.Piece(kind == BlockKind.Text ? block.Text.Text : block.Thinking.Text);
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

    private readonly void WriteToolCalls(JsonOutput output)
    {
        var begun = false;
        var items = _content.Items();
        while (items.Next())
        {
            var block = AnthropicBlock.Read(items.Value);
            if (block.Kind != BlockKind.ToolUse)
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
