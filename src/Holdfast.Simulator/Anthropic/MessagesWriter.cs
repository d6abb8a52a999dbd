using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Anthropic;

/// <summary>Writes messages, whole or as events.</summary>
internal sealed class MessagesWriter : IAnswerWriter
{
    private readonly Flavour _flavour;
    private readonly Answer _answer;
    private readonly AnswerChoice _choice;
    private readonly string _model;
    private readonly string _id;
    private readonly string _requestId;

    public MessagesWriter(Flavour flavour, Question question, Answer answer, string requestId, SplitMix ids)
    {
        _flavour = flavour;
        _answer = answer;
        _choice = answer.Choices[0];
        _model = question.Model;
        _requestId = requestId;
        _id = ids.NextId("msg_01", 22);
    }

    private bool HasText => _choice.Calls.Length == 0;

    public void Plain(JsonText json, bool empty)
    {
        BeginMessage(json);
        if (!empty && HasText)
        {
            json.Raw("""{"type":"text","text":"""u8).String(_choice.Text.Span).Raw("}"u8);
        }

        for (var i = 0; i < _choice.Calls.Length && !empty; i++)
        {
            var call = _choice.Calls[i];
            json.Raw(i == 0 ? ""u8 : ","u8).Raw("""{"type":"tool_use","id":"""u8).String(call.Id)
                .Raw(""","name":"""u8).String(call.Name)
                .Raw(""","input":"""u8).Raw(call.Arguments.Span).Raw("}"u8);
        }

        WriteStop(json.Raw("],"u8));
        json.Raw(","u8);
        WriteUsage(json, _answer.CompletionTokens);
        json.Raw("}"u8);
    }

    public void Open(JsonText json)
    {
        json.Raw("event: message_start\ndata: {\"type\":\"message_start\",\"message\":"u8);
        BeginMessage(json);
        json.Raw("""],"stop_reason":null,"stop_sequence":null,"""u8);
        WriteUsage(json, 1);
        json.Raw("}}\n\n"u8);
        if (HasText)
        {
            BeginBlock(json, 0);
            json.Raw("{\"type\":\"text\",\"text\":\"\"}}\n\n"u8);
        }

        Ping(json);
    }

    public void Delta(JsonText json, Delta delta)
    {
        if (delta.Call < 0)
        {
            BeginDelta(json, 0);
            json.Raw("""{"type":"text_delta","text":"""u8).String(_choice.Text.Piece(delta.Piece)).Raw("}}\n\n"u8);
            return;
        }

        var call = _choice.Calls[delta.Call];
        if (delta.Piece >= 0)
        {
            BeginDelta(json, delta.Call);
            json.Raw("""{"type":"input_json_delta","partial_json":"""u8).String(call.Arguments.Piece(delta.Piece))
                .Raw("}}\n\n"u8);
            return;
        }

        if (delta.Call > 0)
        {
            EndBlock(json, delta.Call - 1);
        }

        BeginBlock(json, delta.Call);
        json.Raw("""{"type":"tool_use","id":"""u8).String(call.Id).Raw(""","name":"""u8).String(call.Name)
            .Raw(",\"input\":{}}}\n\n"u8);
        BeginDelta(json, delta.Call);
        json.Raw("{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}\n\n"u8);
    }

    public void Close(JsonText json, bool marker)
    {
        EndBlock(json, Math.Max(0, _choice.Calls.Length - 1));
        json.Raw("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"u8);
        WriteStop(json);
        json.Raw("""},"usage":{"output_tokens":"""u8).Number(_answer.CompletionTokens).Raw("}}\n\n"u8);
        if (marker)
        {
            Marker(json);
        }
    }

    public void Marker(JsonText json) => json.Raw("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);

    public void Ping(JsonText json) => json.Raw("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);

    public void BadChunk(JsonText json)
    {
        BeginDelta(json, 0);
        json.Raw("{\"type\":\"text_delta\",\"text\":\"bro\n\n"u8);
    }

    public void EmptyChunk(JsonText json)
    {
        json.Raw("event: message_start\ndata: {\"type\":\"message_start\",\"message\":"u8);
        BeginMessage(json);
        json.Raw("""],"stop_reason":null,"stop_sequence":null,"""u8);
        WriteUsage(json, 0);
        json.Raw("}}\n\n"u8);
    }

    public void Error(JsonText json, Problem problem)
    {
        ErrorBody.WriteIn200(json.Raw("event: error\ndata: "u8), _flavour, problem, _requestId);
        json.Raw("\n\n"u8);
    }

    private static void BeginBlock(JsonText json, int index) => json
        .Raw("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8).Number(index)
        .Raw(""","content_block":"""u8);

    private static void BeginDelta(JsonText json, int index) => json
        .Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8).Number(index)
        .Raw(""","delta":"""u8);

    private static void EndBlock(JsonText json, int index) => json
        .Raw("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8).Number(index)
        .Raw("}\n\n"u8);

    private void BeginMessage(JsonText json) => json.Raw("""{"id":"""u8).String(_id)
        .Raw(""","type":"message","role":"assistant","model":"""u8).String(_model).Raw(""","content":["""u8);

    private void WriteStop(JsonText json)
    {
        var reason = _choice.Finish switch
        {
            Finish.Length => "max_tokens",
            Finish.ToolUse => "tool_use",
            Finish.StopSequence => "stop_sequence",
            _ => "end_turn",
        };
        json.Raw("\"stop_reason\":"u8).String(reason).Raw(""","stop_sequence":"""u8).String(_choice.StopSequence);
    }

    private void WriteUsage(JsonText json, int outputTokens) => json
        .Raw("\"usage\":{\"input_tokens\":"u8).Number(_answer.PromptTokens)
        .Raw(""","cache_creation_input_tokens":0,"cache_read_input_tokens":0,"""u8)
        .Raw("\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":0},"u8)
        .Raw("\"output_tokens\":"u8).Number(outputTokens).Raw(""","service_tier":"standard"}"""u8);
}
