using System.Buffers.Binary;
using System.Text;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Bedrock;

/// <summary>
/// Writes answers of Converse: one body, or frames of <c>application/vnd.amazon.eventstream</c> with random padding in
/// each, as the service has it. Text is block 0, calls are the blocks after it, and no marker tells the end.
/// </summary>
internal sealed class ConverseWriter(Answer answer, SplitMix ids) : IAnswerWriter
{
    private const string Padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly AnswerChoice _choice = answer.Choices[0];
    private int _open = -1;

    public string StreamType => "application/vnd.amazon.eventstream";

    public void Plain(JsonText json, bool empty)
    {
        json.Raw("""{"metrics":{"latencyMs":7}"""u8);
        if (!empty)
        {
            json.Raw(""","output":{"message":{"content":["""u8);
            if (_choice.Calls.Length == 0)
            {
                json.Raw("{\"text\":"u8).String(_choice.Text.Span).Raw("}"u8);
            }

            for (var i = 0; i < _choice.Calls.Length; i++)
            {
                var call = _choice.Calls[i];
                json.Raw(i == 0 ? ""u8 : ","u8).Raw("""{"toolUse":{"input":"""u8).Raw(call.Arguments.Span)
                    .Raw(""","name":"""u8).String(call.Name)
                    .Raw(""","toolUseId":"""u8).String(IdOf(call)).Raw("}}"u8);
            }

            json.Raw("""],"role":"assistant"}},"stopReason":"""u8).String(Reason());
        }

        WriteUsage(json.Raw(","u8));
        json.Raw("}"u8);
    }

    public void Open(JsonText json) => Event(json, "messageStart", text => text.Raw("\"role\":\"assistant\""u8));

    public void Delta(JsonText json, Delta delta)
    {
        var block = delta.Call + 1;
        if (block != _open)
        {
            Stop(json);
            _open = block;
        }

        if (delta.Call < 0)
        {
            Piece(json, block, "{\"text\":"u8, _choice.Text.Piece(delta.Piece), "}"u8);
            return;
        }

        var call = _choice.Calls[delta.Call];
        if (delta.Piece < 0)
        {
            Event(json, "contentBlockStart", text => text.Raw("\"contentBlockIndex\":"u8).Number(block)
                .Raw(""","start":{"toolUse":{"name":"""u8).String(call.Name)
                .Raw(""","toolUseId":"""u8).String(IdOf(call)).Raw("}}"u8));
        }
        else
        {
            Piece(json, block, "{\"toolUse\":{\"input\":"u8, call.Arguments.Piece(delta.Piece), "}}"u8);
        }
    }

    public void Close(JsonText json, bool marker)
    {
        Stop(json);
        Event(json, "messageStop", text => text.Raw("\"stopReason\":"u8).String(Reason()));
        Event(json, "metadata", text => WriteUsage(text.Raw("\"metrics\":{\"latencyMs\":7},"u8)));
    }

    public void Marker(JsonText json)
    {
    }

    // The service sends nothing while a model is silent; an event that nobody knows comes closest.
    public void Ping(JsonText json) => Event(json, "keepAlive", text => text.Raw("\"x\":0"u8));

    public void BadChunk(JsonText json)
    {
        Event(json, "contentBlockDelta", text => text.Raw("\"contentBlockIndex\":0,\"delta\":{\"text\":\"bro\"}"u8));
        var last = json.Span[^1];
        json.Drop(1);
        json.Raw([(byte)(last ^ 1)]);
    }

    public void EmptyChunk(JsonText json) => Event(json, "metadata", WriteUsage);

    public void Error(JsonText json, Problem problem)
    {
        using var payload = new JsonText();
        payload.Raw("{\"message\":"u8).String(problem.Message).Raw("}"u8);
        var name = AmazonErrors.NameOf(problem);
        Frame(json, payload.Span, ":exception-type", char.ToLowerInvariant(name[0]) + name[1..], "exception");
    }

    private static string IdOf(ToolCall call) => "tooluse_" + call.Id.Replace("call_", "", StringComparison.Ordinal);

    private string Reason() => _choice.Finish switch
    {
        Finish.Length => "max_tokens",
        Finish.ToolUse => "tool_use",
        Finish.StopSequence => "stop_sequence",
        _ => "end_turn",
    };

    private void WriteUsage(JsonText json) => json.Raw("\"usage\":{\"inputTokens\":"u8).Number(answer.PromptTokens)
        .Raw(""","outputTokens":"""u8).Number(answer.CompletionTokens)
        .Raw(""","totalTokens":"""u8).Number(answer.PromptTokens + answer.CompletionTokens).Raw("}"u8);

    private void Stop(JsonText json)
    {
        if (_open >= 0)
        {
            var block = _open;
            Event(json, "contentBlockStop", text => text.Raw("\"contentBlockIndex\":"u8).Number(block));
        }
    }

    private void Piece(
        JsonText json, int block, ReadOnlySpan<byte> before, ReadOnlySpan<byte> piece, ReadOnlySpan<byte> after)
    {
        using var text = new JsonText();
        text.Raw(before).String(piece).Raw(after);
        var delta = text.Span.ToArray();
        Event(json, "contentBlockDelta", inner => inner.Raw("\"contentBlockIndex\":"u8).Number(block)
            .Raw(",\"delta\":"u8).Raw(delta));
    }

    private void Event(JsonText json, string type, Action<JsonText> members)
    {
        using var payload = new JsonText();
        members(payload.Raw("{"u8));
        payload.Raw(",\"p\":"u8).String(Padding[..ids.NextBetween(0, Padding.Length)]).Raw("}"u8);
        Frame(json, payload.Span, ":event-type", type, "event");
    }

    private static void Frame(JsonText json, ReadOnlySpan<byte> payload, string name, string type, string kind)
    {
        using var headers = new JsonText();
        Header(headers, name, type);
        Header(headers, ":content-type", "application/json");
        Header(headers, ":message-type", kind);

        using var frame = new JsonText();
        Write(frame, (uint)(headers.Length + payload.Length + 16));
        Write(frame, (uint)headers.Length);
        Write(frame, Checksum(frame.Span));
        frame.Raw(headers.Span).Raw(payload);
        Write(frame, Checksum(frame.Span));
        json.Raw(frame.Span);
    }

    private static void Header(JsonText headers, string name, string value)
    {
        const byte isText = 7;
        headers.Raw([(byte)name.Length]).Raw(Encoding.ASCII.GetBytes(name))
            .Raw([isText, (byte)(value.Length >> 8), (byte)value.Length]).Raw(Encoding.ASCII.GetBytes(value));
    }

    private static void Write(JsonText text, uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        text.Raw(bytes);
    }

    /// <summary>CRC-32 as Ethernet has it, one bit after another.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var rest = uint.MaxValue;
        foreach (var value in bytes)
        {
            rest ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                rest = (rest >> 1) ^ ((rest & 1) * 0xEDB88320);
            }
        }

        return ~rest;
    }
}
