using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Watches a response's stream that goes through to a caller of the same dialect as it is: finds its tokens, its end,
/// its usage and its errors.
/// </summary>
internal sealed class ResponsesPassedStream : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();
    private bool _hasContent;

    public bool IsFinished { get; private set; }

    public bool IsWhole => IsFinished;

    public Usage Usage { get; private set; }

    public ProviderFault? Fault { get; private set; }

    public long NextNumber { get; private set; }

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

        // OpenAI has no end marker here; some who imitate it have their chat's.
        if (sse.Data.SequenceEqual("[DONE]"u8))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        if (!Utf8.IsValid(sse.Data))
        {
            return Fail("the stream has bytes that are not UTF-8");
        }

        try
        {
            var signal = Take(_tape.Read(sse.Data));
            _hasContent |= signal.Kind == StreamSignalKind.Token;
            if (signal.Kind != StreamSignalKind.Fault)
            {
                output.Write(sse.Raw);
                output.Write(sse.IsComplete ? default : "\n\n"u8);
            }

            return signal;
        }
        catch (JsonException)
        {
            return Fail("an event of the stream is not valid JSON");
        }
    }

    // The caller has had the last event by then.
    public void Complete(IBufferWriter<byte> output) => _tape.Dispose();

    private StreamSignal Take(JsonView json)
    {
        var type = json.Member("type"u8);
        var error = json.Member("error"u8);
        if (type.Says("error"u8) || (!type.IsString && !error.IsMissing))
        {
            // The specification puts the error's members into the event, the real thing into an object of their own.
            Fault = ResponseErrors.Read(error.IsObject ? error : json);
            return Failed;
        }

        if (!type.IsString)
        {
            return Fail("the stream has an event without a type");
        }

        NextNumber = json.Member("sequence_number"u8).TryGetInt64(out var number) ? number + 1 : NextNumber + 1;
        if (type.Text.EndsWith(".delta"u8))
        {
            var characters = json.Member("delta"u8).Text.Length;
            return characters == 0 ? StreamSignal.Nothing : new StreamSignal(StreamSignalKind.Token, characters);
        }

        if (type.Says("response.output_item.added"u8))
        {
            // Anything but an empty message or thought says something by being there.
            var kind = json.Member("item"u8).Member("type"u8);
            return kind.Says("message"u8) || kind.Says("reasoning"u8)
                ? StreamSignal.Nothing
                : new StreamSignal(StreamSignalKind.Token);
        }

        return type.Says("response.completed"u8) || type.Says("response.incomplete"u8)
            || type.Says("response.failed"u8) || type.Says("response.cancelled"u8)
                ? TakeEnd(type, json.Member("response"u8))
                : StreamSignal.Nothing;
    }

    private StreamSignal TakeEnd(JsonView type, JsonView response)
    {
        Usage = ResponseUsage.Read(response.Member("usage"u8));
        if (type.Says("response.failed"u8))
        {
            Fault = ResponseErrors.Read(response.Member("error"u8));
            return Failed;
        }

        var items = response.Member("output"u8);
        if (!_hasContent && type.Says("response.completed"u8) && (!items.IsArray || items.IsEmpty))
        {
            return Fail("the response ended without any output");
        }

        IsFinished = true;
        return new StreamSignal(StreamSignalKind.Token);
    }

    private StreamSignal Fail(string message)
    {
        Fault = ResponseErrors.Bad(message);
        return Failed;
    }
}
