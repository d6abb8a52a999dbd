using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.CallerWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Requests to the Messages API on their way to a provider of another dialect, and to Anthropic.</summary>
public class CallerRequestTests
{
    [Fact]
    public void A_request_to_anthropic_goes_through_but_for_its_model()
    {
        const string Body = """
            { "max_tokens":1, "new_field": {"a":[1.0e5]}, "model":"m",
              "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],
              "thinking":{"type":"enabled","budget_tokens":1024}, "messages":[{"role":"user","content":"hi"}] }
            """;

        Assert.Equal(Body.Replace("\"m\"", "\"x\""), Request(Body, "anthropic"));
    }

    [Theory]
    [InlineData("T,X", "X")]
    [InlineData("X , T", "X ")]
    [InlineData("T , T,X", " X")]
    [InlineData("X,T,Y,T", "X,Y")]
    public void Thoughts_of_other_providers_stay_behind_on_the_way_to_anthropic(string given, string kept)
    {
        const string Body = """
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"},
            {"role":"assistant","content":[CONTENT]},{"role":"user","content":"go on"}]}
            """;

        var request = Request(Body.Replace("CONTENT", Named(given)), "anthropic");

        Assert.Equal(Body.Replace("\"m\"", "\"x\"").Replace("CONTENT", Named(kept)), request);

        static string Named(string blocks) => blocks
            .Replace("T", """{"type":"thinking","thinking":"\"a\",","signature" : ""}""")
            .Replace("X", """{"type":"text","text":"\"signature\":\"\""}""")
            .Replace("Y", """{"type":"thinking","thinking":"b","signature":"s"}""");
    }

    [Fact]
    public void A_message_of_such_thoughts_alone_stays_behind_too()
    {
        var request = Request("""
            {"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[
            {"type":"thinking","thinking":"a","signature":""}]}],"max_tokens":1,"model":"m"}
            """, "anthropic");

        Assert.Equal("""{"messages":[{"role":"user","content":"hi"}],"max_tokens":1,"model":"x"}""", request.Trim());
    }

    [Fact]
    public void A_conversation_becomes_a_chat()
    {
        var chat = Request("""
            {"model":"m","max_tokens":100,"system":"be kind","temperature":0.5,"top_p":0.9,"stream":false,
            "stop_sequences":["a","b"],"metadata":{"user_id":"u\n1"},"service_tier":"standard_only",
            "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"},
            {"role":"user","content":[{"type":"text","text":"and","cache_control":{"type":"ephemeral"}}]}]}
            """);

        Assert.Equal("""
            {"model":"x","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"},
            {"role":"assistant","content":"ho"},{"role":"user","content":[{"type":"text","text":"and"}]}],
            "max_completion_tokens":100,"temperature":0.5,"top_p":0.9,"stop":["a","b"],"user":"u\n1",
            "service_tier":"default"}
            """.Joined(), chat);
    }

    [Theory]
    [InlineData("\"cache_control\":{\"type\":\"ephemeral\"}")]
    [InlineData("\"eager_input_streaming\":true")]
    [InlineData("\"input_examples\":[{\"a\":1}]")]
    [InlineData("\"defer_loading\":false,\"allowed_callers\":[\"direct\"],\"type\":\"custom\"")]
    [InlineData("\"allowed_callers\":[\"code_execution_20250825\",\"direct\"]")]
    [InlineData("\"defer_loading\":null,\"allowed_callers\":null,\"brand_new\":null")]
    public void What_a_tool_says_to_anthropic_alone_stays_behind_where_the_answer_is_the_same(string member) =>
        Assert.Equal(Tool(""), Tool("," + member));

    [Theory]
    [InlineData("\"defer_loading\":true", "tools[0].defer_loading")]
    [InlineData("\"allowed_callers\":[\"code_execution_20250825\"]", "tools[0].allowed_callers")]
    [InlineData("\"allowed_callers\":[\"code_execution_20250825\",\"other\"]", "tools[0].allowed_callers")]
    [InlineData("\"brand_new\":1", "tools[0].brand_new")]
    public void What_a_tool_says_that_changes_the_answer_is_refused_by_name_or_dropped(string member, string name)
    {
        Assert.Equal(name, Assert.Throws<UnsupportedFieldException>(() => Tool("," + member)).Field);
        Assert.Equal(Tool(""), Tool("," + member, drop: true));
    }

    [Theory]
    [InlineData("\"defer_loading\":5", "tools[0].defer_loading")]
    [InlineData("\"allowed_callers\":\"direct\"", "tools[0].allowed_callers")]
    [InlineData("\"allowed_callers\":[5]", "tools[0].allowed_callers[0]")]
    [InlineData("\"type\":5", "tools[0].type")]
    public void What_a_tool_says_in_the_wrong_shape_is_never_dropped(string member, string name)
    {
        var refused = Assert.Throws<UnsupportedFieldException>(() => Tool("," + member, drop: true));

        Assert.Equal((name, "invalid_value"), (refused.Field, refused.Code));
    }

    [Theory]
    [InlineData("\"tool_choice\":{\"type\":\"foo\"}", "tool_choice.type")]
    [InlineData("\"tool_choice\":{\"type\":\"tool\"}", "tool_choice.name")]
    [InlineData("\"tool_choice\":{\"type\":\"any\"}", "tool_choice")]
    [InlineData("\"tools\":[],\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":5}",
        "tool_choice.disable_parallel_tool_use")]
    public void A_choice_is_looked_at_without_tools_too(string field, string name) =>
        Assert.Equal(name, Refused($"{Plain[..^1]},{field}}}", drop: true));

    private static string Tool(string members, bool drop = false) => Fields(
        "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}" + members + "}]", drop: drop);

    [Theory]
    [InlineData("web_search", "\"auto\"")]
    [InlineData("f", "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}")]
    public void A_tool_that_is_left_out_is_not_chosen(string chosen, string carried) => Assert.EndsWith(
        $"\"tool_choice\":{carried},\"parallel_tool_calls\":false", Fields($$$"""
            "tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f","input_schema":{"type":"object"}}],
            "tool_choice":{"type":"tool","name":"{{{chosen}}}","disable_parallel_tool_use":true}
            """, drop: true));

    [Fact]
    public void Providers_other_than_openai_get_the_old_name_of_the_limit()
    {
        Assert.Equal("""{"model":"x","messages":[{"role":"user","content":"hi"}],"max_tokens":100}""",
            Request(Plain, "groq"));
    }

    [Fact]
    public void A_stream_asks_for_its_usage()
    {
        Assert.Equal(
            """
            {"stream_options":{"include_usage":true},"model":"x","messages":[{"role":"user","content":"hi"}],
            "max_completion_tokens":100,"stream":true}
            """.Joined(), Request(Streamed));
    }

    [Fact]
    public void System_blocks_become_parts_and_their_cache_marks_stay_behind()
    {
        var chat = Request("""
            {"model":"m","max_tokens":100,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},
            {"type":"text","text":"b"}],"messages":[{"role":"user","content":"hi"}]}
            """);

        Assert.StartsWith("""
            {"model":"x","messages":[{"role":"system","content":[{"type":"text","text":"a"},
            {"type":"text","text":"b"}]},{"role":"user"
            """.Joined(), chat);
    }

    [Fact]
    public void Calls_of_tools_and_their_results_become_messages_in_openais_order()
    {
        var messages = Messages("""
            [{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"I look"},
            {"type":"tool_use","id":"t1","name":"f","input":{"a":"\"q\""}},
            {"type":"tool_use","id":"t2","name":"g","input":{}}]},
            {"role":"user","content":[{"type":"text","text":"here"},
            {"type":"tool_result","tool_use_id":"t1","content":"42"},
            {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"no"}]},
            {"type":"tool_result","tool_use_id":"t3"}]}]
            """);

        Assert.Equal("""
            [{"role":"assistant","content":"I look","tool_calls":[
            {"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\\"q\\\"\"}"}},
            {"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"t1","content":"42"},
            {"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"The tool failed:"},
            {"type":"text","text":"no"}]},
            {"role":"tool","tool_call_id":"t3","content":""},
            {"role":"user","content":[{"type":"text","text":"here"}]}]
            """.Joined(), messages);
    }

    [Theory]
    [InlineData("gemini", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],"
        + "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}",
        "tool_choice.disable_parallel_tool_use")]
    public void What_a_provider_refuses_has_the_callers_own_name(string type, string fields, string field)
    {
        var refused = Assert.Throws<UnsupportedFieldException>(() => Fields(fields, type));

        Assert.Equal(field, refused.Field);
        Assert.StartsWith(field, refused.Message);
    }

    [Fact]
    public void Images_and_documents_become_parts_and_links_are_passed_on()
    {
        var messages = Messages("""
            [{"role":"user","content":[
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
            {"type":"image","source":{"type":"url","url":"https:\/\/a\/b.png"}},
            {"type":"document","title":"T","source":{"type":"base64","media_type":"application/pdf","data":"eA=="}},
            {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]}]
            """);

        Assert.Equal("""
            [{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},
            {"type":"image_url","image_url":{"url":"https:\/\/a\/b.png"}},
            {"type":"file","file":{"filename":"T","file_data":"data:application/pdf;base64,eA=="}},
            {"type":"text","text":"words"}]}]
            """.Joined(), messages);
    }

    [Fact]
    public void Tools_become_functions()
    {
        var tools = Fields("""
            "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,
            "cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{"type":"object"}}]
            """);

        Assert.Equal("""
            "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},
            "strict":true}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}]
            """.Joined(), tools);
    }

    [Theory]
    [InlineData("""{"type":"auto"}""", "\"auto\"")]
    [InlineData("""{"type":"any"}""", "\"required\"")]
    [InlineData("""{"type":"none"}""", "\"none\"")]
    [InlineData("""{"type":"tool","name":"f"}""", """{"type":"function","function":{"name":"f"}}""")]
    [InlineData("""{"type":"any","disable_parallel_tool_use":true}""", "\"required\",\"parallel_tool_calls\":false")]
    public void A_choice_among_tools_is_kept(string given, string carried)
    {
        var fields = Fields($$$"""
            "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{{{given}}}
            """);

        Assert.EndsWith($"\"tool_choice\":{carried}", fields);
    }

    [Theory]
    [InlineData("""{"type":"enabled","budget_tokens":20}""", "low")]
    [InlineData("""{"type":"enabled","budget_tokens":50}""", "medium")]
    [InlineData("""{"type":"enabled","budget_tokens":80}""", "high")]
    public void A_budget_for_thinking_becomes_an_effort(string thinking, string effort)
    {
        Assert.Equal($"\"reasoning_effort\":\"{effort}\"", Fields($"\"thinking\":{thinking}"));
    }

    [Theory]
    [InlineData("low", "low")]
    [InlineData("max", "xhigh")]
    public void An_effort_comes_before_a_budget(string given, string carried)
    {
        Assert.Equal($"\"reasoning_effort\":\"{carried}\"", Fields($$$"""
            "thinking":{"type":"adaptive"},"output_config":{"effort":"{{{given}}}"}
            """));
    }

    [Fact]
    public void A_schema_for_the_answer_becomes_a_response_format()
    {
        Assert.Equal("""
            "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},
            "strict":true}}
            """.Joined(), Fields("""
            "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}
            """));
    }

    [Theory]
    [InlineData("\"top_k\":5", "top_k")]
    [InlineData("\"container\":\"c\"", "container")]
    [InlineData("\"mcp_servers\":[]", "mcp_servers")]
    [InlineData("\"context_management\":{}", "context_management")]
    [InlineData("\"output_config\":{\"new\":1}", "output_config.new")]
    [InlineData("\"service_tier\":\"fast\"", "service_tier")]
    [InlineData("\"metadata\":{\"team\":\"a\"}", "metadata.team")]
    [InlineData("\"thinking\":{\"type\":\"new\"}", "thinking.type")]
    [InlineData("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", "tools[0].type")]
    public void What_has_no_counterpart_is_refused_by_name_or_left_out(string field, string name)
    {
        Assert.Equal(name, Refused($$"""{{Plain[..^1]}},{{field}}}"""));
        Assert.Equal("", Fields(field, drop: true));
    }

    [Theory]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":{},\"strict\":\"true\"}]", "tools[0].strict")]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":{},\"description\":1}]", "tools[0].description")]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":{}}],"
        + "\"tool_choice\":{\"type\":\"any\",\"disable_parallel_tool_use\":1}",
        "tool_choice.disable_parallel_tool_use")]
    public void What_is_no_flag_and_no_text_is_not_taken_for_nothing(string field, string name) =>
        Assert.Equal(name, Refused($$"""{{Plain[..^1]}},{{field}}}""", drop: true));

    [Theory]
    [InlineData("\"output_config\":{\"effort\":\"low\"}", "output_config.effort")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1}", "thinking")]
    public void An_effort_that_a_target_lacks_is_named_as_the_caller_wrote_it(string field, string name) =>
        Assert.Equal(name, Refused($$"""{{Plain[..^1]}},{{field}}}""", "cohere"));

    [Fact]
    public void Providers_other_than_openai_judge_top_k_themselves()
    {
        Assert.Equal("\"top_k\":5", Fields("\"top_k\":5", "openai-compatible"));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":7}]""", "messages[0].content")]
    [InlineData("""[{"role":"robot","content":"a"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user","content":["a"]}]""", "messages[0].content[0]")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0].text")]
    [InlineData("""[{"role":"user","content":[{"type":"search_result"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]""",
        "messages[0].content[0].source")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result"}]}]""", "messages[0].content[0].tool_use_id")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"x"}]}]}]""",
        "messages[0].content[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":"false"}]}]""",
        "messages[0].content[0].is_error")]
    [InlineData("""[{"role":"assistant","content":[{"type":"image"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"x"}]}]""",
        "messages[0].content[0].input")]
    public void Content_that_cannot_be_carried_is_refused_even_where_options_are_left_out(string messages, string field)
    {
        var body = $$"""{"model":"m","max_tokens":1,"messages":{{messages}}}""";

        Assert.Equal(field, Refused(body));
        Assert.Equal(field, Refused(body, drop: true));
    }

    [Theory]
    [InlineData("bedrock", "messages[3]", """{"type":"image","source":{"type":"url","url":"http://a"}}""")]
    [InlineData("cohere", "messages[3]",
        """{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}""")]
    public void A_targets_refusal_names_the_message_that_the_caller_wrote(string type, string field, string block) =>
        Assert.Equal(field, Refused($$"""
            {"model":"m","max_tokens":1,"system":"S","messages":[{"role":"user","content":"a"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"}]},
            {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{} },
            {"type":"tool_use","id":"u","name":"f","input":{} }]},{"role":"user","content":[
            {"type":"tool_result","tool_use_id":"t","content":"x"},{"type":"tool_result","tool_use_id":"u"},
            {{block}}]}]}
            """, type));

    [Fact]
    public void Targets_that_take_the_same_share_one_translation()
    {
        var call = Call();
        using var one = new PooledBuffer();
        using var other = new PooledBuffer();
        var made = 0;

        Provider(call, "openai").WriteBody(call, "x", one);
        Provider(call, "azure-openai").WriteBody(call, "y", other);
        var hub = call.InHub(2, _ =>
        {
            made++;
            return call;
        });

        Assert.Equal(0, made);
        Assert.Equal(Dialect.OpenAi, hub.Dialect);
        Assert.Equal(Encoding.UTF8.GetString(one.WrittenSpan).Replace("\"x\"", "\"y\""),
            Encoding.UTF8.GetString(other.WrittenSpan));
    }

    [Fact]
    public void A_conversation_of_too_many_values_is_refused()
    {
        var values = new StringBuilder(Plain[..^1] + ",\"x\":[");
        values.Insert(values.Length, "1,", (1 << 20) + 1).Append("1]}");

        Assert.Equal("body", Refused(values.ToString(), drop: true));
    }
}
