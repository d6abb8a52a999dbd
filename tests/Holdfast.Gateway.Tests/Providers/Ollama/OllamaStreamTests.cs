using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Ollama.OllamaStream;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

public class OllamaStreamTests
{
    [Fact]
    public void Thoughts_and_text_come_as_deltas_behind_a_role()
    {
        var stream = new OllamaStream();

        Assert.Equal(
            Role + Chunk("""{"reasoning_content":"T"}"""),
            stream.Read(Line("""{"role":"assistant","content":"","thinking":"T"}""")));
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 1), stream.Signal);
        Assert.Equal(Chunk("""{"content":"A\n"}"""), stream.Read(Line("""{"role":"assistant","content":"A\n"}""")));
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 3), stream.Signal);
        Assert.Equal(
            Chunk("""{"reasoning_content":"U"}""") + Chunk("""{"content":"B"}"""),
            stream.Read(Line("""{"content":"B","thinking":"U"}""")));
    }

    [Fact]
    public void A_line_that_says_nothing_is_no_token()
    {
        var stream = new OllamaStream();

        Assert.Equal(Role, stream.Read(Line("""{"role":"assistant","content":""}""")));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
        Assert.Equal("", stream.Read(Line("""{"role":"assistant"}""")));
        Assert.False(stream.Reader.IsFinished);
    }

    [Fact]
    public void Calls_come_whole_and_have_ids()
    {
        var stream = Begun();

        Assert.Equal(
            Chunk("""
                {"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}
                """.Trim())
            + Chunk("""
                {"tool_calls":[{"index":1,"id":"call_call-1_0_1","type":"function","function":{"name":"g",
                "arguments":"{}"}}]}
                """.Joined().Trim()),
            stream.Read(Line("""
                {"content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"x":1}}},
                {"id":"","function":{"name":"g"}}]}
                """.Joined())));
        Assert.Contains(
            "\"index\":2,\"id\":\"call_call-1_0_2\"",
            stream.Read(Line("""{"tool_calls":[{"function":{"name":"g"}}]}""")));
        Assert.Contains("\"finish_reason\":\"tool_calls\"", stream.Read(Done("stop")));
    }

    [Fact]
    public void The_end_brings_the_reason_and_the_counts()
    {
        var stream = Begun(includeUsage: true);

        var written = stream.Read(Done("length", """{"content":"B"}"""));

        Assert.Contains("{\"content\":\"B\"}", written);
        Assert.Contains("\"finish_reason\":\"length\"", written);
        Assert.Equal(new Usage(11, 7), stream.Reader.Usage);
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
        Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        var end = stream.Complete();
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":11", end);
        Assert.EndsWith("data: [DONE]\n\n", end);
    }

    [Fact]
    public void An_end_without_text_is_a_token()
    {
        var stream = Begun();

        stream.Read(Done("stop"));

        Assert.Equal(new StreamSignal(StreamSignalKind.Token), stream.Signal);
    }

    [Fact]
    public void Logprobs_stand_with_their_text()
    {
        var stream = Begun();

        Assert.Equal(
            Choice("""
                {"index":0,"delta":{"content":"B"},"logprobs":{"content":[{"token":"B","logprob":-1,"bytes":null,
                "top_logprobs":[]}],"refusal":null},"finish_reason":null}
                """.Joined()),
            stream.Read(
                """{"message":{"content":"B"},"logprobs":[{"token":"B","logprob":-1}],"done":false}"""));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"error":"out of memory"}""")]
    [InlineData("""{"error":{"message":"M"}}""")]
    [InlineData("""{"message":{"content":7},"done":false}""")]
    [InlineData("""{"message":"x","done":false}""")]
    [InlineData("""{"message":{"content":"B","tool_calls":[{}]},"done":false}""")]
    [InlineData("""{"message":{"content":"B"},"logprobs":[7],"done":false}""")]
    [InlineData("""{"message":{"content":"B"},"done":true,"eval_count":"7"}""")]
    public void A_line_that_is_none_is_a_fault_and_leaves_nothing_behind(string data)
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(data));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
        Assert.Equal("", stream.Read(Line("""{"content":"B"}""")));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
    }

    [Fact]
    public void An_error_in_the_stream_is_told_in_Ollamas_words()
    {
        var stream = Begun();

        stream.Read("""{"error":"an error was encountered while running the model"}""");

        Assert.Equal("an error was encountered while running the model", stream.Reader.Fault?.Message);
    }

    [Fact]
    public void A_line_behind_the_end_is_a_fault()
    {
        var stream = Begun();
        stream.Read(Done("stop"));

        Assert.Equal("", stream.Read(Line("""{"content":"B"}""")));
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }
}
