using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>
/// Reads one chat stream and writes OpenAI's chunks. An event is understood whole before anything of it is written, so
/// a fault never leaves half a chunk behind.
/// </summary>
internal sealed class CohereStreamReader(AnswerContext context) : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();
    private ChatChunks? _chunks;
    private Usage _usage;
    private int _calls;

    // Cohere's number of the call that is open; one at a time.
    private long? _open;
    private bool _hasArguments;

    public bool IsFinished { get; private set; }

    public bool IsWhole => IsFinished;

    public Usage Usage => _usage;

    public ProviderFault? Fault { get; private set; }

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (Fault is not null)
        {
            return Failed;
        }

        // An event without data is none, after the specification of server-sent events.
        if (!sse.HasData || sse.Data.IsEmpty)
        {
            return StreamSignal.Nothing;
        }

        if (sse.Data.SequenceEqual("[DONE]"u8))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        if (!Utf8.IsValid(sse.Data))
        {
            return Fail("The stream has bytes that are not UTF-8.");
        }

        try
        {
            return Take(_tape.Read(sse.Data), output);
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
            (_chunks ?? new ChatChunks(context, default, default)).WriteUsage(output, Usage);
        }

        output.Write("data: [DONE]\n\n"u8);
        _tape.Dispose();
    }

    private StreamSignal Take(JsonView sse, IBufferWriter<byte> output)
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

        if (_chunks is null || IsFinished)
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
        if (_chunks is not null)
        {
            return Fail("The stream begins a second message.");
        }

        _chunks = new ChatChunks(context, sse.Member("id"u8), default);
        _chunks.WriteRole(output);
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
        _chunks!.WriteToolStart(output, _calls++, call.Id, call.Name);
        if (_hasArguments)
        {
            _chunks.WriteToolArguments(output, _calls - 1, call.Arguments.Raw);
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
        _chunks!.WriteToolArguments(output, _calls - 1, call.Arguments.Raw);
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
        IsFinished = true;
        _chunks!.WriteFinish(output, CohereFinishReasons.FinishReason(reason));
        return new StreamSignal(StreamSignalKind.Token);
    }

    /// <summary>A call that got no arguments gets an empty object: clients parse them, and "" is no JSON.</summary>
    private bool CloseCall(IBufferWriter<byte> output)
    {
        var lacks = _open is not null && !_hasArguments;
        _open = null;
        if (lacks)
        {
            _chunks!.WriteToolArguments(output, _calls - 1, "\"{}\""u8);
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

        _chunks!.WriteText(output, member, text.Raw);
        return new StreamSignal(StreamSignalKind.Token, text.Text.Length);
    }

    private StreamSignal Fail(string message)
    {
        Fault = CohereErrors.BadAnswer(message);
        return Failed;
    }
}
