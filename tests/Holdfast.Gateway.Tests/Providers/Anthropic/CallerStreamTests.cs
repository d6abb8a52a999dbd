using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.CallerWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Streams on their way to a caller of the Messages API: Anthropic's sequence of events, exactly.</summary>
public class CallerStreamTests
{
    private const string Role =
        """{"id":"c1","model":"gpt","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""";

    private static readonly string Start = Event("message_start", """
        "message":{"id":"c1","type":"message","role":"assistant","model":"gpt","content":[],"stop_reason":null,
        "stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,
        "output_tokens":0}}
        """.Joined());

    [Fact]
    public void Text_has_anthropics_sequence_of_events()
    {
        var (events, reader) = Stream("openai", Role, Delta("""{"content":"H\n"}"""), Delta("""{"content":"i"}"""),
            Finish("stop"),
            """{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""", "[DONE]");

        Assert.Equal(Start
            + Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
            + Event("ping")
            + Text(0, "H\\n") + Text(0, "i")
            + Event("content_block_stop", "\"index\":0")
            + End("end_turn", 5, 2), events);
        Assert.True(reader.IsWhole);
        Assert.Equal(new Usage(5, 2), reader.Usage);
    }

    [Theory]
    [InlineData("mistral", "")]
    [InlineData("perplexity", ""","usage":{"prompt_tokens":5,"completion_tokens":1}""")]
    public void Usage_beside_the_last_choice_is_told_too(string type, string early)
    {
        var (events, reader) = Stream(type, Role,
            """{"id":"c1","model":"gpt","choices":[{"index":0,"delta":{"content":"H"}}]""" + early + "}",
            """
            {"id":"c1","model":"gpt","choices":[{"index":0,"delta":{"content":"i"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":5,"completion_tokens":2}}
            """.Joined(), "[DONE]");

        Assert.EndsWith(End("end_turn", 5, 2), events);
        Assert.Equal(new Usage(5, 2), reader.Usage);
    }

    [Fact]
    public void Thoughts_text_and_calls_of_tools_are_blocks_one_after_the_other()
    {
        var (events, _) = Stream("openai", Role, Delta("""{"reasoning_content":"Hm"}"""), Delta("""{"content":"I"}"""),
            Call(0, "\"a\"", "f", ""), Call(0, null, null, "{\\\"q\\\":"), Call(0, null, null, "1}"),
            Call(1, "\"b\"", "g", "{}"), Finish("tool_calls"), "[DONE]");

        Assert.Equal(Start
            + Event("content_block_start",
                "\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
            + Event("ping")
            + Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}")
            + Event("content_block_stop", "\"index\":0")
            + Event("content_block_start", "\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
            + Text(1, "I")
            + Event("content_block_stop", "\"index\":1")
            + Tool(2, "a", "f") + Json(2, "{\\\"q\\\":") + Json(2, "1}")
            + Event("content_block_stop", "\"index\":2")
            + Tool(3, "b", "g") + Json(3, "{}")
            + Event("content_block_stop", "\"index\":3")
            + End("tool_use", 0, 0), events);
    }

    [Fact]
    public void Calls_that_all_have_the_number_0_are_told_apart_by_their_ids()
    {
        var (events, _) = Stream("openai-compatible", Role, Call(0, "\"a\"", "f", "{}"), Call(0, "\"b\"", "g", "{}"),
            Finish("stop"), "[DONE]");

        Assert.Contains(Tool(1, "b", "g") + Json(1, "{}"), events);
        Assert.EndsWith(End("tool_use", 0, 0), events);
    }

    [Fact]
    public void Arguments_that_are_an_object_are_told_as_text()
    {
        var (events, _) = Stream("ollama", Role,
            Delta("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"q":"ä\""}}}]}"""));

        Assert.EndsWith(Json(0, """{\"q\":\"ä\\\"\"}"""), events);
    }

    [Fact]
    public void Thoughts_in_parts_of_the_content_are_thoughts()
    {
        var (events, _) = Stream("mistral", Role,
            Delta("""{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}"""),
            Delta("""{"content":[{"type":"text","text":"So"}]}"""));

        Assert.Contains("{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}", events);
        Assert.EndsWith(Text(1, "So"), events);
    }

    [Fact]
    public void What_comes_before_the_first_choice_begins_no_message()
    {
        var (events, _) = Stream("openai", """{"id":"","model":"","choices":[],"prompt_filter_results":[]}""",
            ": waiting");

        Assert.Equal("", events);
    }

    [Fact]
    public void A_comment_becomes_a_ping()
    {
        Assert.Equal(Start + Event("ping"), Stream("openrouter", Role, ": OPENROUTER PROCESSING").Events);
    }

    [Fact]
    public void An_error_in_the_stream_stays_the_providers()
    {
        var (events, reader) = Stream("openai", Role, """{"error":{"message":"overloaded"}}""");

        Assert.Equal(Start, events);
        Assert.Equal((Outcome.BadAnswer, "overloaded"), (reader.Fault!.Outcome, reader.Fault.Message));
    }

    [Fact]
    public void A_call_that_begins_before_another_is_whole_is_told_after_it()
    {
        var (events, reader) = Stream("openai", Role, Call(1, "\"b\"", "g", ""), Call(0, "\"a\"", "f", "{"),
            Call(1, null, null, "{\\\"q\\\":"), Call(0, null, null, "}"), Call(1, null, null, "1}"),
            Finish("tool_calls"), "[DONE]");

        Assert.Equal(Start
            + Tool(0, "b", "g") + Event("ping") + Json(0, "{\\\"q\\\":") + Json(0, "1}")
            + Event("content_block_stop", "\"index\":0")
            + Tool(1, "a", "f") + Json(1, "{}")
            + Event("content_block_stop", "\"index\":1")
            + End("tool_use", 0, 0), events);
        Assert.Null(reader.Fault);
    }

    [Fact]
    public void A_call_that_waits_is_told_as_soon_as_the_one_before_is_whole()
    {
        var (events, _) = Stream("openai", Role, Call(0, "\"a\"", "f", "{"), Call(1, "\"b\"", "g", "{"),
            Call(2, "\"c\"", "h", "[]"), Call(0, null, null, "}"), Call(1, null, null, "}"));

        Assert.EndsWith(Json(0, "}") + Event("content_block_stop", "\"index\":0")
            + Tool(1, "b", "g") + Json(1, "{") + Json(1, "}") + Event("content_block_stop", "\"index\":1")
            + Tool(2, "c", "h") + Json(2, "[]"), events);
    }

    [Theory]
    [InlineData("{}", "{\\\"q\\\":1}")]
    [InlineData("{}", "{", "\\\"q\\\":", "1}")]
    [InlineData("{}", "", "{}", "\\n", " {\\\"q\\\":1}")]
    [InlineData(" {}\\n{\\\"q\\\":", "1}")]
    public void An_empty_object_before_the_real_arguments_is_none_of_them(params string[] pieces)
    {
        var (events, reader) = Stream("openai-compatible", [Role, Call(0, "\"a\"", "f", pieces[0]),
            .. pieces.Skip(1).Select(piece => Call(0, null, null, piece)), Finish("tool_calls"), "[DONE]"]);

        Assert.Null(reader.Fault);
        Assert.Equal("{\\\"q\\\":1}", Arguments(events));
    }

    [Fact]
    public void An_empty_object_that_comes_as_an_object_is_none_of_the_real_arguments_either()
    {
        var (events, _) = Stream("openai-compatible", Role,
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{ }}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":{"q":1}}}]}"""), Finish("tool_calls"), "[DONE]");

        Assert.Equal("{\\\"q\\\":1}", Arguments(events));
    }

    [Fact]
    public void The_real_arguments_may_come_after_the_next_call_has_begun()
    {
        var (events, reader) = Stream("openai-compatible", Role, Call(0, "\"a\"", "f", "{}"),
            Call(1, "\"b\"", "g", "{}"), Call(0, null, null, "{\\\"q\\\":1}"), Call(1, null, null, "{\\\"r\\\":2}"),
            Finish("tool_calls"), "[DONE]");

        Assert.Null(reader.Fault);
        Assert.Equal(Start
            + Tool(0, "a", "f") + Event("ping") + Json(0, "{\\\"q\\\":1}") + Event("content_block_stop", "\"index\":0")
            + Tool(1, "b", "g") + Json(1, "{\\\"r\\\":2}") + Event("content_block_stop", "\"index\":1")
            + End("tool_use", 0, 0), events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"content\":\"So\"}")]
    public void An_empty_object_with_nothing_behind_it_is_what_the_function_is_called_with(string then)
    {
        var (events, reader) = Stream("openai-compatible", [Role, Call(0, "\"a\"", "f", "{}"),
            .. then.Length > 0 ? [Delta(then)] : Array.Empty<string>(), Finish("tool_calls"), "[DONE]"]);

        Assert.Null(reader.Fault);
        Assert.Contains(Json(0, "{}") + Event("content_block_stop", "\"index\":0"), events);
        Assert.Equal("{}", Arguments(events));
    }

    [Fact]
    public void Calls_whose_arguments_are_never_whole_are_told_when_the_stream_says_why_it_ends()
    {
        string[] calls = [Role, Call(0, "\"a\"", "f", ""), Call(1, "\"b\"", "g", "{\\\"")];

        var (before, _) = Stream("openai", calls);
        var (after, _) = Stream("openai", [.. calls, Finish("length"), "[DONE]"]);

        Assert.EndsWith(Tool(0, "a", "f") + Event("ping"), before);
        Assert.StartsWith(before + Event("content_block_stop", "\"index\":0") + Tool(1, "b", "g")
            + Json(1, "{\\\"") + Event("content_block_stop", "\"index\":1"), after);
    }

    [Fact]
    public void A_text_ends_the_calls_before_it_with_what_has_come_of_them()
    {
        var (events, _) = Stream("openai", Role, Call(0, "\"a\"", "f", "{"), Call(1, "\"b\"", "g", "{"),
            Delta("""{"content":"So"}"""));

        Assert.EndsWith(Tool(1, "b", "g") + Json(1, "{") + Event("content_block_stop", "\"index\":1")
            + Event("content_block_start", "\"index\":2,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
            + Text(2, "So"), events);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Calls_are_told_whole_in_whatever_order_their_pieces_come(int seed)
    {
        // Braces, quotation marks and backslashes inside of strings are no ends; the last one is written as an escape.
        string[][] calls =
        [
            ["{\\\"a\\\":\\\"}", "\\\\\\\"}\\\",", "\\\"b\\\":[{}]", "}"], ["{", "\\n", " }"],
            ["{\\\"c\\\":\\\"", "\\\\\\\\\\\"", "\\u007d"],
        ];
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var next = new int[calls.Length];
            List<string> chunks = [Role];
            while (Enumerable.Range(0, calls.Length).Where(i => next[i] < calls[i].Length).ToArray()
                is { Length: > 0 } left)
            {
                var call = left[random.Next(left.Length)];
                var isFirst = next[call] == 0;
                chunks.Add(Call(call, isFirst ? $"\"{call}\"" : null, isFirst ? $"f{call}" : null,
                    calls[call][next[call]++]));
            }

            var (events, reader) = Stream("openai", [.. chunks, Finish("tool_calls"), "[DONE]"]);

            Assert.True(reader.Fault is null, $"seed {seed}, round {round}: {reader.Fault?.Message}");
            var told = events.Split("event: content_block_start").Skip(1).Select(block =>
                $"{block[block.IndexOf("\"id\":\"", StringComparison.Ordinal) + 6]}{Arguments(block)}");
            Assert.Equal(calls.Select((pieces, i) => i + string.Concat(pieces)), told.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Going_on_with_a_call_that_has_ended_is_a_fault_and_not_another_call()
    {
        var (_, reader) = Stream("openai", Role, Call(0, "\"a\"", "f", "{}"), Call(1, "\"b\"", "g", "{}"),
            Call(0, null, null, "}"));

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
        Assert.Contains("a call of a tool that has ended", reader.Fault.Message);
    }

    [Fact]
    public void Nothing_said_of_a_call_that_has_ended_is_no_fault()
    {
        var (_, reader) = Stream("openai", Role, Call(0, "\"a\"", "f", "{}"), Call(1, "\"b\"", "g", "{}"),
            Call(0, "\"a\"", "f", ""));

        Assert.Null(reader.Fault);
    }

    [Fact]
    public void More_than_is_kept_of_waiting_calls_is_a_fault_that_says_so()
    {
        var piece = Call(1, null, null, new string('x', 1 << 20));

        var (events, reader) = Stream("openai", [Role, Call(0, "\"a\"", "f", "{"), Call(1, "\"b\"", "g", "{"),
            .. Enumerable.Repeat(piece, 4)]);

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
        Assert.Contains("more than 4194304 bytes of calls of tools would have to wait", reader.Fault.Message);
        Assert.DoesNotContain("xx", events);
    }

    [Fact]
    public void More_calls_than_any_model_makes_are_a_fault()
    {
        var (_, reader) = Stream("openai",
            [Role, .. Enumerable.Range(0, 1025).Select(i => Call(i, $"\"{i}\"", "f", "{}"))]);

        Assert.Contains("more than 1024 calls of tools", reader.Fault!.Message);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":1,"delta":{"content":"a"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{}}]}}]}""")]
    public void What_has_no_place_in_a_message_is_a_fault(string chunk)
    {
        var (_, reader) = Stream("openai", Role, chunk);

        Assert.Equal(Outcome.BadAnswer, reader.Fault!.Outcome);
    }

    [Fact]
    public void A_message_that_begins_with_its_content_and_its_end_goes_through()
    {
        const string whole = """{"type":"message_start","message":{"id":"m","content":[{"type":"tool_use","id":"t"}],"""
            + """ "stop_reason":"tool_use","usage":{"input_tokens":9,"output_tokens":1}}}""";

        var (passed, reader) = Stream("anthropic", whole, """{"type":"message_stop"}""");

        Assert.Equal($"data: {whole}\n\n" + Event("message_stop"), passed);
        Assert.Null(reader.Fault);
        Assert.Equal(new Usage(9, 1), reader.Usage);
    }

    [Fact]
    public void Anthropics_own_events_go_through_as_they_are()
    {
        string[] events =
        [
            """{"type":"message_start","message":{"id":"m","usage":{"input_tokens":9,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type": "ping"}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"},"new":1}""",
            """{"type":"brand_new"}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}""",
        ];

        var (passed, reader) = Stream("anthropic", [.. events, """{"type":"message_stop"}"""]);

        Assert.Equal(string.Concat(events.Select(one => $"data: {one}\n\n")) + Event("message_stop"), passed);
        Assert.True(reader.IsFinished);
        Assert.Equal(new Usage(9, 7), reader.Usage);
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"busy"}}""", Outcome.ServerError)]
    [InlineData("""{"type":"content_block_stop"}}""", Outcome.BadAnswer)]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{}}""", Outcome.BadAnswer)]
    [InlineData("""[1]""", Outcome.BadAnswer)]
    public void A_bad_event_of_anthropics_is_a_fault(string data, Outcome outcome)
    {
        var (passed, reader) = Stream("anthropic", data);

        Assert.Equal(("", outcome), (passed, reader.Fault!.Outcome));
    }

    [Fact]
    public void What_stands_behind_a_second_byte_order_mark_has_not_been_checked_and_is_not_told()
    {
        var call = CallerWire.Call(Streamed);
        using var parser = new SseParser();
        using var output = new PooledBuffer();
        var reader = Provider(call).OpenStream(new AnswerContext(call, "x", 0));
        var wire = Encoding.UTF8.GetBytes("\uFEFF\uFEFFdata: " + Call(0, "\"a\"", "f", "\\u1") + "\n\n");

        Assert.True(parser.TryRead(wire, atEnd: false, out var sse, out _));
        reader.Read(sse, output);

        Assert.Equal("", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static string Arguments(string events) =>
        string.Concat(events.Split("\"partial_json\":\"").Skip(1).Select(piece =>
            piece[..piece.IndexOf("\"}}\n", StringComparison.Ordinal)]));

    private static string Delta(string delta) =>
        $$$"""{"id":"c1","model":"gpt","choices":[{"index":0,"delta":{{{delta}}}}]}""";

    private static string Finish(string reason) =>
        $$"""{"id":"c1","model":"gpt","choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""";

    private static string Call(int index, string? id, string? name, string arguments)
    {
        var start = id is null ? "" : $"\"id\":{id},";
        var called = name is null ? "" : $"\"name\":\"{name}\",";
        return Delta($"{{\"tool_calls\":[{{\"index\":{index},{start}"
            + $"\"function\":{{{called}\"arguments\":\"{arguments}\"}}}}]}}");
    }

    private static string Text(int index, string text) => Event("content_block_delta",
        $"\"index\":{index},\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}");

    private static string Json(int index, string json) => Event("content_block_delta",
        $"\"index\":{index},\"delta\":{{\"type\":\"input_json_delta\",\"partial_json\":\"{json}\"}}");

    private static string Tool(int index, string id, string name) => Event("content_block_start",
        $"\"index\":{index},\"content_block\":{{\"type\":\"tool_use\","
        + $"\"id\":\"{id}\",\"name\":\"{name}\",\"input\":{{}}}}");

    private static string End(string reason, int input, int output) => Event("message_delta", $$"""
        "delta":{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{"input_tokens":{{input}},
        "cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":{{output}}}
        """.Joined()) + Event("message_stop");
}
