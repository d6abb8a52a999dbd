using System.Text.Json;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>What callers of the Responses API get, against OpenAI's own description of it.</summary>
public class ResponsesSpecificationTests
{
    private const string Everything = """
        {"model":"m","instructions":"I","input":"hi","temperature":0.5,"max_output_tokens":99,"metadata":{"a":"b"},
        "user":"u","safety_identifier":"s","top_p":1,"top_logprobs":2,"parallel_tool_calls":false,
        "reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_schema","name":"n","schema":{}}},
        "tool_choice":{"type":"function","name":"f"},"tools":[{"type":"function","name":"f"},
        {"type":"function","name":"g","description":"d","parameters":{"type":"object"},"strict":true}]}
        """;

    [RecordingsFact(OpenAiSpecification.File)]
    public void A_whole_answer_is_a_response()
    {
        foreach (var body in new[] { Plain, Everything })
        {
            var answers = new[]
            {
                Choice("""{"content":"a"}""", body: body), Choice("""{"content":"a"}""", "length", body),
                Choice("""{"content":null,"refusal":"no"}""", body: body), Choice("""{}""", "content_filter", body),
                Choice("""
                    {"content":"a","reasoning_content":"h","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]}
                    """, "tool_calls", body),
                Answer("""
                    {"choices":[{"message":{"content":"a"},"finish_reason":"stop","logprobs":{"content":[
                    {"token":"a","logprob":-0.1,"bytes":null,"top_logprobs":[{"token":"b","logprob":-2}]}]}}],
                    "usage":{"prompt_tokens":5,"completion_tokens":3}}
                    """, body).Body,
            };

            Assert.All(answers, answer => Assert.Null(OpenAiSpecification.Problem("Response", answer)));
        }
    }

    [RecordingsFact(OpenAiSpecification.File)]
    public void A_response_that_lacks_what_it_must_have_is_found()
    {
        var answer = Choice("""{"content":"a"}""");

        Assert.NotNull(OpenAiSpecification.Problem("Response", answer.Replace("\"output\":", "\"outputs\":")));
        Assert.NotNull(OpenAiSpecification.Problem("Response", answer.Replace("\"annotations\":[],", "")));
    }

    [RecordingsFact(OpenAiSpecification.File)]
    public void Every_event_is_one_of_the_apis()
    {
        var (events, _) = Stream("groq", Role, Delta("""{"reasoning_content":"Hm"}"""),
            Delta("""{"content":"I"}""", ""","logprobs":{"content":[{"token":"a","logprob":-1}]}"""),
            Delta("""{"annotations":[{"type":"url_citation","url_citation":{"url":"u"}}]}"""),
            Delta("""{"refusal":"no"}"""), Piece(0, "a", "f", "{"), Piece(0, null, null, "}"), Piece(1, "b", "g", ""),
            Finish("length"), """{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""", "[DONE]");

        Assert.All(Data(events), AssertEvent);
    }

    [RecordingsFact("provider-chunks.tgz")]
    public void Real_streams_of_many_providers_become_events_of_the_api()
    {
        var seen = 0;
        var types = new HashSet<string>();
        foreach (var (file, chunks) in Recordings.Chunks(""))
        {
            if (!chunks.All(ChatChunk.Is) || !chunks.Any(chunk => chunk.Contains("\"delta\"")))
            {
                continue;
            }

            seen++;
            var (events, reader) = Stream("openai-compatible", [.. chunks, "[DONE]"]);

            Assert.True(reader.Fault is null, $"{file}: {reader.Fault?.Message}");
            var data = Data(events);
            Assert.Equal(ChatChunk.Said(chunks), Said(data));
            foreach (var one in data)
            {
                // A type's events differ in their texts alone; a stream has thousands.
                if (types.Add(Type(one)) || Type(one) is "response.completed" or "response.incomplete")
                {
                    AssertEvent(one);
                }
            }
        }

        Assert.True(seen > 10, $"only {seen} streams");
    }

    private static void AssertEvent(string json)
    {
        if (Recordings.SkipReason(OpenAiSpecification.File) is not null)
        {
            return;
        }

        var name = Type(json) switch
        {
            "response.output_text.delta" => "ResponseTextDeltaEvent",
            "response.output_text.done" => "ResponseTextDoneEvent",
            var type => string.Concat(type.Split('.', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))
                + "Event",
        };
        Assert.True(OpenAiSpecification.Problem(name, json) is null,
            $"{OpenAiSpecification.Problem(name, json)}: {json}");
    }

    /// <summary>What the deltas say, and that the last event says it again.</summary>
    private static string Said(List<string> data)
    {
        var deltas = Join("reasoning_text.delta", "delta") + "|" + Join("output_text.delta", "delta") + "|"
            + Join("refusal.delta", "delta");
        using var last = JsonDocument.Parse(data[^1]);
        var whole = new Dictionary<string, string> { ["reasoning_text"] = "", ["output_text"] = "", ["refusal"] = "" };
        var calls = "";
        foreach (var item in last.RootElement.GetProperty("response").GetProperty("output").EnumerateArray())
        {
            if (item.TryGetProperty("arguments", out var arguments))
            {
                calls += $"{item.GetProperty("name").GetString()}({arguments.GetString()})";
                continue;
            }

            foreach (var part in item.GetProperty("content").EnumerateArray())
            {
                var type = part.GetProperty("type").GetString()!;
                whole[type] += part.GetProperty(type == "refusal" ? type : "text").GetString();
            }
        }

        Assert.Equal(deltas, string.Join('|', whole.Values));
        return $"{deltas}|{calls}";

        string Join(string type, string member) => string.Concat(data
            .Where(one => Type(one) == $"response.{type}")
            .Select(one => JsonDocument.Parse(one).RootElement.GetProperty(member).GetString()));
    }

    private static string Type(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("type").GetString()!;
    }
}
