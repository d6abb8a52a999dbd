using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Reads a provider's stream through its own reader and writes the chunks that come of it as Anthropic's events: one
/// content block open at a time, numbered in the order in which they begin, and usage at the end, when it is known.
/// </summary>
internal sealed class CallerStream(IStreamReader inner, AnswerContext context) : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly ArrayBufferWriter<byte> _chunks = new(1024);
    private readonly SseParser _parser = new();
    private readonly JsonTape _tape = new();
    private readonly CallerEvents _events = new(context);
    private ProviderFault? _fault;

    public bool IsFinished => inner.IsFinished;

    public bool IsWhole => inner.IsWhole;

    public Usage Usage => inner.Usage;

    public ProviderFault? Fault => _fault ?? inner.Fault;

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
            return signal;
        }
        catch (JsonException unfit)
        {
            _fault = Faults.BadAnswer($"The stream cannot be told as a message: {unfit.Message}");
            return Failed;
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        // What the hub's callers are still owed, ours are not.
        _chunks.ResetWrittenCount();
        inner.Complete(_chunks);
        _events.WriteEnd(output, Usage);
        _tape.Dispose();
        _parser.Dispose();
    }

    private void Translate(ReadOnlySpan<byte> unread, IBufferWriter<byte> output)
    {
        while (_parser.TryRead(unread, atEnd: true, out var sse, out var consumed))
        {
            if (!sse.HasData)
            {
                _events.WritePing(output);
            }
            else if (!sse.Data.IsEmpty)
            {
                Take(_tape.Read(sse.Data), output);
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

        _events.Begin(output, chunk.Member("id"u8), chunk.Member("model"u8), Usage);
        var items = choices.Items();
        while (items.Next())
        {
            var index = items.Value.Member("index"u8);
            if (!index.IsMissing && (!index.TryGetInt64(out var number) || number != 0))
            {
                throw new JsonException("it has several choices");
            }

            var delta = items.Value.Member("delta"u8);
            TakeDelta(delta.IsObject ? delta : items.Value.Member("message"u8), output);
            _events.Finish(items.Value.Member("finish_reason"u8));
        }
    }

    private void TakeDelta(JsonView delta, IBufferWriter<byte> output)
    {
        var reasoning = delta.Member("reasoning_content"u8);
        _events.WriteText(output, BlockKind.Thinking, reasoning.IsString ? reasoning : delta.Member("reasoning"u8));
        WriteContent(delta.Member("content"u8), BlockKind.Text, output);
        _events.WriteText(output, BlockKind.Text, delta.Member("refusal"u8));
        var calls = delta.Member("tool_calls"u8);
        var items = calls.IsArray ? calls.Items() : default;
        while (items.Next())
        {
            _events.WriteCall(output, items.Value);
        }
    }

    /// <summary>A string, or a list of parts; Mistral's thoughts are lists inside of one.</summary>
    private void WriteContent(JsonView content, BlockKind kind, IBufferWriter<byte> output)
    {
        _events.WriteText(output, kind, content);
        var parts = content.IsArray ? content.Items() : default;
        while (parts.Next())
        {
            _events.WriteText(output, kind, parts.Value.Member("text"u8));
            if (kind == BlockKind.Text)
            {
                WriteContent(parts.Value.Member("thinking"u8), BlockKind.Thinking, output);
            }
        }
    }
}
