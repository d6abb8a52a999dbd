using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.OpenAi;

/// <summary>Writes chat completions, whole or as chunks. Id, time and model are the same in every chunk.</summary>
internal sealed class ChatWriter : IAnswerWriter
{
    private readonly Flavour _flavour;
    private readonly Answer _answer;
    private readonly string _model;
    private readonly string _id;
    private readonly string _requestId;
    private readonly string _fingerprint;
    private readonly long _created;
    private readonly bool _usage;
    private byte[]? _head;

    public ChatWriter(Flavour flavour, Question question, Answer answer, string requestId, SplitMix ids, long created)
    {
        _flavour = flavour;
        _answer = answer;
        _model = question.Model;
        _usage = question.IncludeUsage && !flavour.TellsUsage;
        _requestId = requestId;
        _created = created;
        _id = ids.NextId("chatcmpl-", 29);
        _fingerprint = "fp_" + StableHash.Add(StableHash.Start, _model).ToString("x16", null)[..10];
    }

    public void Plain(JsonText json, bool empty)
    {
        json.Raw("""{"id":"""u8).String(_id).Raw(""","object":"chat.completion","created":"""u8).Number(_created)
            .Raw(""","model":"""u8).String(_model).Raw(""","choices":["""u8);
        for (var i = 0; i < _answer.Choices.Length && !empty; i++)
        {
            WriteChoice(json.Raw(i == 0 ? ""u8 : ","u8), i, _answer.Choices[i]);
        }

        WriteUsage(json.Raw("],"u8));
        json.Raw(""","service_tier":"default","system_fingerprint":"""u8).String(_fingerprint).Raw("}"u8);
    }

    public void Open(JsonText json)
    {
        for (var i = 0; i < _answer.Choices.Length; i++)
        {
            BeginChunk(json, i);
            json.Raw("""{"role":"assistant","content":"""u8)
                .Raw(_answer.Choices[i].Calls.Length > 0 ? "null"u8 : "\"\""u8).Raw(""","refusal":null}"""u8);
            EndChunk(json, "null"u8);
        }
    }

    public void Delta(JsonText json, Delta delta)
    {
        var choice = _answer.Choices[delta.Choice];
        BeginChunk(json, delta.Choice);
        if (delta.Call < 0)
        {
            json.Raw("""{"content":"""u8).String(choice.Text.Piece(delta.Piece)).Raw("}"u8);
        }
        else
        {
            var call = choice.Calls[delta.Call];
            json.Raw("""{"tool_calls":[{"index":"""u8).Number(delta.Call);
            if (delta.Piece < 0)
            {
                json.Raw(""","id":"""u8).String(call.Id).Raw(""","type":"function","function":{"name":"""u8)
                    .String(call.Name).Raw(""","arguments":""}}]}"""u8);
            }
            else
            {
                json.Raw(""","function":{"arguments":"""u8).String(call.Arguments.Piece(delta.Piece)).Raw("}}]}"u8);
            }
        }

        EndChunk(json, "null"u8);
    }

    public void Close(JsonText json, bool marker)
    {
        for (var i = 0; i < _answer.Choices.Length; i++)
        {
            BeginChunk(json, i);
            json.Raw("{}"u8);
            EndChunk(json, FinishOf(_answer.Choices[i]), _flavour.TellsUsage && i == _answer.Choices.Length - 1);
        }

        if (_usage)
        {
            WriteUsage(json.Raw(Head()).Raw("\"choices\":[],"u8));
            json.Raw("}\n\n"u8);
        }

        if (marker && _flavour.SendsDone)
        {
            Marker(json);
        }
    }

    public void Marker(JsonText json) => json.Raw("data: [DONE]\n\n"u8);

    public void Ping(JsonText json) => json.Raw(": keep-alive\n\n"u8);

    public void BadChunk(JsonText json)
    {
        BeginChunk(json, 0);
        json.Raw("{\"content\":\"bro\n\n"u8);
    }

    public void EmptyChunk(JsonText json) =>
        json.Raw(Head()).Raw(_usage ? "\"choices\":[],\"usage\":null}\n\n"u8 : "\"choices\":[]}\n\n"u8);

    public void Error(JsonText json, Problem problem)
    {
        ErrorBody.WriteIn200(json.Raw("data: "u8), _flavour, problem, _requestId);
        json.Raw("\n\n"u8);
    }

    private static ReadOnlySpan<byte> FinishOf(AnswerChoice choice) => choice.Finish switch
    {
        Finish.Length => "\"length\""u8,
        Finish.ToolUse => "\"tool_calls\""u8,
        _ => "\"stop\""u8,
    };

    private static void WriteChoice(JsonText json, int index, AnswerChoice choice)
    {
        json.Raw("""{"index":"""u8).Number(index).Raw(""","message":{"role":"assistant","content":"""u8);
        if (choice.Calls.Length == 0)
        {
            json.String(choice.Text.Span);
        }
        else
        {
            json.Raw("null,\"tool_calls\":["u8);
            for (var i = 0; i < choice.Calls.Length; i++)
            {
                json.Raw(i == 0 ? ""u8 : ","u8).Raw("""{"id":"""u8).String(choice.Calls[i].Id)
                    .Raw(""","type":"function","function":{"name":"""u8).String(choice.Calls[i].Name)
                    .Raw(""","arguments":"""u8).String(choice.Calls[i].Arguments.Span).Raw("}}"u8);
            }

            json.Raw("]"u8);
        }

        json.Raw(""","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"""u8)
            .Raw(FinishOf(choice)).Raw("}"u8);
    }

    private byte[] Head()
    {
        if (_head is null)
        {
            using var json = new JsonText();
            json.Raw("""data: {"id":"""u8).String(_id)
                .Raw(""","object":"chat.completion.chunk","created":"""u8).Number(_created)
                .Raw(""","model":"""u8).String(_model)
                .Raw(""","service_tier":"default","system_fingerprint":"""u8).String(_fingerprint).Raw(","u8);
            _head = json.Span.ToArray();
        }

        return _head;
    }

    private void BeginChunk(JsonText json, int choice) => json.Raw(Head())
        .Raw("\"choices\":[{\"index\":"u8).Number(choice).Raw(""","delta":"""u8);

    private void EndChunk(JsonText json, ReadOnlySpan<byte> finish, bool withUsage = false)
    {
        json.Raw(""","logprobs":null,"finish_reason":"""u8).Raw(finish);
        if (withUsage)
        {
            WriteUsage(json.Raw("}],"u8));
            json.Raw("}\n\n"u8);
            return;
        }

        json.Raw(_usage ? "}],\"usage\":null}\n\n"u8 : "}]}\n\n"u8);
    }

    private void WriteUsage(JsonText json)
    {
        var (prompt, completion) = (_answer.PromptTokens, _answer.CompletionTokens);
        json.Raw("\"usage\":{\"prompt_tokens\":"u8).Number(prompt)
            .Raw(""","completion_tokens":"""u8).Number(completion)
            .Raw(""","total_tokens":"""u8).Number(prompt + completion)
            .Raw(""","prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"""u8)
            .Raw("\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"u8)
            .Raw("\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"u8);
    }
}
