using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Reads one stream of Converse's, frame by frame, and writes OpenAI's chunks. A frame is understood whole before
/// anything of it is written, so a fault never leaves half a chunk behind. No event ends the stream: the connection's
/// end does, and the counts come after the stop reason, or before it.
/// </summary>
internal sealed class BedrockStreamReader(AnswerContext context) : IStreamReader
{
    // A model opens one block at a time; more than a few calls left open is somebody filling our memory.
    private const int MaxOpenTools = 64;

    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();
    private readonly List<OpenTool> _open = [];
    private ChatChunks? _chunks;
    private BedrockUsage _usage;
    private int _tools;

    public bool IsFinished { get; private set; }

    public bool IsWhole => IsFinished;

    public Usage Usage => _usage.Total;

    public ProviderFault? Fault { get; private set; }

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (Fault is not null)
        {
            return Failed;
        }

        if (!EventStreamFrame.TryRead(sse.Data, out var frame))
        {
            return Fail("The stream has a frame that is damaged.");
        }

        var kind = BedrockFrameKind.Read(frame.Headers);
        if (kind.MessageType.SequenceEqual("error"u8))
        {
            Fault = BedrockErrors.InBand(kind.ErrorCode, ProviderText.Message(kind.ErrorMessage));
            return Failed;
        }

        if (!Utf8.IsValid(frame.Payload))
        {
            return Fail("The stream has bytes that are not UTF-8.");
        }

        try
        {
            return kind.MessageType.SequenceEqual("exception"u8)
                ? TakeException(kind.ExceptionType, frame.Payload)
                : Take(kind.EventType, frame.Payload, output);
        }
        catch (JsonException)
        {
            return Fail("The stream has an event that is not in the provider's format.");
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        if (context.Call.IncludeUsage)
        {
            Chunks.WriteUsage(output, Usage);
        }

        output.Write("data: [DONE]\n\n"u8);
        _tape.Dispose();
    }

    // Made with the first event, whichever it is: nothing in the stream is needed for it.
    private ChatChunks Chunks => _chunks ??= new ChatChunks(context, default, default);

    private StreamSignal TakeException(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload)
    {
        Fault = BedrockErrors.InBand(name, payload.IsEmpty ? default : _tape.Read(payload));
        return Failed;
    }

    private StreamSignal Take(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (type.SequenceEqual("contentBlockDelta"u8))
        {
            return TakeDelta(BedrockEvent.Read(_tape.Read(payload)), output);
        }

        if (type.SequenceEqual("contentBlockStart"u8))
        {
            return TakeBlockStart(BedrockEvent.Read(_tape.Read(payload)), output);
        }

        if (type.SequenceEqual("contentBlockStop"u8))
        {
            return TakeBlockStop(BedrockEvent.Read(_tape.Read(payload)), output);
        }

        if (type.SequenceEqual("messageStop"u8))
        {
            return TakeMessageStop(BedrockEvent.Read(_tape.Read(payload)), output);
        }

        if (type.SequenceEqual("messageStart"u8))
        {
            return TakeMessageStart(output);
        }

        if (type.SequenceEqual("metadata"u8))
        {
            _usage.Update(BedrockEvent.Read(_tape.Read(payload)).Usage);
            return StreamSignal.Nothing;
        }

        return type.IsEmpty ? Fail("The stream has an event without a type.") : StreamSignal.Nothing;
    }

    private StreamSignal TakeMessageStart(IBufferWriter<byte> output)
    {
        if (_chunks is not null)
        {
            return Fail("The stream begins a second message.");
        }

        Chunks.WriteRole(output);
        return StreamSignal.Nothing;
    }

    private StreamSignal TakeBlockStart(in BedrockEvent sse, IBufferWriter<byte> output)
    {
        if (IsFinished || !TryIndex(sse, out var index) || Find(index) >= 0)
        {
            return Fail("The stream begins a content block where none can begin.");
        }

        var tool = sse.Start.Member("toolUse"u8);
        if (tool.IsMissing)
        {
            // Text and thoughts need no beginning; an image has no counterpart.
            return StreamSignal.Nothing;
        }

        var id = tool.Member("toolUseId"u8);
        var name = tool.Member("name"u8);
        if (!id.IsString || !name.IsString || _open.Count == MaxOpenTools)
        {
            return Fail("The stream begins a tool call that is none.");
        }

        _open.Add(new OpenTool(index, _tools, HasInput: false));
        Chunks.WriteToolStart(output, _tools++, id, name);
        return new StreamSignal(StreamSignalKind.Token);
    }

    private StreamSignal TakeDelta(in BedrockEvent sse, IBufferWriter<byte> output)
    {
        if (IsFinished || !TryIndex(sse, out var index))
        {
            return Fail("The stream goes on where nothing can.");
        }

        var delta = BedrockDelta.Read(sse.Delta);
        var at = Find(index);
        if (!delta.ToolUse.IsMissing)
        {
            return at < 0 ? FailOnDelta() : WriteArguments(at, delta.ToolUse.Member("input"u8), output);
        }

        if (!delta.Text.IsMissing)
        {
            return at < 0 ? WriteText("\"content\":"u8, delta.Text, output) : FailOnDelta();
        }

        // Signatures, locked thoughts and citations have no counterpart, nor has what is yet to come.
        var thoughts = delta.Reasoning.Member("text"u8);
        if (thoughts.IsMissing)
        {
            return StreamSignal.Nothing;
        }

        return at < 0 ? WriteText("\"reasoning_content\":"u8, thoughts, output) : FailOnDelta();
    }

    private StreamSignal TakeBlockStop(in BedrockEvent sse, IBufferWriter<byte> output)
    {
        if (!TryIndex(sse, out var index))
        {
            return Fail("The stream ends a content block that has no number.");
        }

        var at = Find(index);
        if (at < 0)
        {
            return StreamSignal.Nothing;
        }

        var written = Close(_open[at], output);
        _open.RemoveAt(at);
        return written == 0 ? StreamSignal.Nothing : new StreamSignal(StreamSignalKind.Token, written);
    }

    private StreamSignal TakeMessageStop(in BedrockEvent sse, IBufferWriter<byte> output)
    {
        if (IsFinished || !sse.StopReason.IsString)
        {
            return Fail("The stream has a stop reason that is none.");
        }

        if (BedrockStopReasons.IsFailure(sse.StopReason))
        {
            return Fail($"The model went wrong: {ProviderText.Word(sse.StopReason)}.");
        }

        // A call that never got its stop event ends here at the latest.
        var written = 0;
        foreach (var tool in _open)
        {
            written += Close(tool, output);
        }

        _open.Clear();
        IsFinished = true;
        Chunks.WriteFinish(output, BedrockStopReasons.FinishReason(sse.StopReason));
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

        Chunks.WriteText(output, member, text.Raw);
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

        _open[at] = _open[at] with { HasInput = true };
        Chunks.WriteToolArguments(output, _open[at].Tool, piece.Raw);
        return new StreamSignal(StreamSignalKind.Token, piece.Text.Length);
    }

    /// <summary>A call that got no arguments gets an empty object: clients parse them, and "" is no JSON.</summary>
    private int Close(OpenTool tool, IBufferWriter<byte> output)
    {
        if (tool.HasInput)
        {
            return 0;
        }

        Chunks.WriteToolArguments(output, tool.Tool, "\"{}\""u8);
        return 2;
    }

    private static bool TryIndex(in BedrockEvent sse, out int index)
    {
        var known = sse.Index.TryGetInt64(out var number) && number is >= 0 and <= int.MaxValue;
        index = known ? (int)number : -1;
        return known;
    }

    private int Find(int index)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            if (_open[i].Index == index)
            {
                return i;
            }
        }

        return -1;
    }

    private StreamSignal FailOnDelta() => Fail("The stream has a delta that does not fit its content block.");

    private StreamSignal Fail(string message)
    {
        Fault = Faults.BadAnswer(message);
        return Failed;
    }

    /// <param name="Index">Bedrock's number of the block.</param>
    /// <param name="Tool">OpenAI's number of the tool call.</param>
    /// <param name="HasInput">Some of the arguments have come.</param>
    private readonly record struct OpenTool(int Index, int Tool, bool HasInput);
}
