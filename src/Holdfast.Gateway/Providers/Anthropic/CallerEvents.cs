using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Writes the events of one message in Anthropic's order, whole ones only.</summary>
internal sealed class CallerEvents(AnswerContext context)
{
    // Longer names would have to be kept for a whole stream.
    private const int MaxNameLength = 256;

    private byte[] _stopReason = [.. "end_turn"u8];
    private byte[] _toolId = [];
    private long _tool = -1;
    private int _block = -1;
    private BlockKind _open = BlockKind.Other;
    private bool _begun;
    private bool _calledTools;

    /// <summary>Writes <c>message_start</c>, once.</summary>
    public void Begin(IBufferWriter<byte> output, JsonView id, JsonView model, in Usage usage)
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
        CallerAnswer.WriteHead(json, context, id, model);
        json.BeginArray("content"u8);
        json.EndArray();
        json.Null("stop_reason"u8);
        json.Null("stop_sequence"u8);
        CallerAnswer.WriteUsage(json, usage);
        json.EndObject();
        json.EndObject();
        output.Write("\n\n"u8);
    }

    /// <summary>Writes a piece of text or of thinking; nothing where there is none.</summary>
    public void WriteText(IBufferWriter<byte> output, BlockKind kind, JsonView text)
    {
        if (text.Text.IsEmpty)
        {
            return;
        }

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

    /// <summary>Writes a piece of a call of a tool, and its beginning where it is the first one.</summary>
    /// <exception cref="JsonException">It has no place in a message.</exception>
    public void WriteCall(IBufferWriter<byte> output, JsonView call)
    {
        var id = call.Member("id"u8);
        var function = call.Member("function"u8);
        var index = call.Member("index"u8).TryGetInt64(out var number) ? number : Math.Max(_tool, 0);
        // Some number all their calls 0; a new id tells them apart.
        var isNew = index != _tool || (!id.Text.IsEmpty && !id.Text.SequenceEqual(_toolId));
        if (isNew)
        {
            if (index < _tool || !function.Member("name"u8).IsString || id.Text.Length > MaxNameLength)
            {
                throw new JsonException(
                    "it goes on with a call of a tool that has ended, or begins one without a name");
            }

            _tool = index;
            _toolId = id.Text.ToArray();
            _calledTools = true;
            BeginCall(output, id, function.Member("name"u8));
        }

        var arguments = function.Member("arguments"u8);
        if (arguments.Text.IsEmpty && !arguments.IsObject)
        {
            return;
        }

        if (_open != BlockKind.ToolUse)
        {
            throw new JsonException("it goes on with a call of a tool that has ended");
        }

        WriteDelta(output, "{\"type\":\"input_json_delta\",\"partial_json\":"u8,
            arguments.IsString ? arguments.Raw : Quoted(arguments.Raw));
    }

    /// <summary>Remembers why the answer ended; nothing where it hasn't.</summary>
    public void Finish(JsonView reason)
    {
        if (!reason.Text.IsEmpty)
        {
            _stopReason = CallerStopReasons.Of(reason, _calledTools);
        }
    }

    /// <summary>Writes that the provider is still there; nothing before the message's beginning.</summary>
    public void WritePing(IBufferWriter<byte> output)
    {
        if (_begun)
        {
            output.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);
        }
    }

    /// <summary>Writes what ends a message: its last block's end, its reason, its usage.</summary>
    public void WriteEnd(IBufferWriter<byte> output, in Usage usage)
    {
        Begin(output, default, default, usage);
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

    private void BeginCall(IBufferWriter<byte> output, JsonView id, JsonView name)
    {
        OpenBlock(output, BlockKind.ToolUse);
        output.Write("{\"type\":\"tool_use\",\"id\":"u8);
        if (id.Text.IsEmpty)
        {
            output.Write("\"toolu_"u8);
            WriteNumber(output, _block);
            output.Write("\""u8);
        }
        else
        {
            output.Write(id.Raw);
        }

        output.Write(",\"name\":"u8);
        output.Write(name.Raw);
        output.Write(",\"input\":{}}"u8);
        EndStart(output);
    }

    /// <summary>Some write the arguments as the object that they are.</summary>
    private static byte[] Quoted(ReadOnlySpan<byte> json)
    {
        var escaped = JsonEncodedText.Encode(json, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return [.. "\""u8, .. escaped.EncodedUtf8Bytes, .. "\""u8];
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
