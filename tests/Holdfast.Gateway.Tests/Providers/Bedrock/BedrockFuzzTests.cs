using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

public class BedrockFuzzTests : DialectFuzzTests
{
    private protected override string[] Models { get; } =
        [Model, Claude, "us.anthropic.claude-opus-4-6-v1", "eu.amazon.nova-2-lite-v1:0", "openai.gpt-oss-20b-1:0", "x"];

    private protected override string[] Requests { get; } =
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
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":6,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a","\n\u0020b"],"user":"u","service_tier":"flex",
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":"\"\n"}}},
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},
        "strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"reasoning_effort":"low",
        "stream":true}
        """.Joined(),
    ];

    private static readonly (string Type, string Payload)[] Frames =
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

    private protected override DialectWire Wire => BedrockWire.Wire;

    private protected override string[] Answers =>
        [BedrockAnswerTests.Whole, """{"message":"M","__type":"a#ThrottlingException"}"""];

    private protected override string[] Events { get; } = [.. Frames.Select(frame => frame.Payload)];

    // Now and then a payload comes under another event's name.
    private protected override byte[] Framed(Random random, int index, byte[] data) =>
        Event(Frames[random.Next(30) == 0 ? random.Next(Frames.Length) : index].Type, data);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_frames_are_faults_and_never_text(int seed)
    {
        var random = new Random(seed);
        var whole = Frames.SelectMany(golden => Event(golden.Type, golden.Payload)).ToArray();
        var good = Play(whole, whole.Length, new Random(0)).Written;
        for (var i = 0; i < 500; i++)
        {
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);

            var (written, reader) = Play(bytes, 200, random);

            Assert.NotNull(reader.Fault);
            Assert.StartsWith(written, good, StringComparison.Ordinal);
        }
    }
}
