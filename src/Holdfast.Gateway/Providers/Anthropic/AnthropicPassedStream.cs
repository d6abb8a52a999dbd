using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Watches a message stream that goes through to a caller of the same dialect as it is: finds its tokens, its end, its
/// usage and its errors.
/// </summary>
internal sealed class AnthropicPassedStream : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();
    private AnthropicUsage _usage;
    private bool _begun;

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

        if (!sse.HasData || sse.Data.IsEmpty)
        {
            // A comment goes through; an event without data is none.
            output.Write(!sse.HasData && sse.IsComplete ? sse.Raw : default);
            return StreamSignal.Nothing;
        }

        if (!Utf8.IsValid(sse.Data))
        {
            return Fail("The stream has bytes that are not UTF-8.");
        }

        try
        {
            var signal = Take(AnthropicEvent.Read(_tape.Read(sse.Data)));
            if (signal.Kind is StreamSignalKind.Nothing or StreamSignalKind.Token)
            {
                output.Write(sse.Raw);
                output.Write(sse.IsComplete ? default : "\n\n"u8);
            }

            return signal;
        }
        catch (JsonException)
        {
            return Fail("The stream has an event that is not in the provider's format.");
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        output.Write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
        _tape.Dispose();
    }

    private StreamSignal Take(in AnthropicEvent sse)
    {
        if (sse.Type.Says("message_stop"u8))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        if (sse.Type.Says("error"u8) || (sse.Type.IsMissing && !sse.Error.IsMissing))
        {
            Fault = AnthropicErrors.InBand(sse.Error);
            return Failed;
        }

        if (sse.Type.Says("message_start"u8))
        {
            return Begin(sse.Message);
        }

        if (sse.Type.Says("content_block_start"u8) || sse.Type.Says("content_block_delta"u8)
            || sse.Type.Says("message_delta"u8))
        {
            return _begun ? TakeContent(sse) : Fail("The stream goes on with a message that it did not begin.");
        }

        return sse.Type.IsString ? StreamSignal.Nothing : Fail("The stream has an event without a type.");
    }

    /// <summary>Where code at Anthropic goes on, a message may begin with its content and its end.</summary>
    private StreamSignal Begin(JsonView message)
    {
        _usage.Update(message.Member("usage"u8));
        _begun = true;
        IsFinished |= message.Member("stop_reason"u8).IsString;
        var content = message.Member("content"u8);
        return IsFinished || (content.IsArray && !content.IsEmpty)
            ? new StreamSignal(StreamSignalKind.Token)
            : StreamSignal.Nothing;
    }

    private StreamSignal TakeContent(in AnthropicEvent sse)
    {
        if (sse.Type.Says("content_block_start"u8))
        {
            // Anything but an empty text or thought says something by being there.
            var type = sse.ContentBlock.Member("type"u8);
            return type.Says("text"u8) || type.Says("thinking"u8)
                ? StreamSignal.Nothing
                : new StreamSignal(StreamSignalKind.Token);
        }

        var delta = AnthropicDelta.Read(sse.Delta);
        if (sse.Type.Says("content_block_delta"u8))
        {
            var characters = delta.Text.Text.Length + delta.Thinking.Text.Length + delta.PartialJson.Text.Length;
            return characters == 0 ? StreamSignal.Nothing : new StreamSignal(StreamSignalKind.Token, characters);
        }

        _usage.Update(sse.Usage);
        if (!delta.StopReason.IsString)
        {
            return StreamSignal.Nothing;
        }

        IsFinished = true;
        return new StreamSignal(StreamSignalKind.Token);
    }

    private StreamSignal Fail(string message)
    {
        Fault = Faults.BadAnswer(message);
        return Failed;
    }
}
