using System.Buffers;
using System.Buffers.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>
/// A stream of Anthropic's events: the message that has begun stays the one there is, the block of text that was open
/// goes on, and blocks after it are numbered on.
/// </summary>
internal sealed class ToldMessage(int maxBytes) : IToldStream
{
    private const int Dropped = -1;

    private readonly ToldText _told = new(maxBytes);
    private readonly SseParser _parser = new();
    private readonly JsonTape _tape = new();
    private readonly JsonEdits _edits = new();
    private int _next;
    private int _open = Dropped;
    private bool _isText;
    private int _block = Dropped;

    public ReadOnlyMemory<byte> Text => _told.Text;

    public long Spoken => _told.Spoken;

    public string? Obstacle => _told.Obstacle;

    public void Note(ReadOnlySpan<byte> events)
    {
        while (_parser.TryRead(events, atEnd: true, out var sse, out var consumed))
        {
            if (sse.HasData && !sse.Data.IsEmpty)
            {
                NoteEvent(_tape.Read(sse.Data));
            }

            events = events[consumed..];
        }
    }

    public void GoOn(ContinuationWay way)
    {
        _told.GoOn(way);
        _block = Dropped;
    }

    public void Tell(ReadOnlySpan<byte> events, Func<Usage> usage, IBufferWriter<byte> output)
    {
        while (_parser.TryRead(events, atEnd: true, out var sse, out var consumed))
        {
            if (sse.HasData && !sse.Data.IsEmpty)
            {
                TellEvent(sse, _tape.Read(sse.Data), usage, output);
            }
            else
            {
                output.Write(sse.Raw);
            }

            events = events[consumed..];
        }
    }

    public void Dispose()
    {
        _told.Dispose();
        _parser.Dispose();
        _tape.Dispose();
    }

    private void NoteEvent(JsonView data)
    {
        var type = data.Member("type"u8);
        if (type.Says("content_block_start"u8))
        {
            Open(data.Member("content_block"u8));
            _told.Add(data.Member("content_block"u8).Member("text"u8));
        }
        else if (type.Says("content_block_delta"u8))
        {
            _told.Add(data.Member("delta"u8).Member("text"u8));
            _told.Think(data.Member("delta"u8).Member("thinking"u8));
        }
        else if (type.Says("content_block_stop"u8))
        {
            _open = Dropped;
        }
        else if (type.Says("message_start"u8) && !data.Member("message"u8).Member("content"u8).IsEmpty)
        {
            _told.Block("the message began with more than one can tell");
        }
    }

    /// <summary>A block has begun for the caller.</summary>
    private void Open(JsonView block)
    {
        var type = block.Member("type"u8);
        _open = _next++;
        _isText = type.Says("text"u8);
        if (!_isText && !IsThought(type))
        {
            _told.Block("a call of a tool has begun");
        }
    }

    private static bool IsThought(JsonView type) => type.Says("thinking"u8) || type.Says("redacted_thinking"u8);

    private void TellEvent(in SseEvent sse, JsonView data, Func<Usage> usage, IBufferWriter<byte> output)
    {
        var type = data.Member("type"u8);
        _edits.Clear();
        if (type.Says("message_start"u8))
        {
            return;
        }

        if (type.Says("content_block_start"u8))
        {
            Begin(sse, data, output);
        }
        else if (type.Says("content_block_delta"u8))
        {
            TellDelta(sse, data, output);
        }
        else if (type.Says("content_block_stop"u8))
        {
            End(output);
        }
        else if (type.Says("message_delta"u8))
        {
            TellEnding(sse, data, usage, output);
        }
        else
        {
            output.Write(sse.Raw);
        }
    }

    private void Begin(in SseEvent sse, JsonView data, IBufferWriter<byte> output)
    {
        var block = data.Member("content_block"u8);
        var type = block.Member("type"u8);
        if (IsThought(type) && !_told.IsEmpty)
        {
            // Once an answer has begun, its caller hears no other model's way there.
            _block = Dropped;
            return;
        }

        if (type.Says("text"u8) && _open != Dropped && _isText)
        {
            _block = _open;
            TellText(block.Member("text"u8), output);
            return;
        }

        CloseOpen(output);
        Open(block);
        _block = _open;
        var text = block.Member("text"u8);
        if (_told.IsSeamClosed)
        {
            _told.Add(text);
            Write(sse, data, output);
            return;
        }

        // The block begins with nothing in it, and what is new of its text follows.
        if (!text.Text.IsEmpty)
        {
            _edits.Replace(sse.Data, text.Raw, "\"\""u8);
        }

        Write(sse, data, output);
        TellText(text, output);
    }

    private void TellDelta(in SseEvent sse, JsonView data, IBufferWriter<byte> output)
    {
        if (_block == Dropped)
        {
            return;
        }

        var text = data.Member("delta"u8).Member("text"u8);
        if (text.Text.IsEmpty || _told.IsSeamClosed)
        {
            _told.Add(text);
            _told.Think(data.Member("delta"u8).Member("thinking"u8));
            Write(sse, data, output);
            return;
        }

        TellText(text, output);
    }

    private void TellText(JsonView text, IBufferWriter<byte> output)
    {
        if (text.Text.IsEmpty)
        {
            return;
        }

        if (_told.IsSeamClosed)
        {
            _told.Add(text);
            WriteText(text.Raw, output);
            return;
        }

        WritePlain(_told.New(text), output);
    }

    private void End(IBufferWriter<byte> output)
    {
        if (_block != Dropped)
        {
            CloseOpen(output);
            _block = Dropped;
        }
    }

    private void TellEnding(in SseEvent sse, JsonView data, Func<Usage> usage, IBufferWriter<byte> output)
    {
        CloseOpen(output);
        var tokens = data.Member("usage"u8);
        if (tokens.IsObject)
        {
            using var sum = new PooledBuffer(256);
            CallerAnswer.WriteUsage(new JsonOutput(sum), usage());
            _edits.Replace(sse.Data, tokens.Raw, sum.WrittenSpan["\"usage\":".Length..]);
        }

        Write(sse, data, output);
    }

    /// <summary>The open block ends, with what a seam held back of it.</summary>
    private void CloseOpen(IBufferWriter<byte> output)
    {
        if (_open == Dropped)
        {
            return;
        }

        if (_isText)
        {
            WritePlain(_told.Rest(), output);
        }

        output.Write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8);
        WriteNumber(_open, output);
        output.Write("}\n\n"u8);
        _open = Dropped;
    }

    private void WritePlain(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (text.IsEmpty)
        {
            return;
        }

        using var quoted = new PooledBuffer(text.Length + 16);
        new JsonOutput(quoted).Text(text);
        WriteText(quoted.WrittenSpan, output);
    }

    private void WriteText(ReadOnlySpan<byte> quoted, IBufferWriter<byte> output)
    {
        output.Write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8);
        WriteNumber(_open, output);
        output.Write(",\"delta\":{\"type\":\"text_delta\",\"text\":"u8);
        output.Write(quoted);
        output.Write("}}\n\n"u8);
    }

    /// <summary>The event as it came, with the number that its block has for the caller.</summary>
    private void Write(in SseEvent sse, JsonView data, IBufferWriter<byte> output)
    {
        var index = data.Member("index"u8);
        if (index.IsNumber)
        {
            Span<byte> digits = stackalloc byte[11];
            Utf8Formatter.TryFormat(_open, digits, out var length);
            _edits.Replace(sse.Data, index.Raw, digits[..length]);
        }

        output.Write("event: "u8);
        output.Write(data.Member("type"u8).Text);
        output.Write("\ndata: "u8);
        _edits.WriteLine(sse.Data, output);
        output.Write("\n\n"u8);
    }

    private static void WriteNumber(int number, IBufferWriter<byte> output)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(11), out var length);
        output.Advance(length);
    }
}
