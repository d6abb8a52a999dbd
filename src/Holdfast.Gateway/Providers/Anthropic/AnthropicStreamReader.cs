using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Reads one message stream and writes OpenAI's chunks. An event is understood whole before anything of it is
/// written, so a fault never leaves half a chunk behind.
/// </summary>
internal sealed class AnthropicStreamReader(AnswerContext context) : ChatStreamReader(context)
{
    // Anthropic opens one block at a time; more than a few is somebody filling our memory.
    private const int MaxOpenBlocks = 64;

    private readonly List<OpenBlock> _blocks = [];
    private AnthropicUsage _usage;
    private int _tools;
    private bool _begun;
    private bool _isFinished;

    public override bool IsFinished => _isFinished;

    public override Usage Usage => _usage.Total;

    protected override StreamSignal Take(JsonView data, IBufferWriter<byte> output) =>
        Take(AnthropicEvent.Read(data), output);

    private StreamSignal Take(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        if (sse.Type.Says("content_block_delta"u8))
        {
            return TakeDelta(sse, output);
        }

        if (sse.Type.Says("content_block_start"u8))
        {
            return TakeBlockStart(sse, output);
        }

        if (sse.Type.Says("content_block_stop"u8))
        {
            return TakeBlockStop(sse, output);
        }

        if (sse.Type.Says("ping"u8))
        {
            output.Write(": ping\n\n"u8);
            return StreamSignal.Nothing;
        }

        if (sse.Type.Says("message_start"u8))
        {
            return TakeMessageStart(sse, output);
        }

        if (sse.Type.Says("message_delta"u8))
        {
            return TakeMessageDelta(sse, output);
        }

        if (sse.Type.Says("message_stop"u8))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        if (sse.Type.Says("error"u8) || (sse.Type.IsMissing && !sse.Error.IsMissing))
        {
            Fault = AnthropicErrors.InBand(sse.Error);
            return Failed;
        }

        return sse.Type.IsString ? StreamSignal.Nothing : Fail("The stream has an event without a type.");
    }

    private StreamSignal TakeMessageStart(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        if (_begun || IsFinished)
        {
            return Fail("The stream begins a second message.");
        }

        if (Chunks is not null)
        {
            // Seen in the wild: the same start twice, before any content. The first one stands.
            return StreamSignal.Nothing;
        }

        JsonView id = default, model = default, content = default, usage = default;
        var members = sse.Message.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("id"u8): id = members.Value; break;
                case var name when name.SequenceEqual("model"u8): model = members.Value; break;
                case var name when name.SequenceEqual("content"u8): content = members.Value; break;
                case var name when name.SequenceEqual("usage"u8): usage = members.Value; break;
            }
        }

        // Only the server's own code execution begins with content, which callers of this dialect cannot ask for.
        if (content is { IsArray: true, IsEmpty: false })
        {
            return Fail("The stream begins a message that has content already.");
        }

        var chunks = new ChatChunks(Context, id, model);
        _usage.Update(usage);
        Chunks = chunks;
        chunks.WriteRole(output);
        return StreamSignal.Nothing;
    }

    private StreamSignal TakeBlockStart(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        if (Chunks is null || IsFinished || !TryIndex(sse, out var index) || Find(index) >= 0
            || _blocks.Count == MaxOpenBlocks)
        {
            return Fail("The stream begins a content block where none can begin.");
        }

        var block = AnthropicBlock.Read(sse.ContentBlock);
        _begun = true;
        var open = new OpenBlock(index, block.Kind, -1, null);
        if (block.Kind == BlockKind.ToolUse)
        {
            open = open with { Tool = _tools++, Input = Prefilled(block.Input) };
        }

        _blocks.Add(open);
        switch (block.Kind)
        {
            case BlockKind.Text:
                return WriteText("\"content\":"u8, block.Text, output);
            case BlockKind.Thinking:
                return WriteText("\"reasoning_content\":"u8, block.Thinking, output);
            case BlockKind.ToolUse:
                Chunks.WriteToolStart(output, open.Tool, block.Id, block.Name);
                return new StreamSignal(StreamSignalKind.Token);
            default:
                return StreamSignal.Nothing;
        }
    }

    private StreamSignal TakeDelta(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        var at = TryIndex(sse, out var index) ? Find(index) : -1;
        if (at < 0 || IsFinished)
        {
            return Fail("The stream goes on with a content block that is not open.");
        }

        var delta = AnthropicDelta.Read(sse.Delta);
        var block = _blocks[at];
        if (!delta.Type.IsString)
        {
            return Fail("The stream has a delta without a type.");
        }

        if (block.Kind == BlockKind.Other)
        {
            return StreamSignal.Nothing;
        }

        if (delta.Type.Says("text_delta"u8))
        {
            return block.Kind == BlockKind.Text
                ? WriteText("\"content\":"u8, delta.Text, output)
                : FailOnDelta();
        }

        if (delta.Type.Says("thinking_delta"u8))
        {
            return block.Kind == BlockKind.Thinking
                ? WriteText("\"reasoning_content\":"u8, delta.Thinking, output)
                : FailOnDelta();
        }

        if (delta.Type.Says("input_json_delta"u8))
        {
            return block.Kind == BlockKind.ToolUse
                ? WriteArguments(at, delta.PartialJson, output)
                : FailOnDelta();
        }

        // Signatures and citations have no counterpart, nor has what is yet to come.
        return StreamSignal.Nothing;
    }

    private StreamSignal TakeBlockStop(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        var at = TryIndex(sse, out var index) ? Find(index) : -1;
        if (at < 0 || IsFinished)
        {
            return Fail("The stream ends a content block that is not open.");
        }

        var written = CloseTool(_blocks[at], output);
        _blocks.RemoveAt(at);
        return written == 0 ? StreamSignal.Nothing : new StreamSignal(StreamSignalKind.Token, written);
    }

    private StreamSignal TakeMessageDelta(in AnthropicEvent sse, IBufferWriter<byte> output)
    {
        if (Chunks is null)
        {
            return Fail("The stream ends a message that it did not begin.");
        }

        var delta = AnthropicDelta.Read(sse.Delta);
        if (!delta.StopReason.IsMissing && !delta.StopReason.IsString)
        {
            return Fail("The stream has a stop reason that is not a word.");
        }

        _usage.Update(sse.Usage);
        if (delta.StopReason.IsMissing || IsFinished)
        {
            return StreamSignal.Nothing;
        }

        // A block that never got its stop event ends here at the latest.
        var written = 0;
        foreach (var block in _blocks)
        {
            written += CloseTool(block, output);
        }

        _blocks.Clear();
        _isFinished = true;
        Chunks.WriteFinish(output, AnthropicStopReasons.FinishReason(delta.StopReason));
        return new StreamSignal(StreamSignalKind.Token, written);
    }

    private StreamSignal WriteText(ReadOnlySpan<byte> member, JsonView text, IBufferWriter<byte> output)
    {
        if (!text.IsString)
        {
            return FailOnDelta();
        }

        if (text.Text.IsEmpty)
        {
            return StreamSignal.Nothing;
        }

        Chunks!.WriteText(output, member, text.Raw);
        return new StreamSignal(StreamSignalKind.Token, text.Text.Length);
    }

    private StreamSignal WriteArguments(int at, JsonView piece, IBufferWriter<byte> output)
    {
        if (!piece.IsString)
        {
            return FailOnDelta();
        }

        if (piece.Text.IsEmpty)
        {
            return StreamSignal.Nothing;
        }

        var block = _blocks[at];
        _blocks[at] = block with { Input = null };
        Chunks!.WriteToolArguments(output, block.Tool, piece.Raw);
        return new StreamSignal(StreamSignalKind.Token, piece.Text.Length);
    }

    /// <summary>
    /// A call that got no arguments gets those that it began with: clients parse them, and "" is no JSON.
    /// </summary>
    private int CloseTool(OpenBlock block, IBufferWriter<byte> output)
    {
        if (block.Input is not { } input)
        {
            return 0;
        }

        Chunks!.WriteToolArguments(output, block.Tool, input);
        return input.Length - 2;
    }

    private static byte[] Prefilled(JsonView input)
    {
        if (input.IsMissing || input.IsEmpty)
        {
            return EmptyInput;
        }

        var escaped = JsonEncodedText.Encode(input.Raw, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return [.. "\""u8, .. escaped.EncodedUtf8Bytes, .. "\""u8];
    }

    private static readonly byte[] EmptyInput = [.. "\"{}\""u8];

    private static bool TryIndex(in AnthropicEvent sse, out int index)
    {
        var known = sse.Index.TryGetInt64(out var number) && number is >= 0 and <= int.MaxValue;
        index = known ? (int)number : -1;
        return known;
    }

    private int Find(int index)
    {
        for (var i = 0; i < _blocks.Count; i++)
        {
            if (_blocks[i].Index == index)
            {
                return i;
            }
        }

        return -1;
    }

    private StreamSignal FailOnDelta() => Fail("The stream has a delta that does not fit its content block.");

    /// <param name="Index">Anthropic's number of the block.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Tool">OpenAI's number of the tool call; -1 for other blocks.</param>
    /// <param name="Input">The arguments to close with as a JSON string, while no others came.</param>
    private readonly record struct OpenBlock(int Index, BlockKind Kind, int Tool, byte[]? Input);
}
