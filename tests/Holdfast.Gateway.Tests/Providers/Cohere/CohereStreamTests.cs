using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Cohere.CohereStream;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

public class CohereStreamTests
{
    [Fact]
    public void Text_thoughts_and_plans_come_as_deltas_behind_a_role()
    {
        var stream = new CohereStream();

        Assert.Equal(Chunk("""{"role":"assistant","content":""}"""), stream.Read(Start));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
        Assert.Equal("", stream.Read(Content("start", """{"type":"thinking","thinking":""}""")));
        Assert.Equal(
            Chunk("""{"reasoning_content":"T"}"""), stream.Read(Content("delta", """{"thinking":"T"}""")));
        Assert.Equal("", stream.Read("""{"type":"content-end","index":0}"""));
        Assert.Equal(Chunk("""{"content":"A\n"}"""), stream.Read(Content("delta", """{"text":"A\n"}""")));
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 3), stream.Signal);
        Assert.Equal(
            Chunk("""{"reasoning_content":"P"}"""),
            stream.Read("""{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"P"}}}"""));
    }

    [Fact]
    public void Calls_come_with_their_arguments_in_pieces_and_never_without()
    {
        var stream = Begun();

        Assert.Equal(
            Chunk("""
                {"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}
                """.Trim()), stream.Read(CallStart(0, "a", "f")));
        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}"""),
            stream.Read(CallDelta(0, """{\"x\":""")));
        Assert.Equal("", stream.Read("""{"type":"tool-call-end","index":0}"""));
        stream.Read(CallStart(1, "b", "g"));
        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"""),
            stream.Read("""{"type":"tool-call-end","index":1}"""));
    }

    [Fact]
    public void A_call_that_is_open_at_the_end_is_whole()
    {
        var stream = Begun();
        stream.Read(CallStart(0, "a", "f"));

        Assert.StartsWith(
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"""),
            stream.Read("""{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"""));
    }

    [Fact]
    public void A_call_inside_another_is_a_fault()
    {
        var stream = Begun();
        stream.Read(CallStart(0, "a", "f"));

        Assert.Equal("", stream.Read(CallStart(1, "b", "g")));
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Theory]
    [InlineData("""{"type":"tool-call-end","index":1}""")]
    [InlineData(
        """{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"x"}}}}}""")]
    public void A_piece_of_a_call_that_is_not_open_is_a_fault(string data)
    {
        var stream = Begun();
        stream.Read(CallStart(0, "a", "f"));

        Assert.Equal("", stream.Read(data));
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void What_Cohere_tells_itself_may_come_before_the_message()
    {
        var stream = new CohereStream();

        Assert.Equal("", stream.Read("""{"type":"debug","prompt":"P"}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    [Fact]
    public void The_end_brings_the_reason_and_the_counts()
    {
        var stream = Begun(includeUsage: true);

        var written = stream.Read("""
            {"type":"message-end","delta":{"finish_reason":"MAX_TOKENS","usage":{"tokens":{"input_tokens":4,
            "output_tokens":2},"cached_tokens":3}}}
            """);

        Assert.Contains("\"finish_reason\":\"length\"", written);
        Assert.Equal(new Usage(4, 2, 3), stream.Reader.Usage);
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
        Assert.Equal("", stream.Read("[DONE]"));
        Assert.Equal(StreamSignalKind.End, stream.Signal.Kind);
        Assert.EndsWith("data: [DONE]\n\n", stream.Complete());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"message":"internal error"}""")]
    [InlineData("""{"type":"message-start"}""")]
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":{"text":7}}}}""")]
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":"x"}}}""")]
    [InlineData("""{"type":"tool-plan-delta","delta":{"message":{"tool_plan":7}}}""")]
    [InlineData("""{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{}}}}""")]
    [InlineData("""{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":[]}}}""")]
    [InlineData("""{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{}}}}""")]
    [InlineData("""{"type":"tool-call-end","index":0}""")]
    [InlineData("""{"type":"message-end","delta":{}}""")]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"ERROR","error":"E"}}""")]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}""")]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":7}}""")]
    public void An_event_that_is_none_is_a_fault_and_leaves_nothing_behind(string data)
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(data));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
        Assert.Equal("", stream.Read(Content("delta", """{"text":"A"}""")));
    }

    [Fact]
    public void Content_outside_the_message_is_a_fault()
    {
        var early = new CohereStream();
        early.Read(Content("delta", """{"text":"A"}"""));
        var late = Begun();
        late.Read("""{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}""");
        late.Read(Content("delta", """{"text":"A"}"""));

        Assert.All([early, late], stream => Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome));
    }

    [Fact]
    public void What_is_yet_to_come_is_left_out()
    {
        var stream = Begun();

        Assert.Equal("", stream.Read("""{"type":"citation-start","index":0,"delta":{}}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    private static string Content(string kind, string content) =>
        "{\"type\":\"content-" + kind + "\",\"index\":0,\"delta\":{\"message\":{\"content\":" + content + "}}}";

    private static string CallStart(int index, string id, string name) => "{\"type\":\"tool-call-start\",\"index\":"
        + index + ",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"" + id + "\",\"type\":\"function\",\"function\":"
        + "{\"name\":\"" + name + "\",\"arguments\":\"\"}}}}}";

    private static string CallDelta(int index, string arguments) => "{\"type\":\"tool-call-delta\",\"index\":" + index
        + ",\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"" + arguments + "\"}}}}}";
}
