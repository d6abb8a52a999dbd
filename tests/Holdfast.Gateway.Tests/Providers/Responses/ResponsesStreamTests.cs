using System.Text.Json.Nodes;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>Streams on their way to a caller of the Responses API: its sequence of events, exactly.</summary>
public class ResponsesStreamTests
{
    private const string Page =
        """{"url_citation":{"url":"http://a/\u00e4","title":"A","start_index":1,"end_index":2} }""";

    [Fact]
    public void Pages_that_are_cited_are_told_when_they_come_and_with_their_text()
    {
        const string Told =
            """{"type":"url_citation","start_index":1,"end_index":2,"url":"http://a/\u00e4","title":"A"}""";
        const string Bare = """{"type":"url_citation","start_index":0,"end_index":2,"url":"u","title":""}""";

        var (events, _) = Stream("openrouter", Role, Delta("{\"content\":\"Hi\",\"annotations\":[" + Page + "]}"),
            Delta("""{"annotations":[{"type":"file"},{"url_citation":{"url":"u","start_index":1.5,"title":7}}]}"""),
            Finish("stop"), "[DONE]");

        var data = Data(events);
        Assert.Equal(
        [
            """
            {"type":"response.output_text.annotation.added","sequence_number":5,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"annotation_index":0,"annotation":
            """.ReplaceLineEndings("") + Told + "}",
            """
            {"type":"response.output_text.annotation.added","sequence_number":6,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"annotation_index":1,"annotation":
            """.ReplaceLineEndings("") + Bare + "}",
        ], data.Where(one => Type(one) == "response.output_text.annotation.added"));
        Assert.All(data[^3..], one => Assert.Contains($"\"annotations\":[{Told},{Bare}]", one));
    }

    [Fact]
    public void Pages_that_come_too_late_break_no_call()
    {
        var (events, reader) = Stream("openrouter", Role, Piece(0, "a", "f", "{"),
            Delta($"{{\"annotations\":[{Page}]}}"),
            Piece(0, null, null, "}"), Finish("tool_calls"), "[DONE]");

        Assert.Null(reader.Fault);
        Assert.DoesNotContain("http://a/", events);
    }

    [Fact]
    public void Pages_that_come_after_a_call_belong_to_the_text_before_it()
    {
        const string First = """{"type":"url_citation","start_index":0,"end_index":2,"url":"u1","title":""}""";
        const string Second = """{"type":"url_citation","start_index":0,"end_index":2,"url":"u2","title":""}""";
        const string Third = """{"type":"url_citation","start_index":0,"end_index":3,"url":"u3","title":""}""";

        var (events, reader) = Stream("openrouter", Role,
            Delta("""{"content":"Hi","annotations":[{"url_citation":{"url":"u1"}}]}"""), Piece(0, "a", "f", "{"),
            Delta("""{"annotations":[{"url_citation":{"url":"u2"}}]}"""), Piece(0, null, null, "}"),
            Delta("""{"content":"you"}"""), Piece(1, "b", "g", "{}"),
            Delta("""{"annotations":[{"url_citation":{"url":"u3"}}]}"""), Finish("tool_calls"), "[DONE]");

        var data = Data(events);
        Assert.Null(reader.Fault);
        Assert.Equal(
        [
            $"\"item_id\":\"msg_c1_0\",\"output_index\":0,\"content_index\":0,\"annotation_index\":0,"
                + $"\"annotation\":{First}",
            $"\"item_id\":\"msg_c1_0\",\"output_index\":0,\"content_index\":0,\"annotation_index\":1,"
                + $"\"annotation\":{Second}",
            $"\"item_id\":\"msg_c1_2\",\"output_index\":2,\"content_index\":0,\"annotation_index\":0,"
                + $"\"annotation\":{Third}",
        ], data.Where(one => Type(one) == "response.output_text.annotation.added")
            .Select(one => one[one.IndexOf("\"item_id\"", StringComparison.Ordinal)..^1]));
        var items = JsonNode.Parse(data[^1])!["response"]!["output"]!.AsArray();
        Assert.Equal(["message", "function_call", "message", "function_call"],
            items.Select(item => item!["type"]!.GetValue<string>()));
        Assert.Equal($"[{First},{Second}]", items[0]!["content"]![0]!["annotations"]!.ToJsonString());
        Assert.Equal($"[{Third}]", items[2]!["content"]![0]!["annotations"]!.ToJsonString());
    }

    [Fact]
    public void Q2_a_text_has_the_apis_sequence_of_events()
    {
        var (events, reader) = Stream("groq", Role, Delta("""{"content":"H\n"}"""), Delta("""{"content":"i"}"""),
            Finish("stop"), """{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""", "[DONE]");

        var data = Data(events);
        Assert.Equal(
        [
            "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
            "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
            "response.content_part.done", "response.output_item.done", "response.completed",
        ], data.Select(Type));
        Assert.StartsWith("""
            {"type":"response.created","sequence_number":0,"response":{"id":"resp_c1","object":"response","created_at":5,
            "status":"in_progress","background":false,"error":null,"incomplete_details":null,"model":"llama","output":[],
            """.ReplaceLineEndings(""), data[0]);
        Assert.Equal(
        [
            """
            {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_c1_0",
            "type":"message","status":"in_progress","role":"assistant","content":[]}}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"delta":"H\n","logprobs":[]}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"delta":"i","logprobs":[]}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"text":"H\ni","logprobs":[]}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.content_part.done","sequence_number":7,"item_id":"msg_c1_0","output_index":0,
            "content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"H\ni"}}
            """.ReplaceLineEndings(""),
            """
            {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{"id":"msg_c1_0",
            "type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],
            "logprobs":[],"text":"H\ni"}]}}
            """.ReplaceLineEndings(""),
        ], data[2..9]);
        Assert.True(reader.IsWhole);
        Assert.Equal((new Usage(5, 2), 10), (reader.Usage, reader.NextNumber));
    }

    [Fact]
    public void The_last_event_has_what_a_whole_answer_has()
    {
        var (events, _) = Stream("groq", Role, Delta("""{"reasoning_content":"Hm"}"""), Delta("""{"content":"I"}"""),
            Piece(0, "a", "f", ""), Piece(0, null, null, "{\\\"q\\\":"), Piece(0, null, null, "1}"),
            Piece(1, "b", "g", "{}"), Finish("tool_calls"),
            """{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""", "[DONE]");

        var (whole, _, _) = Answer("""
            {"id":"c1","model":"llama","created":5,"choices":[{"index":0,"finish_reason":"tool_calls","message":{
            "content":"I","reasoning_content":"Hm","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"q\":1}"}},
            {"id":"b","function":{"name":"g","arguments":"{}"}}]}}],"usage":{"prompt_tokens":5,"completion_tokens":2}}
            """);
        Assert.Equal(whole, JsonNode.Parse(Data(events)[^1])!["response"]!.ToJsonString(Relaxed));
    }

    [Fact]
    public void An_empty_object_before_the_real_arguments_of_a_call_is_none_of_them()
    {
        var (events, reader) = Stream("groq", Role, Piece(0, "a", "f", "{}"), Piece(0, null, null, "{\\\"q\\\":"),
            Piece(0, null, null, "1}"), Finish("tool_calls"), "[DONE]");

        Assert.Null(reader.Fault);
        Assert.EndsWith("\"name\":\"f\",\"arguments\":\"{\\\"q\\\":1}\"}",
            Data(events).Single(one => Type(one) == "response.function_call_arguments.done"), StringComparison.Ordinal);
    }

    [Fact]
    public void Thoughts_and_calls_have_their_own_events()
    {
        var (events, _) = Stream("groq", Role, Delta("""{"reasoning":"Hm"}"""), Piece(0, "a", "f", "{"),
            Piece(0, null, null, "}"), Piece(0, "b", "g", ""), Finish("stop"), "[DONE]");

        var data = Data(events);
        Assert.Equal(
        [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta",
            "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta",
            "response.function_call_arguments.delta", "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.done", "response.output_item.done",
            "response.completed",
        ], data.Select(Type));
        Assert.Equal("""
            {"type":"response.function_call_arguments.delta","sequence_number":10,"item_id":"fc_c1_1","output_index":1,
            "delta":"}"}
            """.ReplaceLineEndings(""), data[10]);
        Assert.Equal("""
            {"type":"response.function_call_arguments.done","sequence_number":11,"item_id":"fc_c1_1","output_index":1,
            "name":"f","arguments":"{}"}
            """.ReplaceLineEndings(""), data[11]);
        Assert.Contains("\"call_id\":\"b\",\"name\":\"g\"", data[15]);
    }

    [Fact]
    public void A_refusal_is_another_part_of_the_message_that_it_interrupts()
    {
        var (events, _) = Stream("groq", Role, Delta("""{"content":"I"}"""), Delta("""{"refusal":"no"}"""),
            Finish("stop"), "[DONE]");

        var data = Data(events);
        Assert.Contains("response.refusal.delta", data.Select(Type));
        Assert.Contains(data, one => Type(one) == "response.refusal.done"
            && one.EndsWith("\"output_index\":0,\"content_index\":1,\"refusal\":\"no\"}"));
        Assert.Contains("\"text\":\"I\"},{\"type\":\"refusal\",\"refusal\":\"no\"}]}]", data[^1]);
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public void An_answer_that_is_cut_off_ends_incomplete(string finish, string reason)
    {
        var (events, reader) = Stream("groq", Role, Delta("""{"content":"I"}"""), Finish(finish), "[DONE]");

        var data = Data(events);
        Assert.StartsWith("{\"type\":\"response.incomplete\"", data[^1]);
        Assert.Contains($"\"incomplete_details\":{{\"reason\":\"{reason}\"}}", data[^1]);
        Assert.Contains("\"status\":\"incomplete\",\"role\":\"assistant\"", data[^2]);
        Assert.True(reader.IsWhole);
    }

    [Fact]
    public void A_stream_without_anything_ends_with_an_empty_text()
    {
        var data = Data(Stream("groq", Role, Finish("stop"), "[DONE]").Events);

        Assert.Equal("response.output_text.done", Type(data[4]));
        Assert.Contains("\"output\":[{\"id\":\"msg_c1_0\"", data[^1]);
    }

    [Fact]
    public void Probabilities_come_with_their_text_and_again_with_the_whole()
    {
        var (events, _) = Stream("groq", Role,
            Delta("""{"content":"a"}""", ""","logprobs":{"content":[{"token":"a","logprob":-1}]}"""),
            Delta("""{"content":"b"}""", ""","logprobs":{"content":[{"token":"b","logprob":-2}]}"""),
            Finish("stop"), "[DONE]");

        const string A = """{"token":"a","logprob":-1,"bytes":[],"top_logprobs":[]}""";
        const string B = """{"token":"b","logprob":-2,"bytes":[],"top_logprobs":[]}""";
        var data = Data(events);
        Assert.EndsWith($"\"delta\":\"b\",\"logprobs\":[{B}]}}", data[5]);
        Assert.EndsWith($"\"text\":\"ab\",\"logprobs\":[{A},{B}]}}", data[6]);
        Assert.Contains($"\"logprobs\":[{A},{B}],\"text\":\"ab\"", data[^1]);
    }

    [Fact]
    public void What_comes_before_the_first_choice_begins_nothing_and_a_comment_stays_one()
    {
        var (events, _) = Stream(
            "groq", """{"id":"","model":"","choices":[],"prompt_filter_results":[]}""", ": waiting");

        Assert.Equal(": ping\n\n", events);
    }

    [Theory]
    [InlineData("""{"error":{"message":"overloaded"}}""")]
    [InlineData("""{"choices":[{"index":1,"delta":{"content":"a"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{}}]}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[1]}}]}""")]
    public void What_cannot_be_told_is_a_fault_after_whole_events(string chunk)
    {
        var (events, reader) = Stream("groq", Role, chunk);

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
        Assert.Equal(reader.NextNumber, Data(events).Count);
    }

    [Fact]
    public void Calls_whose_pieces_come_in_turns_are_items_one_after_the_other()
    {
        var (events, reader) = Stream("groq", Role, Piece(1, "b", "g", ""), Piece(0, "a", "f", "{"),
            Piece(1, null, null, "{"), Piece(0, null, null, "}"), Piece(1, null, null, "}"), Finish("tool_calls"),
            "[DONE]");

        Assert.Null(reader.Fault);
        var output = JsonNode.Parse(Data(events)[^1])!["response"]!["output"]!.AsArray();
        Assert.Equal(
            [("b", "g", "{}"), ("a", "f", "{}")],
            output.Select(item => ((string?)item!["call_id"], (string?)item["name"], (string?)item["arguments"])));
    }

    [Fact]
    public void Going_on_with_a_call_that_has_ended_is_a_fault()
    {
        var (_, reader) = Stream("groq", Role, Piece(0, "a", "f", "{"), Delta("""{"content":"x"}"""),
            Piece(0, null, null, "}"));

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
    }

    [Fact]
    public void An_answer_that_never_ends_is_a_fault_and_not_kept_for_ever()
    {
        var piece = Delta($$"""{"content":"{{new string('x', 1 << 20)}}"}""");

        var (events, reader) = Stream("groq", [Role, .. Enumerable.Repeat(piece, 20)]);

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
        Assert.InRange(events.Length, 15 << 20, 17 << 20);
    }

    [Fact]
    public void Another_dialects_stream_is_told_as_well()
    {
        var (events, reader) = Stream("anthropic",
            """{"type":"message_start","message":{"id":"m","usage":{"input_tokens":9,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}""",
            """{"type":"message_stop"}""");

        var data = Data(events);
        Assert.Equal("response.completed", Type(data[^1]));
        Assert.Contains("\"input_tokens\":9", data[^1]);
        Assert.Equal(new Usage(9, 7), reader.Usage);
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("incomplete")]
    public void Q2_the_apis_own_events_go_through_as_they_are(string end)
    {
        string[] sent =
        [
            """{"type":"response.created","sequence_number":0,"response":{"status":"in_progress"}}""",
            """{"type":"response.output_item.added","sequence_number":1,"item":{"type":"message"}}""",
            """{"type":"response.output_text.delta","sequence_number":2,"delta":"Hi","new":1}""",
            """{"type":"response.brand_new","sequence_number":3}""",
            """{"type":"response.END","sequence_number":4,"response":{"usage":{"input_tokens":9,"output_tokens":7}}}"""
                .Replace("END", end),
        ];

        var (events, reader) = Stream("openai", sent);

        Assert.Equal(string.Concat(sent.Select(one => $"data: {one}\n\n")), events);
        Assert.True(reader.IsWhole);
        Assert.Equal((new Usage(9, 7), 5), (reader.Usage, reader.NextNumber));
    }

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","delta":"a"}""", true)]
    [InlineData("""{"type":"response.output_text.delta","delta":""}""", false)]
    [InlineData("""{"type":"response.function_call_arguments.delta","delta":"{"}""", true)]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"reasoning"}}""", false)]
    [InlineData("""{"type":"response.output_item.added","item":{"type":"function_call"}}""", true)]
    [InlineData("""{"type":"response.completed","response":{"output":[{}]}}""", true)]
    [InlineData("""{"type":"response.completed","response":{"output":[]}}""", false)]
    [InlineData("""{"type":"response.incomplete","response":{"output":[]}}""", true)]
    [InlineData("""{"type":"response.in_progress","response":{}}""", false)]
    public void Content_is_what_commits_a_stream(string data, bool isToken)
    {
        var call = Call(stream: true);
        var reader = Provider(call, "openai").OpenStream(new(call, "x", 7));
        using var output = new PooledBuffer();

        var signal = reader.Read(new() { Data = System.Text.Encoding.UTF8.GetBytes(data), HasData = true }, output);

        Assert.Equal(isToken, signal.Kind == Gateway.Providers.StreamSignalKind.Token);
    }

    [Theory]
    [InlineData("""{"type":"error","code":"server_error","message":"m","param":null}""", Outcome.ServerError)]
    [InlineData("""{"type":"error","error":{"type":"server_error","message":"m"}}""", Outcome.ServerError)]
    [InlineData("""{"type":"error","error":{"code":"rate_limit_exceeded","message":"m"}}""", Outcome.RateLimited)]
    [InlineData("""{"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}}""",
        Outcome.ServerError)]
    [InlineData("""{"error":{"message":"m"}}""", Outcome.BadAnswer)]
    public void An_error_in_the_apis_stream_is_a_fault_with_its_words(string data, Outcome outcome)
    {
        var (events, reader) = Stream("openai", data);

        Assert.Equal(("", outcome, "m"), (events, reader.Fault!.Outcome, reader.Fault.Message));
    }

    [Theory]
    [InlineData("{\"type\":1}")]
    [InlineData("{\"type\":\"response.created\"}}")]
    [InlineData("[1]")]
    [InlineData("<html>")]
    public void What_is_no_event_of_the_api_is_a_fault(string data) =>
        Assert.Equal(Outcome.BadAnswer, Stream("openai", data).Reader.Fault!.Outcome);

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Type(string data) => (string)JsonNode.Parse(data)!["type"]!;
}
