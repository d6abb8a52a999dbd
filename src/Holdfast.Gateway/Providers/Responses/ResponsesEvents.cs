using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Writes the events of one response, numbered, in the order of the Responses API: one item open at a time, and in it
/// one part. What was said in pieces is said again whole when a part, an item and the response end, so the whole answer
/// is kept until then.
/// </summary>
/// <param name="context">The call in the hub's dialect.</param>
internal sealed class ResponsesEvents(AnswerContext context) : IChunkTeller
{
    // Far more than any model says; what ends a part says it again, and so do its item and the response.
    private const int MaxAnswerBytes = 16 << 20;

    private readonly ResponseObject _response = new(context);
    private readonly NumberedEvents _events = new();
    private readonly PooledBuffer _items = new(1024);
    private readonly PooledBuffer _parts = new(1024);
    private readonly PooledBuffer _text = new(1024);
    private readonly PooledBuffer _logprobs = new(64);
    private readonly ResponseCitations _citations = new();
    private readonly LateCitations _late = new();
    private readonly PooledBuffer _id = new(64);
    private ResponseEnding _ending;
    private AnswerPart _open;
    private byte[] _beforeNumber = [];
    private byte[] _afterNumber = [];
    private byte[] _callId = [];
    private byte[] _name = [];
    private int _item = -1;
    private int _part;
    private bool _begun;

    public long NextNumber => _events.Next;

    public void Begin(IBufferWriter<byte> output, JsonView chunk, in Usage usage)
    {
        if (_begun)
        {
            return;
        }

        _begun = true;
        _response.Name(chunk);
        WriteResponse(output, "response.created"u8, "in_progress"u8, default);
        WriteResponse(output, "response.in_progress"u8, "in_progress"u8, default);
    }

    public void WriteText(IBufferWriter<byte> output, AnswerPart part, JsonView text, JsonView logprobs)
    {
        if (_open != part)
        {
            OpenPart(output, part);
        }

        var start = ResponseItems.AddLogprobs(_logprobs, logprobs.Member("content"u8));
        WriteDelta(output, text.Raw);
        if (part == AnswerPart.Text)
        {
            output.Write(",\"logprobs\":["u8);
            output.Write(_logprobs.WrittenSpan[start..]);
            output.Write("]"u8);
        }

        output.Write("}\n\n"u8);
    }

    public void WriteAnnotations(IBufferWriter<byte> output, JsonView annotations)
    {
        var items = annotations.IsArray ? annotations.Items() : default;
        while (items.Next())
        {
            // A call that is under way must not end for them, and before it there may have been no text.
            if (ResponseCitations.IsOne(items.Value) && (_open != AnswerPart.Call || _late.HasPlace))
            {
                CheckSize(items.Value.Raw.Length);
                WriteCitation(output, items.Value, isLate: _open == AnswerPart.Call);
            }
        }
    }

    private void WriteCitation(IBufferWriter<byte> output, JsonView annotation, bool isLate)
    {
        if (!isLate && _open != AnswerPart.Text)
        {
            OpenPart(output, AnswerPart.Text);
        }

        var citation = isLate
            ? _late.Add(annotation)
            : _citations.Add(annotation, _citations.CharactersIn(_text.WrittenSpan));
        var json = _events.Begin(output, "response.output_text.annotation.added"u8);
        if (isLate)
        {
            _late.WritePlace(json);
        }
        else
        {
            WritePartPlace(json);
        }

        json.Number("annotation_index"u8, (isLate ? _late.Count : _citations.Count) - 1);
        json.Name("annotation"u8);
        json.Raw(citation);
        NumberedEvents.End(json, output);
    }

    public void BeginCall(IBufferWriter<byte> output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name)
    {
        CloseItem(output, "completed"u8);
        BeginItem("fc_"u8);
        _callId = id.IsEmpty ? _id.WrittenSpan.ToArray() : id.ToArray();
        _name = name.ToArray();
        _open = AnswerPart.Call;
        var json = BeginItemEvent(output, "response.output_item.added"u8);
        WriteItem(json, AnswerPart.Call, "in_progress"u8);
        NumberedEvents.End(json, output);
        PrepareDeltas("response.function_call_arguments.delta"u8);
    }

    public void WriteArguments(IBufferWriter<byte> output, ReadOnlySpan<byte> arguments)
    {
        WriteDelta(output, arguments);
        output.Write("}\n\n"u8);
    }

    public void Finish(JsonView reason)
    {
        if (!reason.Text.IsEmpty)
        {
            _ending = ResponseEnding.Of(reason);
        }
    }

    public void WritePing(IBufferWriter<byte> output) => output.Write(": ping\n\n"u8);

    public void WriteEnd(IBufferWriter<byte> output, in Usage usage)
    {
        Begin(output, default, usage);
        if (_item < 0 && _ending.IsComplete)
        {
            // An answer without anything is one too, and its reader looks for a text.
            OpenPart(output, AnswerPart.Text);
        }

        CloseItem(output, _ending.Status);
        _late.Settle(_items);
        WriteResponse(output,
            _ending.IsComplete ? "response.completed"u8 : "response.incomplete"u8, _ending.Status, usage);
        _items.Dispose();
        _parts.Dispose();
        _text.Dispose();
        _logprobs.Dispose();
        _citations.Dispose();
        _late.Dispose();
        _id.Dispose();
    }

    private void WriteResponse(
        IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> status, in Usage usage)
    {
        var json = _events.Begin(output, type);
        json.Name("response"u8);
        _response.Begin(json, status, status.SequenceEqual("incomplete"u8) ? _ending.Reason : default);
        json.Raw(_items.WrittenSpan);
        _response.End(json, usage);
        NumberedEvents.End(json, output);
    }

    private void OpenPart(IBufferWriter<byte> output, AnswerPart part)
    {
        var isInMessage = part is AnswerPart.Text or AnswerPart.Refusal;
        if (isInMessage && _open is AnswerPart.Text or AnswerPart.Refusal)
        {
            ClosePart(output);
            _part++;
        }
        else
        {
            CloseItem(output, "completed"u8);
            BeginItem(isInMessage ? "msg_"u8 : ResponseObject.OwnReasoning);
            var json = BeginItemEvent(output, "response.output_item.added"u8);
            WriteItem(json, isInMessage ? AnswerPart.Text : part, "in_progress"u8);
            NumberedEvents.End(json, output);
        }

        _open = part;
        var added = BeginPartEvent(output, "response.content_part.added"u8);
        added.Name("part"u8);
        ResponseItems.WritePart(added, part, default, default);
        NumberedEvents.End(added, output);
        PrepareDeltas(part == AnswerPart.Text ? "response.output_text.delta"u8
            : part == AnswerPart.Refusal ? "response.refusal.delta"u8
            : "response.reasoning_text.delta"u8);
    }

    private void BeginItem(ReadOnlySpan<byte> prefix)
    {
        _item++;
        _part = 0;
        _parts.Clear();
        ClearPart();
        _id.Clear();
        _response.WriteItemId(new JsonOutput(_id), prefix, _item);
    }

    private void CloseItem(IBufferWriter<byte> output, ReadOnlySpan<byte> status)
    {
        if (_open == AnswerPart.None)
        {
            return;
        }

        var kind = _open;
        if (kind == AnswerPart.Call)
        {
            CloseArguments(output);
        }
        else
        {
            ClosePart(output);
        }

        var start = _items.Length;
        if (start > 0)
        {
            _items.Write(","u8);
            start++;
        }

        WriteItem(new JsonOutput(_items), kind, status);
        _late.Place(_id.WrittenSpan, _item, _items.Length - ResponseItems.AfterParts - _parts.Length);
        var json = BeginItemEvent(output, "response.output_item.done"u8);
        json.Raw(_items.WrittenSpan[start..]);
        NumberedEvents.End(json, output);
        _open = AnswerPart.None;
    }

    private void CloseArguments(IBufferWriter<byte> output)
    {
        var json = _events.Begin(output, "response.function_call_arguments.done"u8);
        WritePlace(json);
        json.Name("name"u8);
        json.Raw(_name);
        ResponseItems.WriteText(json, "arguments"u8, _text.WrittenSpan);
        NumberedEvents.End(json, output);
    }

    private void ClosePart(IBufferWriter<byte> output)
    {
        var done = BeginPartEvent(output, _open == AnswerPart.Text ? "response.output_text.done"u8
            : _open == AnswerPart.Refusal ? "response.refusal.done"u8
            : "response.reasoning_text.done"u8);
        ResponseItems.WriteText(done, _open == AnswerPart.Refusal ? "refusal"u8 : "text"u8, _text.WrittenSpan);
        if (_open == AnswerPart.Text)
        {
            done.BeginArray("logprobs"u8);
            done.Raw(_logprobs.WrittenSpan);
            done.EndArray();
        }

        NumberedEvents.End(done, output);
        var start = _parts.Length;
        if (start > 0)
        {
            _parts.Write(","u8);
            start++;
        }

        ResponseItems.WritePart(
            new JsonOutput(_parts), _open, _text.WrittenSpan, _logprobs.WrittenSpan, _citations.Written);
        var part = BeginPartEvent(output, "response.content_part.done"u8);
        part.Name("part"u8);
        part.Raw(_parts.WrittenSpan[start..]);
        NumberedEvents.End(part, output);
        if (_open == AnswerPart.Text)
        {
            _late.Settle(_items);
            var end = start + ResponseItems.AnnotationsStart + _citations.Written.Length;
            _late.Note(_part, end, _citations, _text.WrittenSpan);
        }

        ClearPart();
    }

    private void ClearPart()
    {
        _text.Clear();
        _logprobs.Clear();
        _citations.Clear();
    }

    private void WriteItem(JsonOutput json, AnswerPart kind, ReadOnlySpan<byte> status)
    {
        if (kind == AnswerPart.Call)
        {
            ResponseItems.WriteCall(json, _id.WrittenSpan, status, _callId, _name, _text.WrittenSpan);
        }
        else
        {
            ResponseItems.BeginParts(json, kind, _id.WrittenSpan, status);
            json.Raw(_parts.WrittenSpan);
            ResponseItems.EndParts(json);
        }
    }

    /// <summary>All that the deltas of one part share is made once.</summary>
    private void PrepareDeltas(ReadOnlySpan<byte> type)
    {
        _beforeNumber = [.. "event: "u8, .. type, .. "\ndata: {\"type\":\""u8, .. type, .. "\",\"sequence_number\":"u8];
        using var place = new PooledBuffer(128);
        var json = new JsonOutput(place);
        json.BeginObject();
        WritePlace(json);
        if (_open != AnswerPart.Call)
        {
            json.Number("content_index"u8, _part);
        }

        _afterNumber = [.. ","u8, .. place.WrittenSpan[1..], .. ",\"delta\":"u8];
    }

    private void WriteDelta(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        CheckSize(text.Length);
        output.Write(_beforeNumber);
        _events.WriteNumber(output);
        output.Write(_afterNumber);
        output.Write(text);
        _text.Write(text[1..^1]);
    }

    private void CheckSize(int more)
    {
        var kept = _items.Length + _parts.Length + _text.Length + _logprobs.Length + _citations.Written.Length
            + _late.Length;
        if (kept + more > MaxAnswerBytes)
        {
            throw new JsonException($"it is larger than {MaxAnswerBytes} bytes");
        }
    }

    private JsonOutput BeginItemEvent(IBufferWriter<byte> output, ReadOnlySpan<byte> type)
    {
        var json = _events.Begin(output, type);
        json.Number("output_index"u8, _item);
        json.Name("item"u8);
        return json;
    }

    private JsonOutput BeginPartEvent(IBufferWriter<byte> output, ReadOnlySpan<byte> type)
    {
        var json = _events.Begin(output, type);
        WritePartPlace(json);
        return json;
    }

    private void WritePartPlace(JsonOutput json)
    {
        WritePlace(json);
        json.Number("content_index"u8, _part);
    }

    private void WritePlace(JsonOutput json)
    {
        json.Name("item_id"u8);
        json.Raw(_id.WrittenSpan);
        json.Number("output_index"u8, _item);
    }
}
