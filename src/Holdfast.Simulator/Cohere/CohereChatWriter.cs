using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Cohere;

/// <summary>Writes Cohere's answers, whole or as events.</summary>
internal sealed class CohereChatWriter(Answer answer, SplitMix ids) : IAnswerWriter
{
    private readonly AnswerChoice _choice = answer.Choices[0];
    private readonly string _id = ids.NextId("", 36);

    private bool HasText => _choice.Calls.Length == 0;

    public void Plain(JsonText json, bool empty)
    {
        json.Raw("""{"id":"""u8).String(_id);
        if (!empty)
        {
            json.Raw(""","message":{"role":"assistant","""u8);
            if (HasText)
            {
                json.Raw("\"content\":[{\"type\":\"text\",\"text\":"u8).String(_choice.Text.Span).Raw("}]"u8);
            }
            else
            {
                WriteCalls(json);
            }

            json.Raw("}"u8);
        }

        json.Raw(""","finish_reason":"""u8).String(Reason).Raw(","u8);
        WriteUsage(json);
        json.Raw("}"u8);
    }

    public void Open(JsonText json)
    {
        Begin(json, "message-start"u8).Raw(""","id":"""u8).String(_id).Raw(
            ",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_calls\":[]}}}\n\n"u8);
        if (HasText)
        {
            Begin(json, "content-start"u8).Raw(
                ""","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"""u8).Raw("\n\n"u8);
        }
    }

    public void Delta(JsonText json, Delta delta)
    {
        if (delta.Call < 0)
        {
            Begin(json, "content-delta"u8).Raw(""","index":0,"delta":{"message":{"content":{"text":"""u8)
                .String(_choice.Text.Piece(delta.Piece)).Raw("}}}}\n\n"u8);
            return;
        }

        var call = _choice.Calls[delta.Call];
        if (delta.Piece >= 0)
        {
            Begin(json, "tool-call-delta"u8).Raw(""","index":"""u8).Number(delta.Call)
                .Raw(""","delta":{"message":{"tool_calls":{"function":{"arguments":"""u8)
                .String(call.Arguments.Piece(delta.Piece)).Raw("}}}}}\n\n"u8);
            return;
        }

        if (delta.Call > 0)
        {
            EndCall(json, delta.Call - 1);
        }

        Begin(json, "tool-call-start"u8).Raw(""","index":"""u8).Number(delta.Call)
            .Raw(""","delta":{"message":{"tool_calls":{"id":"""u8).String(call.Id)
            .Raw(""","type":"function","function":{"name":"""u8).String(call.Name)
            .Raw(",\"arguments\":\"\"}}}}}\n\n"u8);
    }

    public void Close(JsonText json, bool marker)
    {
        if (HasText)
        {
            Begin(json, "content-end"u8).Raw(",\"index\":0}\n\n"u8);
        }
        else
        {
            EndCall(json, _choice.Calls.Length - 1);
        }

        Begin(json, "message-end"u8).Raw(""","delta":{"finish_reason":"""u8).String(Reason).Raw(","u8);
        WriteUsage(json);
        json.Raw("}}\n\n"u8);
        if (marker)
        {
            Marker(json);
        }
    }

    public void Marker(JsonText json) => json.Raw("data: [DONE]\n\n"u8);

    public void Ping(JsonText json) => json.Raw(": keep-alive\n\n"u8);

    public void BadChunk(JsonText json) => Begin(json, "content-delta"u8).Raw(",\"delta\":\"bro\n\n"u8);

    public void EmptyChunk(JsonText json) => Begin(json, "debug"u8).Raw("}\n\n"u8);

    public void Error(JsonText json, Problem problem) =>
        Begin(json, "message-end"u8).Raw(""","delta":{"finish_reason":"ERROR","error":"""u8)
            .String(problem.Message).Raw("}}\n\n"u8);

    private static JsonText Begin(JsonText json, ReadOnlySpan<byte> type) =>
        json.Raw("event: "u8).Raw(type).Raw("\ndata: {\"type\":\""u8).Raw(type).Raw("\""u8);

    private static void EndCall(JsonText json, int index) =>
        Begin(json, "tool-call-end"u8).Raw(""","index":"""u8).Number(index).Raw("}\n\n"u8);

    private string Reason => _choice.Finish switch
    {
        Finish.Length => "MAX_TOKENS",
        Finish.ToolUse => "TOOL_CALL",
        Finish.StopSequence => "STOP_SEQUENCE",
        _ => "COMPLETE",
    };

    private void WriteCalls(JsonText json)
    {
        json.Raw("\"tool_calls\":["u8);
        for (var i = 0; i < _choice.Calls.Length; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8).Raw("""{"id":"""u8).String(_choice.Calls[i].Id)
                .Raw(""","type":"function","function":{"name":"""u8).String(_choice.Calls[i].Name)
                .Raw(""","arguments":"""u8).String(_choice.Calls[i].Arguments.Span).Raw("}}"u8);
        }

        json.Raw("]"u8);
    }

    private void WriteUsage(JsonText json) => json
        .Raw("\"usage\":{\"billed_units\":{\"input_tokens\":"u8).Number(answer.PromptTokens)
        .Raw(""","output_tokens":"""u8).Number(answer.CompletionTokens)
        .Raw("""},"tokens":{"input_tokens":"""u8).Number(answer.PromptTokens)
        .Raw(""","output_tokens":"""u8).Number(answer.CompletionTokens).Raw("}}"u8);
}
