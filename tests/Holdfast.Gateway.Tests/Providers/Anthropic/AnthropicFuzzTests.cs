using System.Text;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;
using static Holdfast.Gateway.Tests.Providers.WireDamage;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Damages the goldens at random. The seed is the test's argument, so its name says it.</summary>
public class AnthropicFuzzTests
{
    private const int Rounds = 4000;

    private static readonly string[] Requests =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A",
        "cache_control":{"type":"ephemeral"}}]},{"role":"user","content":[{"type":"text","text":"ä\ud83d\ude00"},
        {"type":"image_url","image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"image_url",
        "image_url":{"url":"https://a.example/x"}},{"type":"file","file":{"filename":"f",
        "file_data":"data:application/pdf;base64,JVBE"}}]},{"role":"assistant","content":"x","refusal":"No",
        "tool_calls":[{"id":"a.1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,
        {\"b\":\"\\u00e4\"}]}"}}]},{"role":"tool","tool_call_id":"a.1","content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":5,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"thinking":{"type":"enabled"},"stop":["a","\n\u0020b"],"user":"u",
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"n":1,"logprobs":false,
        "modalities":["text"],"service_tier":"auto","presence_penalty":0.0,"logit_bias":{},"stream":true}
        """.Joined(),
    ];

    private static readonly string[] Events =
    [
        AnthropicStream.Start,
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ä\ud83d\ude00\n"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f"}}""",
        """
        {"type":"content_block_start","index":3,
        "content_block":{"type":"tool_use","id":"u","name":"g","input":{"a":[1,"\n"]}}}
        """.Joined(),
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
        """{"type":"message_delta","delta":{},"usage":{"output_tokens_details":{"thinking_tokens":5}}}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}""",
        """{"type":"message_stop"}""",
        """{"type":"error","error":{"type":"overloaded_error","message":"M","details":{"error_code":"c"}}}""",
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
    [InlineData(3)]
    public void A_damaged_answer_is_carried_as_JSON_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, random.Next(8) == 0 ? Events[^1] : AnthropicAnswerTests.Whole);
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
            var stream = new AnthropicStream(includeUsage: random.Next(2) == 0);
            foreach (var golden in Events)
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
