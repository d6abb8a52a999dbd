using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>
/// Reads one chat stream and writes OpenAI's chunks. An event is understood whole before anything of it is written, so
/// a fault never leaves half a chunk behind.
/// </summary>
internal sealed class CohereStreamReader(AnswerContext context) : ChatStreamReader(context)
{
    private Usage _usage;
    private int _calls;

    // Cohere's number of the call that is open; one at a time.
    private long? _open;
    private bool _hasArguments;
    private bool _isFinished;

    public override bool IsFinished => _isFinished;

    public override Usage Usage => _usage;

    protected override bool IsEnd(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);

    protected override StreamSignal Take(JsonView sse, IBufferWriter<byte> output)
    {
        var type = sse.Member("type"u8);
        var delta = sse.Member("delta"u8);
        if (!type.IsString)
        {
            return Fail(ProviderText.Message(sse.Member("message"u8)) ?? "The stream has an event without a type.");
        }

        if (type.Says("message-start"u8))
        {
            return TakeStart(sse, output);
        }

        if (Chunks is null || IsFinished)
        {
            return type.Says("debug"u8) ? StreamSignal.Nothing : Fail("The stream has an event outside its message.");
        }

        var message = delta.Member("message"u8);
        return type.Text switch
        {
            var text when text.SequenceEqual("content-delta"u8) || text.SequenceEqual("content-start"u8) =>
                TakeContent(message.Member("content"u8), output),
            var text when text.SequenceEqual("tool-plan-delta"u8) =>
                WriteText("\"reasoning_content\":"u8, message.Member("tool_plan"u8), output),
            var text when text.SequenceEqual("tool-call-start"u8) =>
                TakeCallStart(sse, CohereCall.Read(message.Member("tool_calls"u8)), output),
            var text when text.SequenceEqual("tool-call-delta"u8) =>
                TakeCallDelta(sse, CohereCall.Read(message.Member("tool_calls"u8)), output),
            var text when text.SequenceEqual("tool-call-end"u8) => TakeCallEnd(sse, output),
            var text when text.SequenceEqual("message-end"u8) => TakeEnd(delta, output),

            // Ends of content, citations, what is yet to come.
            _ => StreamSignal.Nothing,
        };
    }

    private StreamSignal TakeStart(JsonView sse, IBufferWriter<byte> output)
    {
        if (Chunks is not null)
        {
            return Fail("The stream begins a second message.");
        }

        Chunks = new ChatChunks(Context, sse.Member("id"u8), default);
        Chunks.WriteRole(output);
        return StreamSignal.Nothing;
    }

    private StreamSignal TakeContent(JsonView content, IBufferWriter<byte> output)
    {
        if (content.IsMissing)
        {
            return StreamSignal.Nothing;
        }

        var block = CohereBlock.Read(content);
        return block.Thinking.IsString
            ? WriteText("\"reasoning_content\":"u8, block.Thinking, output)
            : WriteText("\"content\":"u8, block.Text, output);
    }

    private StreamSignal TakeCallStart(JsonView sse, in CohereCall call, IBufferWriter<byte> output)
    {
        if (_open is not null || !call.IsBegun || !sse.Member("index"u8).TryGetInt64(out var index))
        {
            return Fail("The stream begins a call where none can begin.");
        }

        _open = index;
        _hasArguments = !call.Arguments.Text.IsEmpty;
        Chunks!.WriteToolStart(output, _calls++, call.Id, call.Name);
        if (_hasArguments)
        {
            Chunks.WriteToolArguments(output, _calls - 1, call.Arguments.Raw);
        }

        return new StreamSignal(StreamSignalKind.Token, call.Arguments.Text.Length);
    }

    private StreamSignal TakeCallDelta(JsonView sse, in CohereCall call, IBufferWriter<byte> output)
    {
        if (!IsOpen(sse))
        {
            return Fail("The stream goes on with a call that is not open.");
        }

        if (call.Arguments.Text.IsEmpty)
        {
            return StreamSignal.Nothing;
        }

        _hasArguments = true;
        Chunks!.WriteToolArguments(output, _calls - 1, call.Arguments.Raw);
        return new StreamSignal(StreamSignalKind.Token, call.Arguments.Text.Length);
    }

    private StreamSignal TakeCallEnd(JsonView sse, IBufferWriter<byte> output)
    {
        if (!IsOpen(sse))
        {
            return Fail("The stream ends a call that is not open.");
        }

        return CloseCall(output) ? new StreamSignal(StreamSignalKind.Token, 2) : StreamSignal.Nothing;
    }

    private StreamSignal TakeEnd(JsonView delta, IBufferWriter<byte> output)
    {
        var reason = delta.Member("finish_reason"u8);
        if (!reason.IsString)
        {
            return Fail("The stream ends without a reason.");
        }

        _usage = CohereUsage.Read(delta.Member("usage"u8));
        if (CohereFinishReasons.IsFailure(reason))
        {
            return Fail(ProviderText.Message(delta.Member("error"u8))
                ?? $"The model's answer broke off: {ProviderText.Word(reason)}.");
        }

        CloseCall(output);
        _isFinished = true;
        Chunks!.WriteFinish(output, CohereFinishReasons.FinishReason(reason));
        return new StreamSignal(StreamSignalKind.Token);
    }

    /// <summary>A call that got no arguments gets an empty object: clients parse them, and "" is no JSON.</summary>
    private bool CloseCall(IBufferWriter<byte> output)
    {
        var lacks = _open is not null && !_hasArguments;
        _open = null;
        if (lacks)
        {
            Chunks!.WriteToolArguments(output, _calls - 1, "\"{}\""u8);
        }

        return lacks;
    }

    private bool IsOpen(JsonView sse) =>
        _open is { } open && sse.Member("index"u8).TryGetInt64(out var index) && index == open;

    private StreamSignal WriteText(ReadOnlySpan<byte> member, JsonView text, IBufferWriter<byte> output)
    {
        if (text.IsMissing || text.Text.IsEmpty)
        {
            return text.IsMissing || text.IsString
                ? StreamSignal.Nothing
                : Fail("The stream has a delta that is no text.");
        }

        Chunks!.WriteText(output, member, text.Raw);
        return new StreamSignal(StreamSignalKind.Token, text.Text.Length);
    }
}
