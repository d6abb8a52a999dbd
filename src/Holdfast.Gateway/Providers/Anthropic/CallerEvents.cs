using System.Buffers;
using System.Buffers.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Writes the events of one message in Anthropic's order: one content block open at a time, numbered in the order in
/// which they begin.
/// </summary>
internal sealed class CallerEvents(AnswerContext context) : IChunkTeller
{
    private byte[] _stopReason = [.. "end_turn"u8];
    private int _block = -1;
    private BlockKind _open = BlockKind.Other;
    private bool _begun;
    private bool _hasCalls;

    public long NextNumber => 0;

    /// <summary>Writes <c>message_start</c>, once.</summary>
    public void Begin(IBufferWriter<byte> output, JsonView chunk, in Usage usage)
    {
        if (_begun)
        {
            return;
        }

        _begun = true;
        output.Write("event: message_start\ndata: "u8);
        var json = new JsonOutput(output);
        json.BeginObject();
        json.Word("type"u8, "message_start"u8);
        json.BeginObject("message"u8);
        CallerAnswer.WriteHead(json, context, chunk.Member("id"u8), chunk.Member("model"u8));
        json.BeginArray("content"u8);
        json.EndArray();
        json.Null("stop_reason"u8);
        json.Null("stop_sequence"u8);
        CallerAnswer.WriteUsage(json, usage);
        json.EndObject();
        json.EndObject();
        output.Write("\n\n"u8);
    }

    public void WriteText(IBufferWriter<byte> output, AnswerPart part, JsonView text, JsonView logprobs)
    {
        // A refusal is a text here, and says itself what it is.
        var kind = part == AnswerPart.Thought ? BlockKind.Thinking : BlockKind.Text;
        if (_open != kind)
        {
            OpenBlock(output, kind);
            output.Write(kind == BlockKind.Text
                ? "{\"type\":\"text\",\"text\":\"\"}"u8
                : "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"u8);
            EndStart(output);
        }

        WriteDelta(output, kind == BlockKind.Text
            ? "{\"type\":\"text_delta\",\"text\":"u8
            : "{\"type\":\"thinking_delta\",\"thinking\":"u8, text.Raw);
    }

    public void BeginCall(IBufferWriter<byte> output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name)
    {
        _hasCalls = true;
        OpenBlock(output, BlockKind.ToolUse);
        output.Write("{\"type\":\"tool_use\",\"id\":"u8);
        if (id.IsEmpty)
        {
            output.Write("\"toolu_"u8);
            WriteNumber(output, _block);
            output.Write("\""u8);
        }
        else
        {
            output.Write(id);
        }

        output.Write(",\"name\":"u8);
        output.Write(name);
        output.Write(",\"input\":{}}"u8);
        EndStart(output);
    }

    public void WriteArguments(IBufferWriter<byte> output, ReadOnlySpan<byte> arguments) =>
        WriteDelta(output, "{\"type\":\"input_json_delta\",\"partial_json\":"u8, arguments);

    public void Finish(JsonView reason)
    {
        if (!reason.Text.IsEmpty)
        {
            _stopReason = CallerStopReasons.Of(reason, _hasCalls);
        }
    }

    public void WritePing(IBufferWriter<byte> output)
    {
        // There is none before a message's beginning.
        if (_begun)
        {
            output.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);
        }
    }

    /// <summary>Writes what ends a message: its last block's end, its reason, its usage.</summary>
    public void WriteEnd(IBufferWriter<byte> output, in Usage usage)
    {
        Begin(output, default, usage);
        CloseBlock(output);
        output.Write("event: message_delta\ndata: "u8);
        var json = new JsonOutput(output);
        json.BeginObject();
        json.Word("type"u8, "message_delta"u8);
        json.BeginObject("delta"u8);
        json.Word("stop_reason"u8, _stopReason);
        json.Null("stop_sequence"u8);
        json.EndObject();
        CallerAnswer.WriteUsage(json, usage);
        json.EndObject();
        output.Write("\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    private void OpenBlock(IBufferWriter<byte> output, BlockKind kind)
    {
        CloseBlock(output);
        _open = kind;
        _block++;
        output.Write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8);
        WriteNumber(output, _block);
        output.Write(",\"content_block\":"u8);
    }

    private void EndStart(IBufferWriter<byte> output)
    {
        output.Write("}\n\n"u8);
        if (_block == 0)
        {
            // Where Anthropic has one, too.
            WritePing(output);
        }
    }

    private void WriteDelta(IBufferWriter<byte> output, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> text)
    {
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        WriteNumber(output, _block);
        output.Write(",\"delta\":"u8);
        output.Write(delta);
        output.Write(text);
        output.Write("}}\n\n"u8);
    }

    private void CloseBlock(IBufferWriter<byte> output)
    {
        if (_open == BlockKind.Other)
        {
            return;
        }

        _open = BlockKind.Other;
        output.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        WriteNumber(output, _block);
        output.Write("}\n\n"u8);
    }

    private static void WriteNumber(IBufferWriter<byte> output, int number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(11), out var length);
        output.Advance(length);
    }
}
