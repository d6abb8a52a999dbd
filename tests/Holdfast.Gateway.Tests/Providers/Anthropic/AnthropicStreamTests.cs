using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicStream;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicStreamTests
{
    [Fact]
    public void The_start_is_the_role_and_no_token()
    {
        var stream = new AnthropicStream();

        var chunk = stream.Read(Start);

        Assert.Equal(Chunk("""{"role":"assistant","content":""}"""), chunk);
        Assert.Equal(StreamSignal.Nothing, stream.Signal);
        Assert.Equal(new Usage(15, 1, 3, 2), stream.Reader.Usage);
    }

    [Fact]
    public void Text_goes_through_as_it_was_escaped()
    {
        var stream = Begun();
        stream.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");

        var chunk = stream.Read(
            """{"delta":{"text":"a\n\u00e4\ud83d 😀\"","type":"text_delta"},"index":0,"type":"content_block_delta"}""");

        Assert.Equal(Chunk("""{"content":"a\n\u00e4\ud83d 😀\""}"""), chunk);
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 22), stream.Signal);
    }

    [Fact]
    public void Thinking_is_reasoning_content_and_its_signature_nothing()
    {
        var stream = Begun();
        stream.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}""");

        var thought = stream.Read(Delta(0, """{"type":"thinking_delta","thinking":"Hm"}"""));
        var signal = stream.Signal;
        var signature = stream.Read(Delta(0, """{"type":"signature_delta","signature":"x"}"""));

        Assert.Equal(Chunk("""{"reasoning_content":"Hm"}"""), thought);
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 2), signal);
        Assert.Equal("", signature);
        Assert.Equal(StreamSignal.Nothing, stream.Signal);
    }

    [Fact]
    public void Text_in_the_start_of_a_block_is_not_lost()
    {
        var chunk = Begun().Read(
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"early"}}""");

        Assert.Equal(Chunk("""{"content":"early"}"""), chunk);
    }

    [Theory]
    [InlineData("""{"type":"text_delta","text":""}""")]
    [InlineData("""{"type":"citations_delta","citation":{"type":"char_location"}}""")]
    [InlineData("""{"type":"something_new","text":"x"}""")]
    public void Deltas_without_content_are_nothing(string delta)
    {
        var stream = Begun();
        stream.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");

        Assert.Equal("", stream.Read(Delta(0, delta)));
        Assert.Equal(StreamSignal.Nothing, stream.Signal);
    }

    [Fact]
    public void Parallel_tool_calls_are_counted_in_OpenAIs_way()
    {
        var stream = Begun();
        stream.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
        stream.Read("""{"type":"content_block_stop","index":0}""");

        var first = stream.Read(ToolStart(1, "toolu_a", "w", "{}"));
        var signal = stream.Signal;
        var piece = stream.Read(Delta(1, """{"type":"input_json_delta","partial_json":"{\"a\": 1}"}"""));
        var firstEnd = stream.Read("""{"type":"content_block_stop","index":1}""");
        var second = stream.Read(ToolStart(2, "b", "now", "{}"));
        stream.Read(Delta(2, """{"type":"input_json_delta","partial_json":""}"""));
        var secondEnd = stream.Read("""{"type":"content_block_stop","index":2}""");

        Assert.Equal(Chunk(
            """{"tool_calls":[{"index":0,"id":"toolu_a","type":"function","function":{"name":"w","arguments":""}}]}"""),
            first);
        Assert.Equal(StreamSignalKind.Token, signal.Kind);
        Assert.Equal(Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\": 1}"}}]}"""), piece);
        Assert.Equal("", firstEnd);
        Assert.Equal(Chunk(
            """{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"now","arguments":""}}]}"""),
            second);
        Assert.Equal(Chunk("""{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"""), secondEnd);
    }

    [Fact]
    public void Arguments_that_came_with_the_start_are_given_at_the_end()
    {
        var stream = Begun();
        stream.Read(ToolStart(0, "a", "f", """{"x": "\n"}"""));

        var end = stream.Read("""{"type":"content_block_stop","index":0}""");

        Assert.Equal(Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\": \"\\n\"}"}}]}"""), end);
    }

    [Fact]
    public void The_end_has_the_finish_reason_and_the_final_usage()
    {
        var stream = Begun();

        var finish = stream.Read(
            """
            {"type":"message_delta","delta":{"stop_reason":"max_tokens"},
            "usage":{"input_tokens":11,"output_tokens":9,"output_tokens_details":{"thinking_tokens":5}}}
            """.Joined());
        var signal = stream.Signal;
        var stop = stream.Read("""{"type":"message_stop"}""");

        Assert.Equal(Choice("""{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}"""), finish);
        Assert.Equal(StreamSignalKind.Token, signal.Kind);
        Assert.Equal("", stop);
        Assert.Equal(StreamSignalKind.End, stream.Signal.Kind);
        Assert.True(stream.Reader.IsFinished);
        Assert.Equal(new Usage(16, 9, 3, 2, 5), stream.Reader.Usage);
        Assert.Equal("data: [DONE]\n\n", stream.Complete());
    }

    [Fact]
    public void A_second_message_delta_counts_and_finishes_nothing_again()
    {
        var stream = Begun();
        stream.Read("""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""");

        Assert.Equal("", stream.Read(
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":10}}"""));
        Assert.Equal(10, stream.Reader.Usage.Output);
    }

    [Fact]
    public void A_tool_call_that_was_never_closed_closes_before_the_finish()
    {
        var stream = Begun();
        stream.Read(ToolStart(0, "a", "f", "{}"));

        var finish = stream.Read("""{"type":"message_delta","delta":{"stop_reason":"tool_use"}}""");

        Assert.Equal(
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""")
            + Choice("""{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}"""), finish);
    }

    [Fact]
    public void Who_asked_for_usage_gets_null_in_every_chunk_and_the_sum_at_the_end()
    {
        var stream = new AnthropicStream(includeUsage: true);

        var start = stream.Read(Start);
        var finish = stream.Read(
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""");

        Assert.EndsWith("""
            ],"usage":null}
            """ + "\n\n", start);
        Assert.EndsWith("""
            "finish_reason":"stop"}],"usage":null}
            """ + "\n\n", finish);
        Assert.Equal("""
            data: {"id":"msg_1","object":"chat.completion.chunk","created":1700000000,"model":"claude-x","choices":[],
            "usage":{"prompt_tokens":15,"completion_tokens":9,"total_tokens":24,
            "prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2}}}
            """.Joined() + "\n\ndata: [DONE]\n\n", stream.Complete());
    }

    [Fact]
    public void A_ping_is_a_comment_and_no_token()
    {
        var stream = new AnthropicStream();

        Assert.Equal(": ping\n\n", stream.Read("""{"type": "ping"}"""));
        Assert.Equal(StreamSignal.Nothing, stream.Signal);
    }

    [Fact]
    public void Server_tools_and_unknown_events_leave_no_trace()
    {
        var stream = Begun();

        string[] events =
        [
            """{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s"}}""",
            Delta(0, """{"type":"input_json_delta","partial_json":"{}"}"""),
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"something_new","index":"x"}""",
        ];
        var written = string.Concat(events.Select(stream.Read));

        Assert.Equal("", written);
        Assert.Null(stream.Reader.Fault);
    }

    [Fact]
    public void A_start_that_comes_twice_before_any_content_counts_once()
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(Start.Replace("msg_1", "msg_2")));
        Assert.Equal(StreamSignal.Nothing, stream.Signal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[DONE]")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"ping"}}""")]
    [InlineData("""{"type":"message_start"}""")]
    [InlineData("""{"type":"error"}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}""")]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""")]
    public void Before_the_start_it_is_a_bad_answer(string data) => IsBadAnswer(new AnthropicStream(), data);

    [Theory]
    [InlineData("""{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}}""")]
    [InlineData("""{"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}""")]
    [InlineData("""{"type":"content_block_delta","index":0}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"text":"x"}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":7}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"x"}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"x"}}""")]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"content_block_start","index":1,"content_block":{"type":"tool_use"}}""")]
    [InlineData("""{"type":"content_block_start","index":1}""")]
    [InlineData("""{"type":"content_block_stop","index":1}""")]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":7}}""")]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":"x"}}""")]
    [InlineData("""{"type":"message_delta"}""")]
    public void What_does_not_fit_an_open_text_block_is_a_bad_answer(string data)
    {
        var stream = Begun();
        stream.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");

        IsBadAnswer(stream, data);
    }

    [Theory]
    [InlineData("""{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""")]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}""")]
    public void Nothing_comes_after_the_finish(string data)
    {
        var stream = Begun();
        stream.Read("""{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""");

        IsBadAnswer(stream, data);
    }

    [Fact]
    public void A_second_message_is_a_bad_answer()
    {
        var open = Begun();
        open.Read("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
        var finished = Begun();
        finished.Read("""{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""");

        IsBadAnswer(open, Start);
        IsBadAnswer(finished, Start);
    }

    [Fact]
    public void Names_that_would_swell_every_chunk_are_a_bad_answer() =>
        IsBadAnswer(new AnthropicStream(), Start.Replace("msg_1", new string('x', 1000)));

    [Fact]
    public void Blocks_without_end_are_a_bad_answer()
    {
        var stream = Begun();
        for (var i = 0; i < 1000 && stream.Reader.Fault is null; i++)
        {
            stream.Read($$$"""{"type":"content_block_start","index":{{{i}}},"content_block":{"type":"new"}}""");
        }

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_bad_answer()
    {
        var stream = Begun();
        stream.Read([.. "{\"type\":\"ping\",\"x\":\""u8, 0xE2, 0x82, .. "\"}"u8]);

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void A_text_delta_allocates_nothing()
    {
        var reader = AnthropicWire.Wire.OpenStream();
        using var output = new PooledBuffer();
        reader.Read(new SseEvent { Data = System.Text.Encoding.UTF8.GetBytes(Start), HasData = true }, output);
        reader.Read(new SseEvent
        {
            Data = """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""u8,
            HasData = true,
        }, output);
        var delta = System.Text.Encoding.UTF8.GetBytes(Delta(0, """{"type":"text_delta","text":"Hello"}"""));

        var before = 0L;
        for (var i = 0; i < 200; i++)
        {
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            output.Clear();
            reader.Read(new SseEvent { Data = delta, HasData = true }, output);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void IsBadAnswer(AnthropicStream stream, string data)
    {
        Assert.Null(stream.Reader.Fault);

        var written = stream.Read(data);

        Assert.Equal("", written);
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
        stream.Read("""{"type":"ping"}""");
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
    }

    private static string Delta(int index, string delta) =>
        $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""";

    private static string ToolStart(int index, string id, string name, string input) => $$$"""
        {"type":"content_block_start","index":{{{index}}},"content_block":{"type":"tool_use","id":"{{{id}}}",
        "name":"{{{name}}}","input":{{{input}}}}}
        """.Joined();
}
