using System.Text;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;
using static Holdfast.Gateway.Tests.Providers.WireDamage;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

/// <summary>Damages the goldens at random. The seed is the test's argument, so its name says it.</summary>
public class GeminiFuzzTests
{
    private const int Rounds = 4000;

    private static readonly string[] Models = ["gemini-2.5-pro", "gemini-3-flash-preview", "gemini-2.0-flash"];

    private static readonly string[] Requests =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A"}]},{"role":"user",
        "content":[{"type":"text","text":"ä\ud83d\ude00"},{"type":"image_url",
        "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"image_url",
        "image_url":{"url":"https://a.example/x.jpg"}},{"type":"file","file":{"filename":"f",
        "file_data":"data:application/pdf;base64,JVBE"}},{"type":"input_audio","input_audio":{"data":"UklG",
        "format":"mp3"}}]},{"role":"assistant","content":"x","refusal":"No","tool_calls":[{"id":"a.1",
        "type":"function","function":{"name":"f","arguments":"{\"a\":[1,{\"b\":\"\\u00e4\"}]}"},
        "extra_content":{"google":{"thought_signature":"s"}}}]},{"role":"tool","tool_call_id":"a.1",
        "content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":5,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a","\n\u0020b"],"user":"u","seed":7,"n":2,
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},"logprobs":true,"top_logprobs":2,
        "safety_settings":[{"category":"c"}],"reasoning_effort":"low","presence_penalty":0.0,"stream":true}
        """.Joined(),
    ];

    private static readonly string[] Events =
    [
        GeminiStream.Parts("""{"text":"ä\ud83d\ude00\n"},{"text":"hm","thought":true,"thoughtSignature":"s"}"""),
        GeminiStream.Parts("""{"functionCall":{"name":"f","id":"i","args":{"a": [1,"\n"]}},"thoughtSignature":"s"}"""),
        GeminiStream.Parts("""{"functionCall":{"name":"g","willContinue":true}}"""),
        GeminiStream.Parts("""
            {"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x\n\u00e4","willContinue":true},
            {"jsonPath":"$['c d']","numberValue":-1e5}],"willContinue":true}}
            """),
        GeminiStream.Parts("""{"functionCall":{"partialArgs":[{"jsonPath":"$.a[1]","boolValue":true}]}}"""),
        GeminiStream.Event("""
            {"content":{"parts":[{"text":"B"}]},"logprobsResult":{"chosenCandidates":[{"token":"B",
            "logProbability":-1}],"topCandidates":[{"candidates":[{"token":"C","logProbability":-2.5}]}]},"index":1}
            """),
        """{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":185}}""",
        GeminiStream.Event("""{"finishReason":"STOP","index":0},{"finishReason":"MAX_TOKENS","index":1}"""),
        """{"promptFeedback":{"blockReason":"SAFETY"},"responseId":"r"}""",
        """
        {"error":{"code":429,"message":"M","status":"RESOURCE_EXHAUSTED","details":[{"reason":"R"},
        {"retryDelay":"7.5s"}]}}
        """,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_request_is_carried_as_JSON_or_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, Requests[random.Next(Requests.Length)]);
            if (!Utf8.IsValid(body))
            {
                continue;
            }

            using var output = new PooledBuffer();
            try
            {
                Provider(drop: random.Next(2) == 0).WriteBody(
                    Call(body, stream: true), Models[random.Next(Models.Length)], output);
            }
            catch (UnsupportedFieldException)
            {
                continue;
            }

            IsJson(output.WrittenSpan, body);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_answer_is_carried_as_JSON_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, random.Next(8) == 0 ? Events[^1] : GeminiAnswerTests.Whole);
            using var output = new PooledBuffer();

            var answer = Provider().ReadAnswer(Context(), body, output);
            var error = Provider().ReadError(random.Next(100, 600), body);

            Assert.NotEmpty(error.Message);
            if (answer.Fault is null)
            {
                IsJson(answer.Body.Span, body);
            }
            else
            {
                Assert.True(answer.Body.IsEmpty);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_stream_is_carried_as_whole_events_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var stream = new GeminiStream(includeUsage: random.Next(2) == 0, n: 2);
            foreach (var golden in Events[..^2])
            {
                var data = random.Next(10) == 0 ? Damage(random, golden) : Encoding.UTF8.GetBytes(golden);
                if (random.Next(20) == 0)
                {
                    data = Encoding.UTF8.GetBytes(Events[random.Next(Events.Length)]);
                }

                var written = stream.Read(data);
                AreEvents(written, data);
                if (stream.Signal.Kind == StreamSignalKind.Fault)
                {
                    Assert.Equal("", written);
                    Assert.NotEqual(Outcome.Ok, stream.Reader.Fault!.Outcome);
                }
            }

            AreEvents(stream.Complete().Replace("data: [DONE]\n\n", ""), []);
        }
    }
}
