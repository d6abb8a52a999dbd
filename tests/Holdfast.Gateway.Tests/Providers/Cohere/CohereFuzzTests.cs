using System.Text;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Cohere.CohereWire;
using static Holdfast.Gateway.Tests.Providers.WireDamage;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

/// <summary>Damages the goldens at random. The seed is the test's argument, so its name says it.</summary>
public class CohereFuzzTests
{
    private const int Rounds = 4000;

    private static readonly string Asked = """
        {"model":"smart","messages":[{"role":"system","content":"A"},{"role":"user","content":[{"type":"text",
        "text":"ä\ud83d\ude00"},{"type":"image_url","image_url":{"url":"data:image\/png;base64,iVBO\/w=="}}]},
        {"role":"assistant","content":"x","tool_calls":[{"id":"a","type":"function","function":{"name":"f",
        "arguments":"{\"a\":[1]}"}}]},{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"r"}]}],
        "max_tokens":5,"temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a"],"seed":7,"frequency_penalty":0.5,
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","parameters":{"type":"object"},"strict":true}}],"reasoning_effort":"high",
        "tool_choice":{"type":"function","function":{"name":"f"}}}
        """.Joined();

    private static readonly string[] Events =
    [
        CohereStream.Start,
        """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}""",
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"ä\ud83d\ude00\n"}}}}""",
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}""",
        """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"P"}}}""",
        """
        {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","function":{"name":"f",
        "arguments":"{"}}}}}
        """,
        """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"}"}}}}}""",
        """{"type":"tool-call-end","index":0}""",
        """{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":1.0}}}}""",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_damaged_request_is_carried_as_JSON_or_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, Asked);
            if (!Utf8.IsValid(body))
            {
                continue;
            }

            using var output = new PooledBuffer();
            try
            {
                Provider(drop: random.Next(2) == 0).WriteBody(Call(body, stream: true), Model, output);
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
    public void A_damaged_answer_is_carried_as_JSON_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, CohereAnswerTests.Whole);
            using var output = new PooledBuffer();

            var answer = Provider().ReadAnswer(Context(), body, output);

            Assert.NotEmpty(Provider().ReadError(random.Next(100, 600), body).Message);
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
    public void A_damaged_stream_is_carried_as_whole_events_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var stream = new CohereStream(includeUsage: random.Next(2) == 0);
            foreach (var golden in Events)
            {
                var data = random.Next(10) == 0 ? Damage(random, golden) : Encoding.UTF8.GetBytes(golden);
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
