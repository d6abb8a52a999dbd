using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiStream;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiStreamTests
{
    [Fact]
    public void Text_and_thoughts_come_as_deltas_behind_a_role()
    {
        var stream = new GeminiStream();

        var written = stream.Read(Parts("""{"text":"hm","thought":true},{"text":"A\n\ud83d"},{"text":""}"""));

        Assert.Equal(
            Role() + Chunk("""{"reasoning_content":"hm"}""") + Chunk("""{"content":"A\n\ud83d"}"""), written);
        Assert.Equal(new StreamSignal(StreamSignalKind.Token, 11), stream.Signal);
        Assert.False(stream.Reader.IsFinished);
    }

    [Fact]
    public void The_last_event_brings_the_reason_and_the_counts()
    {
        var stream = Begun(includeUsage: true);

        var written = stream.Read("""
            {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s"}]},"finishReason":"MAX_TOKENS"}],
            "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":185,
            "totalTokenCount":199,"cachedContentTokenCount":4}}
            """);

        Assert.Equal(Finish("length").Replace("]}\n", "],\"usage\":null}\n", StringComparison.Ordinal), written);
        Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
        Assert.Equal(new Usage(9, 190, 4, 0, 185), stream.Reader.Usage);
        Assert.Equal(
            """
            data: {"id":"r-1","object":"chat.completion.chunk","created":1700000000,"model":"gemini-x","choices":[],
            "usage":{"prompt_tokens":9,"completion_tokens":190,"total_tokens":199,"prompt_tokens_details":
            {"cached_tokens":4,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":185}}}
            """.Joined() + "\n\ndata: [DONE]\n\n",
            stream.Complete());
    }

    [Fact]
    public void Calls_come_whole_and_make_the_reason()
    {
        var stream = new GeminiStream();

        var written = stream.Read(Parts("""
            {"functionCall":{"name":"f","args":{"a": "b"}},"thoughtSignature":"s"},{"functionCall":{"name":"g"}}
            """));
        var end = stream.Read(Event("""{"finishReason":"STOP"}"""));

        Assert.Equal(
            Role() + Chunk("""
                {"tool_calls":[{"index":0,"id":"call_r-1_0_0","type":"function","function":{"name":"f","arguments":
                "{\"a\":\"b\"}"},"extra_content":{"google":{"thought_signature":"s"}}}]}
                """.Joined())
            + Chunk("""
                {"tool_calls":[{"index":1,"id":"call_r-1_0_1","type":"function","function":{"name":"g","arguments":
                "{}"}}]}
                """.Joined()), written);
        Assert.Equal(Finish("tool_calls"), end);
    }

    [Fact]
    public void A_call_whose_arguments_come_piece_by_piece_is_written_when_it_is_whole()
    {
        var stream = Begun();
        string[] pieces =
        [
            """{"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"s"}""",
            """
            {"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x\n","willContinue":true}],
            "willContinue":true}}
            """.Joined(),
            """
            {"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"\u00e4"},
            {"jsonPath":"$.a[1]['c d']","numberValue":5e-1},{"jsonPath":"$.a[1].e","boolValue":true}],
            "willContinue":true}}
            """.Joined(),
            """
            {"functionCall":{"partialArgs":[{"jsonPath":"$['q\"']","nullValue":"NULL_VALUE"}],
            "willContinue":true}}
            """.Joined(),
        ];

        Assert.All(pieces, piece =>
        {
            Assert.Equal("", stream.Read(Parts(piece)));
            Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        });
        Assert.Equal(
            Chunk("""
                {"tool_calls":[{"index":0,"id":"call_r-1_0_0","type":"function","function":{"name":"f","arguments":
                "{\"a\":[{\"b\":\"x\\n\\u00e4\"},{\"c d\":5e-1,\"e\":true}],\"q\\u0022\":null}"},
                "extra_content":{"google":{"thought_signature":"s"}}}]}
                """.Joined()),
            stream.Read(Parts("""{"functionCall":{}}""")));
        Assert.Equal("", stream.Read(Parts("""{"functionCall":{}}""")));
    }

    [Fact]
    public void A_path_may_escape_what_it_quotes()
    {
        var stream = Begun();

        Assert.Contains(
            """{\"it\\u0027s\":1,\"a\\\\b\":2}""",
            stream.Read(Parts("""
                {"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$['it\\'s']","numberValue":1},
                {"jsonPath":"$['a\\\\b']","numberValue":2}]}}
                """)));
    }

    [Fact]
    public void A_call_with_too_many_values_is_a_fault()
    {
        var stream = Begun();
        var values = string.Join(',', Enumerable.Range(0, 5_000).Select(
            i => "{\"jsonPath\":\"$.a[" + i + "]\",\"numberValue\":1}"));

        stream.Read(Parts(
            "{\"functionCall\":{\"name\":\"f\",\"partialArgs\":[" + values + "],\"willContinue\":true}}"));
        Assert.Null(stream.Reader.Fault);
        stream.Read(Parts("{\"functionCall\":{\"partialArgs\":[" + values.Replace("$.a", "$.b") + "]}}"));

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void A_call_with_arguments_without_end_is_a_fault()
    {
        var stream = Begun();
        var megabyte = Parts(
            "{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"$.a\",\"stringValue\":\"" + new string('x', 1 << 20)
            + "\",\"willContinue\":true}],\"willContinue\":true}}");

        stream.Read(Parts("""{"functionCall":{"name":"f","willContinue":true}}"""));
        for (var i = 0; i < 3; i++)
        {
            stream.Read(megabyte);
            Assert.Null(stream.Reader.Fault);
        }

        stream.Read(megabyte);

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void A_call_that_never_was_told_to_be_whole_is_so_at_the_end()
    {
        var stream = Begun();

        stream.Read(Parts("""{"functionCall":{"name":"f","willContinue":true}}"""));
        var end = stream.Read(Event("""{"finishReason":"STOP"}"""));

        Assert.Contains("\"arguments\":\"{}\"", end);
        Assert.EndsWith(Finish("tool_calls"), end);
    }

    [Fact]
    public void Several_candidates_take_turns_and_each_has_its_end()
    {
        var stream = new GeminiStream(n: 2);

        stream.Read(Parts("""{"text":"A"}"""));
        var second = stream.Read(Event("""{"index":1,"content":{"parts":[{"text":"B"}]},"finishReason":"STOP"}"""));
        var isFinished = stream.Reader.IsFinished;
        var first = stream.Read(Event("""{"index":0,"finishReason":"SAFETY"}"""));

        Assert.Equal(Role(1) + Chunk("""{"content":"B"}""", 1) + Finish("stop", 1), second);
        Assert.False(isFinished);
        Assert.Equal(Finish("content_filter"), first);
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
    }

    [Fact]
    public void A_stream_is_not_whole_while_a_candidate_is_missing()
    {
        var stream = new GeminiStream(n: 2);

        stream.Read(Event("""{"index":1,"finishReason":"STOP"}"""));

        Assert.True(stream.Reader is { IsFinished: true, IsWhole: false });
    }

    [Fact]
    public void Log_probabilities_come_with_their_text()
    {
        var stream = Begun();

        var written = stream.Read(Event("""
            {"content":{"parts":[{"text":"B"},{"text":"C"}]},
            "logprobsResult":{"chosenCandidates":[{"token":"B","logProbability":-1}]}}
            """));

        Assert.Equal(
            Choice("""
                {"index":0,"delta":{"content":"B"},"logprobs":{"content":[{"token":"B","logprob":-1,"bytes":null,
                "top_logprobs":[]}],"refusal":null},"finish_reason":null}
                """.Joined()) + Chunk("""{"content":"C"}"""), written);
    }

    [Fact]
    public void A_blocked_prompt_ends_the_stream_by_the_filter()
    {
        var stream = new GeminiStream();

        var written = stream.Read(
            """{"promptFeedback":{"blockReason":"OTHER"},"modelVersion":"gemini-x","responseId":"r-1"}""");

        Assert.Equal(Role() + Finish("content_filter"), written);
        Assert.Equal(StreamSignalKind.Token, stream.Signal.Kind);
        Assert.True(stream.Reader is { IsFinished: true, IsWhole: true });
        Assert.Equal("", stream.Read("""{"promptFeedback":{"blockReason":"OTHER"}}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    [Fact]
    public void A_word_on_the_prompt_beside_an_answer_blocks_nothing()
    {
        var stream = new GeminiStream();

        Assert.Contains("\"content\":\"A\"", stream.Read("""
            {"promptFeedback":{"blockReason":"OTHER"},"candidates":[{"content":{"parts":[{"text":"A"}]}}]}
            """));
        Assert.False(stream.Reader.IsFinished);
    }

    [Fact]
    public void An_event_with_empty_data_is_none()
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
    }

    [Fact]
    public void Counts_alone_say_nothing_and_may_come_after_the_end()
    {
        var stream = new GeminiStream();

        Assert.Equal("", stream.Read("""{"usageMetadata":{"promptTokenCount":3}}"""));
        Assert.Equal(StreamSignalKind.Nothing, stream.Signal.Kind);
        Assert.False(stream.Reader.IsFinished);
        stream.Read(Event("""{"finishReason":"STOP"}"""));
        Assert.Equal("", stream.Read(Event("""{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}""")));
        Assert.Equal("", stream.Read("""{"usageMetadata":{"candidatesTokenCount":4}}"""));
        Assert.Equal(new Usage(3, 4), stream.Reader.Usage);
    }

    [Theory]
    [InlineData("""{"error":{"code":503,"message":"M","status":"UNAVAILABLE"}}""", Outcome.ServerError)]
    [InlineData("""{"error":{"code":429,"message":"M","status":"RESOURCE_EXHAUSTED"}}""", Outcome.RateLimited)]
    [InlineData("""{"error":{"message":"M"}}""", Outcome.ServerError)]
    [InlineData("""{"error":{"code":200,"message":"M"}}""", Outcome.ServerError)]
    [InlineData("""{"error":{"code":600,"message":"M"}}""", Outcome.ServerError)]
    [InlineData("""{"error":"M"}""", Outcome.BadAnswer)]
    public void An_error_in_the_stream_is_what_its_code_says(string data, Outcome outcome)
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(data));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(outcome, stream.Reader.Fault?.Outcome);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"candidates":[{"index":1,"content":{"parts":[{"text":"B"}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"B"},{"text":7}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"B"}]},"finishReason":"MALFORMED_FUNCTION_CALL"}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"args":{}}}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[]}}]}}]}""")]
    [InlineData("""{"promptFeedback":{"blockReason":"OTHER"}}""")]
    [InlineData("""{"candidates":[],"usageMetadata":{"promptTokenCount":"3"}}""")]
    public void An_event_that_is_none_is_a_fault_and_leaves_nothing_behind(string data)
    {
        var stream = Begun();

        Assert.Equal("", stream.Read(data));
        Assert.Equal(StreamSignalKind.Fault, stream.Signal.Kind);
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
        Assert.Equal("", stream.Read(Parts("""{"text":"B"}""")));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("$")]
    [InlineData("$x")]
    [InlineData("$.")]
    [InlineData("$[0]")]
    [InlineData("$.a[9999999]")]
    [InlineData("$.a[-1]")]
    [InlineData("$.a[")]
    [InlineData("$.a['b")]
    [InlineData("$.a['b'")]
    [InlineData("$.a['")]
    [InlineData("$['")]
    [InlineData("$['\\\\")]
    [InlineData("$.s.t")]
    [InlineData("$.o")]
    [InlineData("$.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"
        + ".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a")]
    public void A_path_that_leads_nowhere_is_a_fault(string path)
    {
        var stream = Begun();
        stream.Read(Parts("""
            {"functionCall":{"name":"f","willContinue":true,"partialArgs":[{"jsonPath":"$.s","stringValue":"x"},
            {"jsonPath":"$.o.p","boolValue":false}]}}
            """));

        stream.Read(Parts(
            "{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"" + path + "\",\"stringValue\":\"y\"}]}}"));

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Theory]
    [InlineData("\"stringValue\":7")]
    [InlineData("\"numberValue\":\"7\"")]
    [InlineData("\"boolValue\":\"true\"")]
    [InlineData("\"numberValue\":7")]
    public void A_value_that_is_none_or_follows_another_is_a_fault(string value)
    {
        var stream = Begun();
        stream.Read(Parts("""
            {"functionCall":{"name":"f","willContinue":true,"partialArgs":[{"jsonPath":"$.s","stringValue":"x"}]}}
            """));

        stream.Read(Parts("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"$.s\"," + value + "}]}}"));

        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void Content_after_the_end_is_a_fault()
    {
        var stream = Begun();
        stream.Read(Event("""{"finishReason":"STOP"}"""));

        Assert.Equal("", stream.Read(Parts("""{"text":"B"}""")));
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_a_fault()
    {
        var stream = new GeminiStream();

        Assert.Equal("", stream.Read([.. "{\"x\":\""u8, 0xFF, .. "\"}"u8]));
        Assert.Equal(Outcome.BadAnswer, stream.Reader.Fault?.Outcome);
    }
}
