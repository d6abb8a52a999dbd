using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;

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

    public static PlainAnswer Read(in AnswerContext context, ReadOnlySpan<byte> body, PooledBuffer output)
    {
        if (!Utf8.IsValid(body))
        {
            return Failed("The provider answered with bytes that are not UTF-8.");
        }

        var start = output.Length;
        try
        {
            var answer = Read(body);
            if (answer._type.Says("error"u8) || (answer._type.IsMissing && !answer._error.IsMissing))
            {
                return new PlainAnswer(default, default, AnthropicErrors.InBand(answer._error));
            }

            if (!answer._content.IsArray)
            {
                return Failed("The provider's answer has no content.");
            }

            var usage = default(AnthropicUsage);
            usage.Update(answer._usage);
            answer.Write(context, usage.Total, output);
            return new PlainAnswer(output.WrittenMemory[start..], usage.Total);
        }
        catch (JsonException)
        {
            return Failed("The provider's answer is not a message.");
        }
    }

    private static PlainAnswer Failed(string message) => new(default, default, AnthropicErrors.BadAnswer(message));

    private static AnthropicAnswer Read(ReadOnlySpan<byte> body)
    {
        var answer = default(AnthropicAnswer);
        var members = new JsonMembers(body);
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

    private readonly void Write(in AnswerContext context, in Usage usage, PooledBuffer output)
    {
        using var writer = new Utf8JsonWriter(output, AnthropicRequest.WriterOptions);
        writer.WriteStartObject();
        WriteOr(writer, "id", _id, context.Call.Id);
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, context.Created);
        WriteOr(writer, "model", _model, context.Model);

        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        WriteMessage(writer);
        writer.WriteNull("logprobs"u8);
        writer.WriteString("finish_reason"u8, AnthropicStopReasons.FinishReason(_stopReason));
        writer.WriteEndObject();
        writer.WriteEndArray();

        AnthropicUsage.Write(writer, usage);
        writer.WriteEndObject();
    }

    private readonly void WriteMessage(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        WriteJoined(writer, "content", BlockKind.Text, orNull: true);
        writer.WriteNull("refusal"u8);
        WriteToolCalls(writer);
        WriteJoined(writer, "reasoning_content", BlockKind.Thinking, orNull: false);
        writer.WriteEndObject();
    }

    private readonly void WriteJoined(Utf8JsonWriter writer, string name, BlockKind kind, bool orNull)
    {
        using var joined = new PooledBuffer();
        joined.Write("\""u8);
        var any = false;
        var items = _content.Items();
        while (items.Next())
        {
            var block = AnthropicBlock.Read(items.Value);
            if (block.Kind == kind)
            {
                joined.Write(kind == BlockKind.Text ? block.Text.Text : block.Thinking.Text);
                any = true;
            }
        }

        joined.Write("\""u8);
        if (any)
        {
            AnthropicRequest.WriteRaw(writer, name, new JsonView(JsonTokenType.String, joined.WrittenSpan));
        }
        else if (orNull)
        {
            writer.WriteNull(name);
        }
    }

    private readonly void WriteToolCalls(Utf8JsonWriter writer)
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
                writer.WriteStartArray("tool_calls"u8);
                begun = true;
            }

            writer.WriteStartObject();
            AnthropicRequest.WriteRaw(writer, "id", block.Id);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            AnthropicRequest.WriteRaw(writer, "name", block.Name);
            writer.WriteString("arguments"u8, block.Input.IsMissing ? "{}"u8 : block.Input.Raw);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        if (begun)
        {
            writer.WriteEndArray();
        }
    }

    /// <summary>A string of the provider's, or ours where it sent none.</summary>
    public static void WriteOr(Utf8JsonWriter writer, string name, JsonView value, string otherwise)
    {
        if (value.IsString)
        {
            AnthropicRequest.WriteRaw(writer, name, value);
        }
        else
        {
            writer.WriteString(name, otherwise);
        }
    }
}
