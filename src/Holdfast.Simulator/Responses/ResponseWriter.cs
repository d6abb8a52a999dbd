using System.Text;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Responses;

/// <summary>
/// Writes responses, whole or as events, in the order and with the members that OpenAI's specification has.
/// </summary>
internal sealed class ResponseWriter : IAnswerWriter
{
    private readonly Answer _answer;
    private readonly AnswerChoice _choice;
    private readonly string _model;
    private readonly string _id;
    private readonly string _item;
    private readonly long _created;
    private int _number;

    public ResponseWriter(Question question, Answer answer, SplitMix ids, long created)
    {
        _answer = answer;
        _choice = answer.Choices[0];
        _model = question.Model;
        _created = created;
        var hex = ids.NextId("", 40);
        _id = "resp_" + hex;
        _item = hex;
    }

    private bool IsIncomplete => _choice.Finish == Finish.Length;

    private bool HasText => _choice.Calls.Length == 0;

    private string Status => IsIncomplete ? "incomplete" : "completed";

    public void Plain(JsonText json, bool empty) => WriteResponse(json, Status, empty);

    public void Open(JsonText json)
    {
        WriteState(json, "response.created", "in_progress");
        WriteState(json, "response.in_progress", "in_progress");
        if (!HasText)
        {
            return;
        }

        Begin(json, "response.output_item.added").Raw(""","output_index":0,"item":"""u8);
        WriteMessage(json, "in_progress", whole: false);
        End(json);
        BeginPart(json, "response.content_part.added").Raw(""","part":"""u8);
        WritePart(json, default);
        End(json);
    }

    public void Delta(JsonText json, Delta delta)
    {
        if (delta.Call < 0)
        {
            BeginPart(json, "response.output_text.delta").Raw(""","delta":"""u8)
                .String(_choice.Text.Piece(delta.Piece)).Raw(""","logprobs":[],"obfuscation":"Zx81"}"""u8)
                .Raw("\n\n"u8);
            return;
        }

        if (delta.Piece >= 0)
        {
            BeginCall(json, "response.function_call_arguments.delta", delta.Call).Raw(""","delta":"""u8)
                .String(_choice.Calls[delta.Call].Arguments.Piece(delta.Piece));
            End(json);
            return;
        }

        if (delta.Call > 0)
        {
            CloseCall(json, delta.Call - 1);
        }

        Begin(json, "response.output_item.added").Raw(""","output_index":"""u8).Number(delta.Call)
            .Raw(""","item":"""u8);
        WriteCall(json, delta.Call, "in_progress", whole: false);
        End(json);
    }

    public void Close(JsonText json, bool marker)
    {
        if (HasText)
        {
            BeginPart(json, "response.output_text.done").Raw(""","text":"""u8).String(_choice.Text.Span)
                .Raw(""","logprobs":[]"""u8);
            End(json);
            BeginPart(json, "response.content_part.done").Raw(""","part":"""u8);
            WritePart(json, _choice.Text.Span);
            End(json);
            Begin(json, "response.output_item.done").Raw(""","output_index":0,"item":"""u8);
            WriteMessage(json, Status, whole: true);
            End(json);
        }
        else
        {
            CloseCall(json, _choice.Calls.Length - 1);
        }

        // The last event is what tells of the end; there is no marker after it.
        if (marker)
        {
            WriteState(json, IsIncomplete ? "response.incomplete" : "response.completed", Status);
        }
    }

    /// <summary>An end alone: of a response that has nothing in it, and fails.</summary>
    public void Marker(JsonText json) => WriteState(json, "response.failed", "failed");

    public void Ping(JsonText json) => json.Raw(": keep-alive\n\n"u8);

    public void BadChunk(JsonText json) =>
        BeginPart(json, "response.output_text.delta").Raw(",\"delta\":\"bro\n\n"u8);

    public void EmptyChunk(JsonText json) => WriteState(json, "response.in_progress", "in_progress");

    public void Error(JsonText json, Problem problem)
    {
        Begin(json, "error").Raw(""","error":{"type":"""u8).String(problem.Type)
            .Raw(""","code":"""u8).String(problem.Code ?? problem.Type)
            .Raw(""","message":"""u8).String(problem.Message).Raw(""","param":null}"""u8);
        End(json);
    }

    private static void End(JsonText json) => json.Raw("}\n\n"u8);

    private static void WritePart(JsonText json, ReadOnlySpan<byte> text) => json
        .Raw("""{"type":"output_text","annotations":[],"logprobs":[],"text":"""u8).String(text).Raw("}"u8);

    private JsonText Begin(JsonText json, string type) => json
        .Raw("event: "u8).Raw(Encoding.UTF8.GetBytes(type)).Raw("\ndata: {\"type\":"u8)
        .String(type).Raw(""","sequence_number":"""u8).Number(_number++);

    private JsonText BeginPart(JsonText json, string type) => Begin(json, type)
        .Raw(""","item_id":"""u8).String("msg_" + _item).Raw(""","output_index":0,"content_index":0"""u8);

    private JsonText BeginCall(JsonText json, string type, int call) => Begin(json, type)
        .Raw(""","item_id":"""u8).String(CallItem(call)).Raw(""","output_index":"""u8).Number(call);

    private string CallItem(int call) => $"fc_{_item}{call:x2}";

    private void CloseCall(JsonText json, int index)
    {
        BeginCall(json, "response.function_call_arguments.done", index).Raw(""","name":"""u8)
            .String(_choice.Calls[index].Name).Raw(""","arguments":"""u8)
            .String(_choice.Calls[index].Arguments.Span);
        End(json);
        Begin(json, "response.output_item.done").Raw(""","output_index":"""u8).Number(index).Raw(""","item":"""u8);
        WriteCall(json, index, "completed", whole: true);
        End(json);
    }

    private void WriteState(JsonText json, string type, string status)
    {
        Begin(json, type).Raw(""","response":"""u8);
        WriteResponse(json, status, empty: status is "in_progress" or "failed");
        End(json);
    }

    private void WriteMessage(JsonText json, string status, bool whole)
    {
        json.Raw("""{"id":"""u8).String("msg_" + _item).Raw(""","type":"message","status":"""u8).String(status)
            .Raw(""","content":["""u8);
        if (whole)
        {
            WritePart(json, _choice.Text.Span);
        }

        json.Raw("""],"role":"assistant"}"""u8);
    }

    private void WriteCall(JsonText json, int index, string status, bool whole)
    {
        var call = _choice.Calls[index];
        json.Raw("""{"id":"""u8).String(CallItem(index)).Raw(""","type":"function_call","status":"""u8).String(status)
            .Raw(""","arguments":"""u8).String(whole ? call.Arguments.Span : default)
            .Raw(""","call_id":"""u8).String(call.Id).Raw(""","name":"""u8).String(call.Name).Raw("}"u8);
    }

    private void WriteResponse(JsonText json, string status, bool empty)
    {
        json.Raw("""{"id":"""u8).String(_id).Raw(""","object":"response","created_at":"""u8).Number(_created)
            .Raw(""","status":"""u8).String(status).Raw(""","background":false,"error":"""u8)
            .Raw(status == "failed"
                ? """{"code":"server_error","message":"The server had an error."}"""u8 : "null"u8)
            .Raw(""","incomplete_details":"""u8)
            .Raw(status == "incomplete" ? """{"reason":"max_output_tokens"}"""u8 : "null"u8)
            .Raw(""","instructions":null,"max_output_tokens":null,"model":"""u8).String(_model)
            .Raw(""","output":["""u8);
        if (!empty && HasText)
        {
            WriteMessage(json, status, whole: true);
        }

        for (var i = 0; i < _choice.Calls.Length && !empty; i++)
        {
            WriteCall(json.Raw(i == 0 ? ""u8 : ","u8), i, "completed", whole: true);
        }

        json.Raw("""],"parallel_tool_calls":true,"previous_response_id":null,"""u8)
            .Raw("\"reasoning\":{\"effort\":null,\"summary\":null},\"service_tier\":\"default\",\"store\":true,"u8)
            .Raw("\"temperature\":1.0,\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\","u8)
            .Raw("\"tools\":[],\"top_logprobs\":0,\"top_p\":1.0,\"truncation\":\"disabled\","u8);
        if (status is "completed" or "incomplete")
        {
            WriteUsage(json);
        }

        json.Raw("\"metadata\":{}}"u8);
    }

    private void WriteUsage(JsonText json)
    {
        var (prompt, completion) = (_answer.PromptTokens, _answer.CompletionTokens);
        json.Raw("\"usage\":{\"input_tokens\":"u8).Number(prompt)
            .Raw(""","input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":"""u8)
            .Number(completion).Raw(""","output_tokens_details":{"reasoning_tokens":0},"total_tokens":"""u8)
            .Number(prompt + completion).Raw("},"u8);
    }
}
