using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Writes the chunks of one stream as OpenAI does. What all chunks share is made once; a chunk is then a few
/// copies of bytes, and text goes in as it was escaped, so an event costs no allocation.
/// </summary>
internal sealed class ChatChunks
{
    // Longer names would be copied into every chunk.
    private const int MaxNameLength = 256;

    private readonly byte[] _head;
    private readonly byte[] _end;

    /// <param name="context">The call.</param>
    /// <param name="id">The provider's id of the answer.</param>
    /// <param name="model">The provider's name of the model.</param>
    /// <exception cref="JsonException">A name is unreasonably long.</exception>
    public ChatChunks(in AnswerContext context, JsonView id, JsonView model)
    {
        if (id.Raw.Length > MaxNameLength || model.Raw.Length > MaxNameLength)
        {
            throw new JsonException("The id or the model's name is too long.");
        }

        using var head = new PooledBuffer(512);
        var json = new JsonOutput(head);
        json.BeginObject();
        ChatAnswer.WriteHead(json, context, "chat.completion.chunk"u8, id, model);
        _head = [.. "data: "u8, .. head.WrittenSpan, .. ",\"choices\":["u8];
        _end = [.. context.Call.IncludeUsage ? "],\"usage\":null}\n\n"u8 : "]}\n\n"u8];
    }

    public void WriteRole(IBufferWriter<byte> output, int choice = 0)
    {
        BeginDelta(output, choice);
        output.Write("\"role\":\"assistant\",\"content\":\"\""u8);
        EndDelta(output);
    }

    /// <param name="output">The caller's bytes.</param>
    /// <param name="member">The member of the delta, with its colon.</param>
    /// <param name="text">A JSON string.</param>
    /// <param name="choice">Which of the choices.</param>
    /// <param name="logprobs">What stands in <c>logprobs</c>; empty: null.</param>
    public void WriteText(
        IBufferWriter<byte> output, ReadOnlySpan<byte> member, ReadOnlySpan<byte> text, int choice = 0,
        ReadOnlySpan<byte> logprobs = default)
    {
        BeginDelta(output, choice);
        output.Write(member);
        output.Write(text);
        EndDelta(output, logprobs);
    }

    public void WriteToolStart(IBufferWriter<byte> output, int index, JsonView id, JsonView name)
    {
        BeginTool(output, 0, index);
        BeginFunction(output, id.Raw, name.Raw);
        output.Write("\"\"}}]"u8);
        EndDelta(output);
    }

    /// <summary>A call that comes whole.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="choice">Which of the choices.</param>
    /// <param name="index">Which of its tool calls.</param>
    /// <param name="call">Its parts, each a JSON string.</param>
    public void WriteToolCall(IBufferWriter<byte> output, int choice, int index, in WholeToolCall call)
    {
        BeginTool(output, choice, index);
        BeginFunction(output, call.Id, call.Name);
        output.Write(call.Arguments);
        output.Write("}"u8);
        if (!call.ExtraContent.IsEmpty)
        {
            output.Write(",\"extra_content\":"u8);
            output.Write(call.ExtraContent);
        }

        output.Write("}]"u8);
        EndDelta(output);
    }

    /// <param name="output">The caller's bytes.</param>
    /// <param name="index">Which of the tool calls.</param>
    /// <param name="arguments">A JSON string.</param>
    public void WriteToolArguments(IBufferWriter<byte> output, int index, ReadOnlySpan<byte> arguments)
    {
        BeginTool(output, 0, index);
        output.Write(",\"function\":{\"arguments\":"u8);
        output.Write(arguments);
        output.Write("}}]"u8);
        EndDelta(output);
    }

    /// <param name="output">The caller's bytes.</param>
    /// <param name="reason">A word.</param>
    /// <param name="choice">Which of the choices.</param>
    /// <param name="logprobs">What stands in <c>logprobs</c>; empty: null.</param>
    public void WriteFinish(
        IBufferWriter<byte> output, ReadOnlySpan<byte> reason, int choice = 0, ReadOnlySpan<byte> logprobs = default)
    {
        BeginDelta(output, choice);
        output.Write("},\"logprobs\":"u8);
        output.Write(logprobs.IsEmpty ? "null"u8 : logprobs);
        output.Write(",\"finish_reason\":\""u8);
        output.Write(reason);
        output.Write("\"}"u8);
        output.Write(_end);
    }

    public void WriteUsage(IBufferWriter<byte> output, in Usage usage)
    {
        output.Write(_head);
        output.Write("],"u8);
        ChatAnswer.WriteUsage(new JsonOutput(output), usage);
        output.Write("}"u8);
        output.Write("\n\n"u8);
    }

    private static void BeginFunction(
        IBufferWriter<byte> output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name)
    {
        output.Write(",\"id\":"u8);
        output.Write(id);
        output.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(name);
        output.Write(",\"arguments\":"u8);
    }

    private static void WriteIndex(IBufferWriter<byte> output, int index)
    {
        Span<byte> digits = stackalloc byte[11];
        index.TryFormat(digits, out var length);
        output.Write(digits[..length]);
    }

    private void BeginDelta(IBufferWriter<byte> output, int choice)
    {
        output.Write(_head);
        output.Write("{\"index\":"u8);
        WriteIndex(output, choice);
        output.Write(",\"delta\":{"u8);
    }

    private void EndDelta(IBufferWriter<byte> output, ReadOnlySpan<byte> logprobs = default)
    {
        output.Write("},\"logprobs\":"u8);
        output.Write(logprobs.IsEmpty ? "null"u8 : logprobs);
        output.Write(",\"finish_reason\":null}"u8);
        output.Write(_end);
    }

    private void BeginTool(IBufferWriter<byte> output, int choice, int index)
    {
        BeginDelta(output, choice);
        output.Write("\"tool_calls\":[{\"index\":"u8);
        WriteIndex(output, index);
    }
}

/// <summary>A tool call that comes whole: JSON strings, and an object that Google's callers hand back.</summary>
internal readonly ref struct WholeToolCall
{
    public required ReadOnlySpan<byte> Id { get; init; }

    public required ReadOnlySpan<byte> Name { get; init; }

    public required ReadOnlySpan<byte> Arguments { get; init; }

    /// <summary>Empty: none.</summary>
    public ReadOnlySpan<byte> ExtraContent { get; init; }
}
