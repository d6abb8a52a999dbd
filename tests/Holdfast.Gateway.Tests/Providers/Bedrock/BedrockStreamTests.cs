using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockStream;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

public class BedrockStreamTests
{
    private const string Counts = """{"usage":{"inputTokens":5,"outputTokens":7,"cacheReadInputTokens":1},"p":"x"}""";

    [Fact]
    public void A_text_comes_in_the_pieces_that_it_came_in()
    {
        var stream = new BedrockStream();

        Assert.Equal(
            Chunk("""{"role":"assistant","content":""}"""), stream.Read("messageStart", """{"role":"assistant"}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
        Assert.Equal(Chunk("""{"content":"A\n\u00e4"}"""), stream.Delta("""{"text":"A\n\u00e4"}"""));
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 9), stream.Signal);
        Assert.Equal("", stream.Stop(0));
        Assert.False(stream.Reader.IsFinished);
        Assert.Equal(Finish("stop"), stream.End());
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
        Assert.Equal("data: [DONE]\n\n", stream.Complete());
    }

    [Fact]
    public void Thoughts_come_beside_the_text_without_their_signature()
    {
        var stream = Begun();

        Assert.Equal(
            Chunk("""{"reasoning_content":"Hm"}"""), stream.Delta("""{"reasoningContent":{"text":"Hm"}}"""));
        Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        Assert.Equal("", stream.Delta("""{"reasoningContent":{"signature":"s"}}"""));
        Assert.Equal("", stream.Delta("""{"reasoningContent":{"redactedContent":"eA=="}}"""));
        Assert.Equal("", stream.Delta("""{"reasoningContent":{"text":""}}"""));
        Assert.Equal("", stream.Delta("""{"citation":{"title":"t"}}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    [Fact]
    public void Calls_at_once_come_with_their_arguments_in_pieces()
    {
        var stream = Begun();

        Assert.Equal(
            Chunk("""
                {"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}
                """), stream.StartTool(1, "a"));
        Assert.Equal(
            Chunk("""
                {"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]}
                """), stream.StartTool(2, "b", "g"));
        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":"}}]}"""),
            stream.Delta("""{"toolUse":{"input":"{\"x\":"}}""", 2));
        Assert.Equal("", stream.Delta("""{"toolUse":{"input":""}}""", 1));
        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"""), stream.Stop(1));
        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":1,"function":{"arguments":"1}"}}]}"""),
            stream.Delta("""{"toolUse":{"input":"1}"}}""", 2));
        Assert.Equal("", stream.Stop(2));
        Assert.Equal(Finish("tool_calls"), stream.End("tool_use"));
    }

    [Fact]
    public void A_call_that_is_never_closed_has_arguments_all_the_same()
    {
        var stream = Begun();
        stream.StartTool(0);

        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""") + Finish("tool_calls"),
            stream.End("tool_use"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_counts_may_come_before_the_stop_reason_or_after_it(bool before)
    {
        var stream = Begun(includeUsage: true);

        if (before)
        {
            Assert.Equal("", stream.Read("metadata", Counts));
        }

        stream.End();
        if (!before)
        {
            Assert.Equal("", stream.Read("metadata", Counts));
        }

        Assert.Equal(new Usage(6, 7, 1), stream.Reader.Usage);
        Assert.EndsWith(
            """
            "choices":[],"usage":{"prompt_tokens":6,"completion_tokens":7,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":0}}}

            data: [DONE]


            """.ReplaceLineEndings("\n"), stream.Complete());
    }

    [Fact]
    public void A_stream_may_begin_without_its_beginning()
    {
        var stream = new BedrockStream();

        Assert.Equal(Chunk("""{"content":"A"}"""), stream.Delta("""{"text":"A"}"""));
    }

    [Fact]
    public void Events_that_nobody_knows_are_passed_over()
    {
        var stream = Begun();

        Assert.Equal("", stream.Read("somethingNew", "not even JSON"));
        Assert.Equal("", stream.Read("contentBlockStart", """{"contentBlockIndex":7,"start":{"image":{}}}"""));
        Assert.Equal("", stream.Delta("""{"image":{}}""", 7));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    [Theory]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    public void A_model_that_went_wrong_is_a_fault(string reason)
    {
        var stream = Begun();

        Assert.Equal("", stream.End(reason));

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault!.Outcome);
        Assert.False(stream.Reader.IsFinished);
    }

    [Theory]
    [InlineData("messageStart", """{"role":"assistant"}""")]
    [InlineData("contentBlockDelta", """{"delta":{"text":"A"}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":-1,"delta":{"text":"A"}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":"0","delta":{"text":"A"}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":7}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":7}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"toolUse":{"input":"x"}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":9,"delta":{"toolUse":{"input":7}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":9,"delta":{"text":"A"}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":9,"delta":{"reasoningContent":{"text":"A"}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":7}}}""")]
    [InlineData("contentBlockDelta", "{")]
    [InlineData("contentBlockDelta", "")]
    [InlineData("contentBlockStart", """{"contentBlockIndex":9,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}""")]
    [InlineData("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":7,"name":"f"}}}""")]
    [InlineData("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"a"}}}""")]
    [InlineData("contentBlockStart", """{"start":{"toolUse":{"toolUseId":"a","name":"f"}}}""")]
    [InlineData("contentBlockStop", "{}")]
    [InlineData("messageStop", "{}")]
    [InlineData("messageStop", """{"stopReason":7}""")]
    [InlineData("metadata", """{"usage":{"inputTokens":"5"}}""")]
    [InlineData("metadata", "[]")]
    [InlineData("", "{}")]
    public void What_does_not_fit_is_a_fault_and_nothing_of_it_is_written(string type, string payload)
    {
        var stream = Begun();
        stream.StartTool(9);

        Assert.Equal("", stream.Read(type, payload));

        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault!.Outcome);
        Assert.Equal("", stream.Delta("""{"text":"B"}"""));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
    }

    [Fact]
    public void Nothing_can_be_said_after_the_end()
    {
        foreach (var more in (Action<BedrockStream>[])
            [stream => stream.Delta("""{"text":"B"}"""), stream => stream.StartTool(5), stream => stream.End()])
        {
            var stream = Begun();
            stream.End();

            more(stream);

            Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        }
    }

    [Fact]
    public void Nobody_can_fill_our_memory_with_calls_that_never_end()
    {
        var stream = Begun();
        for (var i = 0; i < 64; i++)
        {
            stream.StartTool(i);
            Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        }

        stream.StartTool(64);

        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
    }

    [Fact]
    public void A_damaged_frame_is_a_fault()
    {
        var frame = Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"A"}}""");
        frame[^10] ^= 1;
        var stream = Begun();

        Assert.Equal("", stream.Read(frame));

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault!.Outcome);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_fault()
    {
        var stream = Begun();

        stream.Read(Event("contentBlockDelta",
            [.. "{\"contentBlockIndex\":0,\"delta\":{\"text\":\""u8, 0xFF, .. "\"}}"u8]));

        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
    }
}
