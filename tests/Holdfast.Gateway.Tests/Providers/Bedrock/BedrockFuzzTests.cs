using System.Text;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;
using static Holdfast.Gateway.Tests.Providers.WireDamage;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

/// <summary>Damages the goldens at random. The seed is the test's argument, so its name says it.</summary>
public class BedrockFuzzTests
{
    private const int Rounds = 4000;

    private static readonly string[] Models =
        [Model, Claude, "us.anthropic.claude-opus-4-6-v1", "eu.amazon.nova-2-lite-v1:0", "openai.gpt-oss-20b-1:0", "x"];

    private static readonly string[] Requests =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A",
        "cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user",
        "content":[{"type":"text","text":"ä\ud83d\ude00"},{"type":"image_url",
        "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"file","file":{"filename":"f",
        "file_data":"data:application/pdf;base64,JVBE"}}]},{"role":"assistant","content":"x","refusal":"No",
        "tool_calls":[{"id":"a.1","type":"function","function":{"name":"f",
        "arguments":"{\"a\":[1,{\"b\":\"\\u00e4\"}]}"}}]},{"role":"tool","tool_call_id":"a.1",
        "content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":5,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a","\n\u0020b"],"user":"u","service_tier":"flex",
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":"\"\n"}}},
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},
        "strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"reasoning_effort":"low",
        "stream":true}
        """.Joined(),
    ];

    private static readonly (string Type, string Payload)[] Events =
    [
        ("messageStart", """{"role":"assistant","p":"abc"}"""),
        ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"ä\ud83d\ude00\n"}}}"""),
        ("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"B"},"p":"ab"}"""),
        ("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"""),
        ("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"""),
        ("contentBlockStart", """{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"u","name":"g"}}}"""),
        ("contentBlockStop", """{"contentBlockIndex":3}"""),
        ("messageStop", """{"stopReason":"tool_use"}"""),
        ("metadata", """{"usage":{"inputTokens":9,"outputTokens":5},"metrics":{"latencyMs":7}}"""),
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
            var body = Damage(random, random.Next(8) == 0
                ? """{"message":"M","__type":"a#ThrottlingException"}"""
                : BedrockAnswerTests.Whole);
            using var output = new PooledBuffer();

            var answer = Provider().ReadAnswer(Context(), body, output);
            var error = Provider().ReadError(random.Next(100, 600), body, random.Next(2) == 0 ? "E:x" : null);

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
    public void A_stream_with_damaged_payloads_is_carried_as_whole_events_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var stream = new BedrockStream(includeUsage: random.Next(2) == 0);
            foreach (var (golden, payload) in Events)
            {
                var type = random.Next(30) == 0 ? Events[random.Next(Events.Length)].Type : golden;
                var data = random.Next(10) == 0 ? Damage(random, payload) : Encoding.UTF8.GetBytes(payload);

                var written = stream.Read(Event(type, data));

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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_frames_are_faults_and_never_text(int seed)
    {
        var random = new Random(seed);
        var whole = Events.SelectMany(golden => Event(golden.Type, golden.Payload)).ToArray();
        var good = Play(whole, whole.Length, new Random(0)).Written;
        for (var i = 0; i < Rounds / 8; i++)
        {
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);

            var (written, reader) = Play(bytes, 200, random);

            Assert.NotNull(reader.Fault);
            Assert.StartsWith(written, good, StringComparison.Ordinal);
        }
    }
}
