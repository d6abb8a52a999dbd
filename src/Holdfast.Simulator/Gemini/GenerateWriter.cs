using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Gemini;

/// <summary>
/// Writes <c>GenerateContentResponse</c>s, one or many: each event of a stream is a whole one. Calls come whole and
/// without ids, and no marker tells the end.
/// </summary>
internal sealed class GenerateWriter(Flavour flavour, Question question, Answer answer, SplitMix ids) : IAnswerWriter
{
    private readonly string _id = ids.NextId("", 23);

    public void Plain(JsonText json, bool empty)
    {
        json.Raw("{"u8);
        if (!empty)
        {
            json.Raw("\"candidates\":["u8);
            for (var i = 0; i < answer.Choices.Length; i++)
            {
                WriteWhole(json.Raw(i == 0 ? ""u8 : ","u8), i, answer.Choices[i]);
            }

            json.Raw("],"u8);
        }

        WriteEnd(json, answer.CompletionTokens);
    }

    public void Open(JsonText json)
    {
    }

    public void Delta(JsonText json, Delta delta)
    {
        var choice = answer.Choices[delta.Choice];
        if (delta.Call >= 0 && delta.Piece >= 0)
        {
            return;
        }

        BeginEvent(json);
        if (delta.Call >= 0)
        {
            WriteCall(json, choice.Calls[delta.Call], delta.Call == 0);
        }
        else
        {
            json.Raw("{\"text\":"u8).String(choice.Text.Piece(delta.Piece)).Raw("}"u8);
        }

        json.Raw("""],"role":"model"},"index":"""u8).Number(delta.Choice).Raw("}],"u8);
        WriteEnd(json, null);
        json.Raw("\n\n"u8);
    }

    public void Close(JsonText json, bool marker)
    {
        for (var i = 0; i < answer.Choices.Length; i++)
        {
            BeginEvent(json);
            json.Raw("""{"text":""}],"role":"model"},"finishReason":"""u8).String(ReasonOf(answer.Choices[i]))
                .Raw(""","index":"""u8).Number(i).Raw("}],"u8);
            WriteEnd(json, answer.CompletionTokens);
            json.Raw("\n\n"u8);
        }
    }

    public void Marker(JsonText json)
    {
    }

    public void Ping(JsonText json) => json.Raw(": keep-alive\n\n"u8);

    public void BadChunk(JsonText json) => BeginEvent(json).Raw("{\"text\":\"bro\n\n"u8);

    public void EmptyChunk(JsonText json)
    {
        json.Raw("data: {"u8);
        WriteEnd(json, 0);
        json.Raw("\n\n"u8);
    }

    public void Error(JsonText json, Problem problem)
    {
        ErrorBody.WriteIn200(json.Raw("data: "u8), flavour, problem, "");
        json.Raw("\n\n"u8);
    }

    private static JsonText BeginEvent(JsonText json) =>
        json.Raw("""data: {"candidates":[{"content":{"parts":["""u8);

    private static string ReasonOf(AnswerChoice choice) => choice.Finish == Finish.Length ? "MAX_TOKENS" : "STOP";

    private void WriteWhole(JsonText json, int index, AnswerChoice choice)
    {
        json.Raw("""{"content":{"parts":["""u8);
        if (choice.Calls.Length == 0)
        {
            json.Raw("{\"text\":"u8).String(choice.Text.Span).Raw("}"u8);
        }

        for (var i = 0; i < choice.Calls.Length; i++)
        {
            WriteCall(json.Raw(i == 0 ? ""u8 : ","u8), choice.Calls[i], i == 0);
        }

        json.Raw("""],"role":"model"},"finishReason":"""u8).String(ReasonOf(choice))
            .Raw(""","index":"""u8).Number(index).Raw("}"u8);
    }

    private void WriteCall(JsonText json, ToolCall call, bool isFirst)
    {
        json.Raw("""{"functionCall":{"name":"""u8).String(call.Name)
            .Raw(""","args":"""u8).Raw(call.Arguments.Span).Raw("}"u8);
        if (isFirst && question.Model.StartsWith("gemini-3", StringComparison.Ordinal))
        {
            json.Raw(",\"thoughtSignature\":\"c2lnbmF0dXJl\""u8);
        }

        json.Raw("}"u8);
    }

    private void WriteEnd(JsonText json, int? outputTokens)
    {
        json.Raw("\"usageMetadata\":{\"promptTokenCount\":"u8).Number(answer.PromptTokens);
        if (outputTokens is { } tokens)
        {
            json.Raw(""","candidatesTokenCount":"""u8).Number(tokens);
        }

        json.Raw(""","totalTokenCount":"""u8).Number(answer.PromptTokens + (outputTokens ?? 0))
            .Raw("""},"modelVersion":"""u8).String(question.Model)
            .Raw(""","responseId":"""u8).String(_id).Raw("}"u8);
    }
}
