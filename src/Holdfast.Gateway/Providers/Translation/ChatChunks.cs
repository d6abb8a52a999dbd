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

    public void WriteRole(IBufferWriter<byte> output)
    {
        BeginDelta(output);
        output.Write("\"role\":\"assistant\",\"content\":\"\""u8);
        EndDelta(output);
    }

    /// <param name="output">The caller's bytes.</param>
    /// <param name="member">The member of the delta, with its colon.</param>
    /// <param name="text">A JSON string.</param>
    public void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> member, ReadOnlySpan<byte> text)
    {
        BeginDelta(output);
        output.Write(member);
        output.Write(text);
        EndDelta(output);
    }

    public void WriteToolStart(IBufferWriter<byte> output, int index, JsonView id, JsonView name)
    {
        BeginTool(output, index);
        output.Write(",\"id\":"u8);
        output.Write(id.Raw);
        output.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(name.Raw);
        output.Write(",\"arguments\":\"\"}}]"u8);
        EndDelta(output);
    }

    /// <param name="output">The caller's bytes.</param>
    /// <param name="index">Which of the tool calls.</param>
    /// <param name="arguments">A JSON string.</param>
    public void WriteToolArguments(IBufferWriter<byte> output, int index, ReadOnlySpan<byte> arguments)
    {
        BeginTool(output, index);
        output.Write(",\"function\":{\"arguments\":"u8);
        output.Write(arguments);
        output.Write("}}]"u8);
        EndDelta(output);
    }

    public void WriteFinish(IBufferWriter<byte> output, ReadOnlySpan<byte> reason)
    {
        BeginDelta(output);
        output.Write("},\"logprobs\":null,\"finish_reason\":\""u8);
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

    private void BeginDelta(IBufferWriter<byte> output)
    {
        output.Write(_head);
        output.Write("{\"index\":0,\"delta\":{"u8);
    }

    private void EndDelta(IBufferWriter<byte> output)
    {
        output.Write("},\"logprobs\":null,\"finish_reason\":null}"u8);
        output.Write(_end);
    }

    private void BeginTool(IBufferWriter<byte> output, int index)
    {
        BeginDelta(output);
        output.Write("\"tool_calls\":[{\"index\":"u8);
        Span<byte> digits = stackalloc byte[11];
        index.TryFormat(digits, out var length);
        output.Write(digits[..length]);
    }
}
