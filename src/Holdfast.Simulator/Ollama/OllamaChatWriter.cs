using System.Globalization;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Ollama;

/// <summary>
/// Writes Ollama's answers, whole or as lines, each a document. Calls come whole, with their arguments as an object;
/// the counts come with the end, and no marker tells it.
/// </summary>
internal sealed class OllamaChatWriter(Question question, Answer answer, TimeProvider time) : IAnswerWriter
{
    private readonly AnswerChoice _choice = answer.Choices[0];
    private readonly string _created =
        time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public string StreamType => "application/x-ndjson";

    public void Plain(JsonText json, bool empty)
    {
        Begin(json);
        if (!empty)
        {
            json.Raw(""","message":{"role":"assistant","content":"""u8).String(_choice.Text.Span);
            for (var i = 0; i < _choice.Calls.Length; i++)
            {
                json.Raw(i == 0 ? ",\"tool_calls\":["u8 : ","u8);
                WriteCall(json, i);
            }

            json.Raw(_choice.Calls.Length > 0 ? "]}"u8 : "}"u8);
        }

        WriteEnd(json);
    }

    public void Open(JsonText json)
    {
    }

    public void Delta(JsonText json, Delta delta)
    {
        if (delta is { Call: >= 0, Piece: >= 0 })
        {
            return;
        }

        Begin(json).Raw(""","message":{"role":"assistant","content":"""u8);
        if (delta.Call < 0)
        {
            json.String(_choice.Text.Piece(delta.Piece));
        }
        else
        {
            json.Raw("\"\",\"tool_calls\":["u8);
            WriteCall(json, delta.Call);
            json.Raw("]"u8);
        }

        json.Raw("},\"done\":false}\n"u8);
    }

    public void Close(JsonText json, bool marker)
    {
        Begin(json).Raw(""","message":{"role":"assistant","content":""}"""u8);
        WriteEnd(json);
        json.Raw("\n"u8);
    }

    public void Marker(JsonText json)
    {
    }

    // Nothing that says nothing is known of Ollama; an empty line is the least that can be sent.
    public void Ping(JsonText json) => json.Raw("\n"u8);

    public void BadChunk(JsonText json) => Begin(json).Raw(",\"message\":{\"content\":\"bro\n"u8);

    public void EmptyChunk(JsonText json) =>
        Begin(json).Raw(",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n"u8);

    public void Error(JsonText json, Problem problem) =>
        json.Raw("{\"error\":"u8).String(problem.Message).Raw("}\n"u8);

    private JsonText Begin(JsonText json) =>
        json.Raw("{\"model\":"u8).String(question.Model).Raw(",\"created_at\":"u8).String(_created);

    private void WriteCall(JsonText json, int index)
    {
        var call = _choice.Calls[index];
        json.Raw("{\"id\":"u8).String(call.Id).Raw(",\"function\":{\"index\":"u8).Number(index)
            .Raw(",\"name\":"u8).String(call.Name).Raw(",\"arguments\":"u8).Raw(call.Arguments.Span).Raw("}}"u8);
    }

    private void WriteEnd(JsonText json) => json
        .Raw(",\"done\":true,\"done_reason\":"u8).String(_choice.Finish == Finish.Length ? "length" : "stop")
        .Raw(",\"total_duration\":5191566416,\"load_duration\":2154458,\"prompt_eval_count\":"u8)
        .Number(answer.PromptTokens).Raw(",\"prompt_eval_duration\":383809000,\"eval_count\":"u8)
        .Number(answer.CompletionTokens).Raw(",\"eval_duration\":4799921000}"u8);
}
