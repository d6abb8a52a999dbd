using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Reads a provider's stream through its own reader and has the chunks that come of it told in the caller's dialect:
/// one choice only, its calls of tools one after the other, and usage at the end, when it is known.
/// </summary>
internal sealed class RetoldStream(IStreamReader inner, IChunkTeller teller) : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly ArrayBufferWriter<byte> _chunks = new(1024);
    private readonly SseParser _parser = new();
    private readonly JsonTape _tape = new();
    private readonly StreamedCalls _calls = new(teller);
    private ProviderFault? _fault;

    public bool IsFinished => inner.IsFinished;

    public bool IsWhole => inner.IsWhole;

    public Usage Usage => inner.Usage;

    public ProviderFault? Fault => _fault ?? inner.Fault;

    public long NextNumber => teller.NextNumber;

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (Fault is not null)
        {
            return Failed;
        }

        _chunks.ResetWrittenCount();
        var signal = inner.Read(sse, _chunks);
        if (signal.Kind == StreamSignalKind.Fault)
        {
            return signal;
        }

        try
        {
            Translate(_chunks.WrittenSpan, output);
            if (inner.IsFinished)
            {
                _calls.Flush(output);
            }

            return signal;
        }
        catch (JsonException unfit)
        {
            _fault = Faults.BadAnswer($"The stream cannot be told in the caller's format: {unfit.Message}");
            return Failed;
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        // What the hub's callers are still owed, ours are not.
        _chunks.ResetWrittenCount();
        inner.Complete(_chunks);
        teller.WriteEnd(output, Usage);
        _tape.Dispose();
        _parser.Dispose();
    }

    private void Translate(ReadOnlySpan<byte> unread, IBufferWriter<byte> output)
    {
        while (_parser.TryRead(unread, atEnd: true, out var sse, out var consumed))
        {
            if (!sse.HasData)
            {
                teller.WritePing(output);
            }
            else if (!sse.Data.IsEmpty)
            {
                Take(_tape.ReadKnown(sse.Data), output);
            }

            unread = unread[consumed..];
        }
    }

    private void Take(JsonView chunk, IBufferWriter<byte> output)
    {
        var choices = chunk.Member("choices"u8);
        // A chunk of usage alone, or of what a filter thinks of the prompt.
        if (!choices.IsArray || choices.IsEmpty)
        {
            return;
        }

        teller.Begin(output, chunk, Usage);
        var items = choices.Items();
        while (items.Next())
        {
            var index = items.Value.Member("index"u8);
            if (!index.IsMissing && (!index.TryGetInt64(out var number) || number != 0))
            {
                throw new JsonException("it has several choices");
            }

            var delta = items.Value.Member("delta"u8);
            delta = delta.IsObject ? delta : items.Value.Member("message"u8);
            TakeDelta(delta, items.Value.Member("logprobs"u8), output);
            teller.Finish(items.Value.Member("finish_reason"u8));
        }
    }

    private void TakeDelta(JsonView delta, JsonView logprobs, IBufferWriter<byte> output)
    {
        var reasoning = delta.Member("reasoning_content"u8);
        WriteText(AnswerPart.Thought, reasoning.IsString ? reasoning : delta.Member("reasoning"u8), default, output);
        WriteContent(delta.Member("content"u8), AnswerPart.Text, logprobs, output);
        teller.WriteAnnotations(output, delta.Member("annotations"u8));
        WriteText(AnswerPart.Refusal, delta.Member("refusal"u8), default, output);
        var calls = delta.Member("tool_calls"u8);
        var items = calls.IsArray ? calls.Items() : default;
        while (items.Next())
        {
            _calls.Take(items.Value, output);
        }
    }

    /// <summary>A string, or a list of parts; Mistral's thoughts are lists inside of one.</summary>
    private void WriteContent(JsonView content, AnswerPart part, JsonView logprobs, IBufferWriter<byte> output)
    {
        WriteText(part, content, logprobs, output);
        var parts = content.IsArray ? content.Items() : default;
        while (parts.Next())
        {
            WriteText(part, parts.Value.Member("text"u8), default, output);
            if (part == AnswerPart.Text)
            {
                WriteContent(parts.Value.Member("thinking"u8), AnswerPart.Thought, default, output);
            }
        }
    }

    private void WriteText(AnswerPart part, JsonView text, JsonView logprobs, IBufferWriter<byte> output)
    {
        if (!text.Text.IsEmpty)
        {
            _calls.End(output);
            teller.WriteText(output, part, text, logprobs);
        }
    }
}
