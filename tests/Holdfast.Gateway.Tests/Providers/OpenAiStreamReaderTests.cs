using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class OpenAiStreamReaderTests
{
    private const string UsageChunk =
        """{"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[]}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{}}]}""")]
    [InlineData("""{"choices":[{"index":0,"finish_reason":""}]}""")]
    [InlineData("""{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("""{"error":null,"choices":[]}""")]
    public void What_carries_nothing_is_no_token_and_goes_through(string data)
    {
        var stream = new Stream();

        var signal = stream.Data(data);

        Assert.Equal(StreamSignalKind.Nothing, signal.Kind);
        Assert.Equal($"data: {data}\n\n", stream.Written);
    }

    [Theory]
    [InlineData(": OPENROUTER PROCESSING\n\n")]
    [InlineData("event: ping\n\n")]
    [InlineData("id: 7\n\n")]
    public void Comments_and_pings_are_no_tokens_and_go_through(string raw)
    {
        var stream = new Stream();

        var signal = stream.Raw(raw);

        Assert.Equal(StreamSignalKind.Nothing, signal.Kind);
        Assert.Equal(raw, stream.Written);
    }

    [Theory]
    [InlineData("data:\n\n")]
    [InlineData("data: \n\n")]
    [InlineData("data\n\n")]
    public void An_event_with_empty_data_is_no_event(string raw)
    {
        var stream = new Stream();

        var signal = stream.Raw(raw);

        Assert.Equal(StreamSignalKind.Nothing, signal.Kind);
        Assert.Empty(stream.Written);
    }

    [Theory]
    [InlineData("""{"content":"Hi"}""", 2)]
    [InlineData("""{"content":" "}""", 1)]
    [InlineData("""{"reasoning_content":"hm"}""", 2)]
    [InlineData("""{"reasoning":"hm"}""", 2)]
    [InlineData("""{"refusal":"no"}""", 2)]
    [InlineData("""{"content":[{"type":"text"}]}""", 16)]
    public void Content_reasoning_and_refusals_are_tokens_of_their_length(string delta, int characters)
    {
        var stream = new Stream();

        var signal = stream.Delta(delta);

        Assert.Equal((StreamSignalKind.Token, characters), (signal.Kind, signal.Characters));
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a"}}]}""")]
    [InlineData("""{"function_call":{"arguments":"{"}}""")]
    [InlineData("""{"audio":{"id":"a"}}""")]
    public void Parts_of_tool_calls_are_tokens(string delta)
    {
        var stream = new Stream();

        Assert.Equal(StreamSignalKind.Token, stream.Delta(delta).Kind);
    }

    [Fact]
    public void A_finish_reason_is_a_token()
    {
        var stream = new Stream();

        var signal = stream.Data("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""");

        Assert.Equal(StreamSignalKind.Token, signal.Kind);
        Assert.True(stream.Reader.IsFinished);
    }

    [Fact]
    public void A_chunk_goes_through_byte_by_byte_with_its_unknown_fields()
    {
        const string Raw =
            "id: 5\r\ndata:  { \"x\" : 1.50, \"choices\":[{\"delta\":{\"content\":\"\\u00fc\"}}] }\r\n\r\n";
        var stream = new Stream();

        stream.Raw(Raw);

        Assert.Equal(Raw, stream.Written);
    }

    [Fact]
    public void The_usage_chunk_is_held_back_from_who_did_not_ask_for_it()
    {
        var stream = new Stream();

        var signal = stream.Data(UsageChunk);

        Assert.Equal(StreamSignalKind.Nothing, signal.Kind);
        Assert.Empty(stream.Written);
        Assert.Equal(new Usage(7, 3), stream.Reader.Usage);
    }

    [Fact]
    public void The_usage_chunk_goes_through_to_who_asked_for_it()
    {
        var stream = new Stream(includeUsage: true);

        stream.Data(UsageChunk);

        Assert.Equal($"data: {UsageChunk}\n\n", stream.Written);
    }

    [Fact]
    public void Usage_in_a_chunk_with_content_goes_through()
    {
        var stream = new Stream();

        stream.Data("""{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""");

        Assert.Contains("prompt_tokens", stream.Written);
        Assert.Equal(new Usage(1, 1), stream.Reader.Usage);
    }

    [Fact]
    public void Usage_details_are_counted()
    {
        var stream = new Stream();

        stream.Data("""
            {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,
            "prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},
            "completion_tokens_details":{"reasoning_tokens":3},"x":{"prompt_tokens":null}}}
            """.ReplaceLineEndings(""));

        Assert.Equal(new Usage(9, 5, 4, 2, 3), stream.Reader.Usage);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":"7","completion_tokens":[1]}""")]
    [InlineData("""{"prompt_tokens":-7,"completion_tokens":1.5}""")]
    [InlineData("""{"prompt_tokens":99999999999999999999,"completion_tokens":{"a":1}}""")]
    public void Usage_of_a_wrong_shape_counts_as_nothing(string usage)
    {
        var stream = new Stream();

        stream.Data($$"""{"choices":[],"usage":{{usage}}}""");

        Assert.False(stream.Reader.Usage.IsKnown);
    }

    [Fact]
    public void Done_is_an_end_and_not_passed_on()
    {
        var stream = new Stream();

        Assert.Equal(StreamSignalKind.End, stream.Data("[DONE]").Kind);
        Assert.Empty(stream.Written);
    }

    [Fact]
    public void Before_anything_came_nothing_is_finished() => Assert.False(new Stream().Reader.IsFinished);

    [Fact]
    public void Content_alone_is_not_finished()
    {
        var stream = new Stream();

        stream.Delta("""{"content":"a"}""");

        Assert.False(stream.Reader.IsFinished);
    }

    [Fact]
    public void A_finished_stream_owes_its_caller_the_end_marker()
    {
        var stream = new Stream();

        stream.Complete();

        Assert.Equal("data: [DONE]\n\n", stream.Written);
    }

    [Fact]
    public void Interleaved_choices_are_finished_only_when_each_that_began_is()
    {
        var stream = new Stream();

        foreach (var (index, reason, expected) in new[]
        {
            (0, "null", false), (1, "null", false), (2, "null", false), (1, "\"stop\"", false),
            (0, "\"length\"", false), (2, "null", false), (2, "\"stop\"", true),
        })
        {
            stream.Data(
                $$$"""{"choices":[{"index":{{{index}}},"delta":{"content":"x"},"finish_reason":{{{reason}}} }]}""");

            Assert.Equal(expected, stream.Reader.IsFinished);
        }
    }

    [Fact]
    public void Choices_in_one_chunk_are_told_apart()
    {
        var stream = new Stream();

        stream.Data("""{"choices":[{"index":0,"finish_reason":"stop"},{"index":127,"delta":{"content":"a"}}]}""");

        Assert.False(stream.Reader.IsFinished);
    }

    [Theory]
    [InlineData("""{"error":{"message":"boom","type":"server_error","code":"x"}}""", "boom")]
    [InlineData("""{"error":"boom"}""", "boom")]
    [InlineData("""{"error":{"code":503}}""", "the provider sent an error inside a 200")]
    [InlineData("""{"error":{"message":"boom","status_code":500}}""", "boom")]
    [InlineData("""{"error":{"message":"boom"},"choices":[{"delta":{"content":"x"}}]}""", "boom")]
    [InlineData("""{"error":[{"message":"boom"}]}""", """[{"message":"boom"}]""")]
    public void Errors_inside_the_stream_are_found(string data, string message)
    {
        var stream = new Stream();

        var signal = stream.Data(data);

        Assert.Equal(StreamSignalKind.Fault, signal.Kind);
        Assert.Equal((Outcome.BadAnswer, message), (stream.Reader.Fault!.Outcome, stream.Reader.Fault.Message));
        Assert.Empty(stream.Written);
    }

    [Fact]
    public void An_event_named_error_is_one_whatever_it_holds()
    {
        var stream = new Stream();

        var signal = stream.Raw("event: error\ndata: {\"message\":\"overloaded\"}\n\n");

        Assert.Equal(StreamSignalKind.Fault, signal.Kind);
        Assert.Equal("overloaded", stream.Reader.Fault!.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{} {}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("<html>")]
    [InlineData("[done]")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":[1]}""")]
    [InlineData("""{"choices":[[]]}""")]
    [InlineData("""{"choices":[{"index":-1}]}""")]
    [InlineData("""{"choices":[{"index":128}]}""")]
    [InlineData("""{"choices":[{"index":"0"}]}""")]
    [InlineData("""{"choices":[{"index":1e99}]}""")]
    [InlineData("""{"choices":[{"index":0.5}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}]""")]
    public void What_is_no_chunk_is_a_fault(string data)
    {
        var stream = new Stream();

        var signal = stream.Raw($"event: message\ndata: {(data.Length == 0 ? "\ndata:" : data)}\n\n");

        Assert.Equal(StreamSignalKind.Fault, signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault!.Outcome);
        Assert.Empty(stream.Written);
    }

    [Fact]
    public void Nesting_without_end_is_a_fault()
    {
        var stream = new Stream();

        var signal = stream.Data("{\"x\":" + new string('[', 5_000) + new string(']', 5_000) + "}");

        Assert.Equal(StreamSignalKind.Fault, signal.Kind);
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_a_fault()
    {
        var stream = new Stream();

        var signal = stream.Bytes([.. "data: {\"choices\":[],\"x\":\""u8, 0xC3, .. "\"}\n\n"u8]);

        Assert.Equal(StreamSignalKind.Fault, signal.Kind);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"choices":[]}""")]
    [InlineData("""{"choices":[{"inde\ud800":0,"delta":{"content":"a"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"conten\udfaa":"a"}}]}""")]
    [InlineData("""{"choices":[],"usage":{"prompt_token\ud800":1}}""")]
    public void A_name_with_half_a_surrogate_pair_throws_nothing(string data)
    {
        var stream = new Stream();

        stream.Data(data);

        Assert.False(stream.Reader.IsFinished);
    }

    [Fact]
    public void An_unfinished_event_at_the_end_is_closed_for_the_caller()
    {
        var stream = new Stream();

        stream.Raw("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}", atEnd: true);

        Assert.EndsWith("}\n\n", stream.Written);
        Assert.True(stream.Reader.IsFinished);
    }

    private sealed class Stream(bool includeUsage = false)
    {
        private readonly PooledBuffer _output = new();

        public OpenAiStreamReader Reader { get; } = new(includeUsage);

        public string Written => Encoding.UTF8.GetString(_output.WrittenSpan);

        public StreamSignal Delta(string delta) =>
            Data($$"""{"choices":[{"index":0,"delta":{{delta}},"finish_reason":null}]}""");

        public StreamSignal Data(string data) => Raw($"data: {data}\n\n");

        public StreamSignal Raw(string raw, bool atEnd = false) => Bytes(Encoding.UTF8.GetBytes(raw), atEnd);

        public StreamSignal Bytes(byte[] raw, bool atEnd = false)
        {
            using var parser = new SseParser();
            Assert.True(parser.TryRead(raw, atEnd, out var sse, out _));
            return Reader.Read(sse, _output);
        }

        public void Complete() => Reader.Complete(_output);
    }
}
