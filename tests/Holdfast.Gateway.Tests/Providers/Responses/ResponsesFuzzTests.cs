using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>
/// Damages what goes from and to callers of the Responses API at random. The seed is the test's argument, so its name
/// says it.
/// </summary>
public class ResponsesFuzzTests
{
    private const int Rounds = 2000;

    private static readonly string Golden = """
        {"model":"m","instructions":"I","temperature":0.5,"top_p":1e-1,"max_output_tokens":9,"top_logprobs":3,
        "metadata":{"a":"b"},"reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],
        "text":{"format":{"type":"json_schema","name":"n","schema":{},"strict":true},"verbosity":"low"},
        "tools":[{"type":"function","name":"f","description":"d","parameters":{},"strict":true}],
        "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"store":false,"user":"u",
        "input":[{"role":"user","content":[{"type":"input_text","text":"ä\ud83d\ude00"},{"type":"input_image",
        "image_url":"data:image\/png;base64,iVBO\/w==","detail":"low"},{"type":"input_file","filename":"F",
        "file_data":"data:application/pdf;base64,JVBE"}]},{"type":"reasoning","id":"rs_holdfast_1","summary":[]},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]},
        {"type":"function_call","call_id":"t","name":"f","arguments":"{\"a\":[\"\\\"\"]}"},
        {"type":"function_call_output","call_id":"t","output":[{"type":"input_text","text":"r"}]}]}
        """.ReplaceLineEndings("");

    private const string Whole = """
        {"id":"c","model":"x","created":5,"choices":[{"index":0,"message":{"role":"assistant","content":"Hé\ud83d",
        "reasoning_content":"h","refusal":"r","tool_calls":[{"id":"a","type":"function","function":{"name":"f",
        "arguments":"{\"q\":1}"}}]},"logprobs":{"content":[{"token":"a","logprob":-1,"bytes":[1],"top_logprobs":[]}]},
        "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}
        """;

    private static readonly string[] Chunks =
    [
        Role, Delta("""{"reasoning_content":"h\ud83d"}"""), Delta("""{"content":"H","refusal":"r"}"""),
        Delta("""{"content":[{"type":"text","text":"i"}]}"""),
        Delta("""{"content":"j"}""", ""","logprobs":{"content":[{"token":"a","logprob":1}]}"""),
        Piece(0, "a", "f", "{"), Piece(0, null, null, "}"), Piece(1, "b", "g", "{}"), Finish("tool_calls"),
        """{"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}""", "[DONE]",
    ];

    private static readonly string[] Events =
    [
        """{"type":"response.created","sequence_number":0,"response":{"status":"in_progress"}}""",
        """{"type":"response.output_item.added","sequence_number":1,"item":{"type":"function_call"}}""",
        """{"type":"response.output_text.delta","sequence_number":2,"delta":"Hé\ud83d"}""",
        """{"type":"response.completed","sequence_number":3,"response":{"usage":{"input_tokens":9}}}""",
    ];

    [Theory]
    [InlineData(1, "groq")]
    [InlineData(2, "anthropic")]
    [InlineData(3, "gemini")]
    [InlineData(4, "openai")]
    public void A_damaged_request_is_carried_as_json_or_refused(int seed, string type)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = WireDamage.Damage(random, Golden);
            var text = Encoding.UTF8.GetString(body);
            if (!text.StartsWith("{\"model\":\"m\"", StringComparison.Ordinal) || !IsObject(body))
            {
                // The face lets nothing else through.
                continue;
            }

            using var output = new PooledBuffer();
            var call = Call(text);
            try
            {
                Provider(call, type).WriteBody(call, "x", output);
                WireDamage.IsJson(output.WrittenSpan, body);
            }
            catch (UnsupportedFieldException refused)
            {
                Assert.StartsWith(refused.Field, refused.Message);
            }
        }
    }

    [Theory]
    [InlineData(1, "groq")]
    [InlineData(2, "openai")]
    public void A_damaged_answer_is_carried_as_json_or_a_fault(int seed, string type)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = WireDamage.Damage(random, Whole);
            using var output = new PooledBuffer();
            var call = Call();

            var answer = Provider(call, type).ReadAnswer(new AnswerContext(call, "x", 0), body, output);

            if (answer.Fault is null)
            {
                WireDamage.IsJson(answer.Body.Span, body);
            }
        }
    }

    [Theory]
    [InlineData(1, "groq")]
    [InlineData(2, "groq")]
    [InlineData(3, "openai")]
    public void A_damaged_stream_is_carried_as_whole_events_or_a_fault(int seed, string type)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var sent = (type == "groq" ? Chunks : Events).Select(one => random.Next(8) > 0 ? one
                : Encoding.UTF8.GetString(WireDamage.Damage(random, one)).ReplaceLineEndings(" ")).ToArray();

            var (events, reader) = Stream(type, sent);

            if (type == "groq")
            {
                Assert.Equal(reader.NextNumber, Data(events).Count);
            }
        }
    }

    [RecordingsFact("JSONTestSuite.tgz")]
    public void Any_json_as_the_input_is_carried_or_refused_and_nothing_else_is_let_in()
    {
        foreach (var (name, document) in SharedData.Archive("JSONTestSuite.tgz", _ => { })!)
        {
            var file = Path.GetFileName(name);
            byte[] body = [.. "{\"model\":\"m\",\"input\":"u8, .. document, .. "}"u8];
            var wrong = ResponsesRequestBody.TryRead(body, out var fields);
            if (wrong is not null)
            {
                Assert.Equal(400, wrong.Status);
                continue;
            }

            Assert.False(file.StartsWith("n_", StringComparison.Ordinal), file);
            var call = new CallRequest
            {
                Id = "call-1", Dialect = Dialect.Responses, Operation = Operation.Responses, Body = body,
                Model = fields.Model, ModelValue = fields.ModelValue, ObjectStart = fields.ObjectStart,
            };
            using var output = new PooledBuffer();
            try
            {
                Provider(call).WriteBody(call, "x", output);
                WireDamage.IsJson(output.WrittenSpan, body);
            }
            catch (UnsupportedFieldException refused)
            {
                Assert.StartsWith("input", refused.Field);
            }
        }
    }

    private static bool IsObject(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
