using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>Requests to the Responses API on their way to a target that has none.</summary>
public class ResponsesRequestTests
{
    [Fact]
    public void Q2_a_response_is_asked_of_a_chat_where_the_target_has_no_such_api()
    {
        Assert.Equal("""
            {"model":"x","messages":[{"role":"system","content":"Be \"brief\""},{"role":"user","content":"hi"}]}
            """, Request("""{"model":"m","instructions":"Be \"brief\"","input":"hi"}"""));
    }

    [Fact]
    public void A_stream_asks_the_target_for_one_with_its_tokens_counted()
    {
        Assert.Equal("""
            {"stream_options":{"include_usage":true},"model":"x","messages":[{"role":"user","content":"hi"}],"stream":true}
            """, Request("""{"model":"m","stream":true,"input":"hi"}""", stream: true));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":"a"}]""", """[{"role":"user","content":"a"}]""")]
    [InlineData("""[{"role":"developer","content":"a"},{"role":"system","content":[]}]""",
        """[{"role":"system","content":"a"},{"role":"system","content":""}]""")]
    [InlineData("""[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]}]""",
        """[{"role":"user","content":"a"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]}]""",
        """[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]""")]
    [InlineData("""[{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]""",
        """[{"role":"assistant","content":"no"}]""")]
    [InlineData("""[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]""",
        """[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]""")]
    public void Messages_are_carried_over(string input, string expected) => Assert.Equal(expected, Messages(input));

    [Fact]
    public void Images_and_files_become_the_chats_parts()
    {
        Assert.Equal("""
            [{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}}]}]
            """.ReplaceLineEndings(""), Messages("""
            [{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"low"},
            {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}]}]
            """));
    }

    [Fact]
    public void Calls_join_the_assistants_message_and_thoughts_stay_behind()
    {
        Assert.Equal("""
            [{"role":"user","content":"q"},{"role":"assistant","content":"Let me see","tool_calls":[
            {"id":"a","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}},
            {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"a","content":"1"},
            {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]}]
            """.ReplaceLineEndings(""), Messages("""
            [{"role":"user","content":"q"},{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[
            {"type":"output_text","text":"Let me see","annotations":[]}]},
            {"type":"reasoning","id":"rs_1","summary":[]},
            {"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":"{\"q\":1}","status":"completed"},
            {"type":"reasoning","id":"rs_2","summary":[]},
            {"type":"function_call","call_id":"b","name":"g","arguments":"{}"},
            {"type":"function_call_output","call_id":"a","output":"1"},
            {"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"x"},
            {"type":"input_text","text":"y"}]},
            {"type":"function_call","call_id":"c","name":"f","arguments":""}]
            """));
    }

    [Theory]
    [InlineData("\"max_output_tokens\":9", "\"max_tokens\":9")]
    [InlineData("\"temperature\":0.50,\"top_p\":1e-1", "\"temperature\":0.50,\"top_p\":1e-1")]
    [InlineData("\"top_logprobs\":2", "\"logprobs\":true,\"top_logprobs\":2")]
    [InlineData("\"top_logprobs\":0", "")]
    [InlineData("\"include\":[\"message.output_text.logprobs\",\"reasoning.encrypted_content\"]", "\"logprobs\":true")]
    [InlineData("\"reasoning\":{\"effort\":\"low\",\"summary\":\"auto\"}", "\"reasoning_effort\":\"low\"")]
    [InlineData("\"reasoning\":{\"effort\":null,\"generate_summary\":\"auto\",\"context\":\"auto\"}", "")]
    [InlineData("\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}", "")]
    [InlineData("\"text\":{\"verbosity\":\"low\"}", "\"verbosity\":\"low\"")]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_object\"}}", "\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"user\":\"u\",\"safety_identifier\":\"s\"", "\"user\":\"u\"")]
    [InlineData("\"safety_identifier\":\"s\"", "\"user\":\"s\"")]
    [InlineData("\"service_tier\":\"auto\"", "")]
    [InlineData("\"service_tier\":\"flex\"", "\"service_tier\":\"flex\"")]
    [InlineData("\"instructions\":null,\"tools\":null,\"metadata\":null", "")]
    public void An_option_is_carried_over(string field, string expected) => Assert.Equal(expected, Fields(field));

    [Theory]
    [InlineData("\"store\":true")]
    [InlineData("\"store\":false")]
    [InlineData("\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"background\":false")]
    [InlineData("\"truncation\":\"disabled\"")]
    [InlineData("\"stream_options\":{\"include_obfuscation\":false}")]
    [InlineData("\"prompt_cache_key\":\"k\",\"prompt_cache_retention\":\"24h\",\"max_tool_calls\":3")]
    [InlineData("\"previous_response_id\":null,\"conversation\":null,\"prompt\":null")]
    [InlineData("\"parallel_tool_calls\":true,\"tool_choice\":\"auto\"")]
    [InlineData("\"parallel_tool_calls\":false,\"tool_choice\":\"none\"")]
    public void What_changes_nothing_in_the_answer_is_left_out(string field) => Assert.Equal("", Fields(field));

    [Fact]
    public void A_schema_becomes_the_chats_format()
    {
        Assert.Equal("""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}
            """, Fields("""
            "text":{"format":{"type":"json_schema","name":"n","description":"d","strict":true,"schema":{"type":"object"}}}
            """));
    }

    [Fact]
    public void Tools_and_the_choice_among_them_go_one_level_deeper()
    {
        Assert.Equal("""
            "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},
            {"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"f"}},
            "parallel_tool_calls":false
            """.ReplaceLineEndings(""), Fields("""
            "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
            {"type":"function","name":"g","parameters":null,"strict":null,"allowed_callers":["direct","programmatic"]}],
            "tool_choice":{"type":"function","name":"f"},
            "parallel_tool_calls":false
            """));
    }

    [Theory]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"truncation\":\"auto\"", "truncation")]
    [InlineData("\"moderation\":{}", "moderation")]
    [InlineData("\"context_management\":[{}]", "context_management")]
    [InlineData("\"brand_new\":1", "brand_new")]
    [InlineData("\"reasoning\":{\"context\":\"all_turns\"}", "reasoning.context")]
    [InlineData("\"text\":{\"voice\":\"low\"}", "text.voice")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"defer_loading\":true}]", "tools[0].defer_loading")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"allowed_callers\":[\"programmatic\"]}]",
        "tools[0].allowed_callers")]
    [InlineData("\"tools\":[{\"type\":\"mcp\",\"server_label\":\"s\"}],\"tool_choice\":\"required\"", "tools[0].type")]
    public void An_option_without_a_counterpart_is_refused_by_name_or_left_out(string field, string name)
    {
        var body = $$"""{{Plain[..^1]}},{{field}}}""";

        var refused = Refused(body);

        Assert.Equal(name, refused.Field);
        Assert.StartsWith($"{name}: ", refused.Message);
        var dropped = Request(body, drop: true);
        Assert.DoesNotContain(name.Split('.')[^1], dropped);
        Assert.DoesNotContain("tool_choice", dropped);
    }

    [Theory]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [InlineData("\"conversation\":\"conv_1\"", "conversation")]
    [InlineData("\"prompt\":{\"id\":\"p\"}", "prompt")]
    [InlineData("\"instructions\":[]", "instructions")]
    [InlineData("\"max_output_tokens\":\"9\"", "max_output_tokens")]
    [InlineData("\"tools\":{}", "tools")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools[0].name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"allowed_callers\":\"direct\"}]",
        "tools[0].allowed_callers")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":[]}]", "tools[0].parameters")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":1}]", "tools[0].description")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"strict\":\"true\"}]", "tools[0].strict")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"function\"}",
        "tool_choice.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"parallel_tool_calls\":1", "parallel_tool_calls")]
    [InlineData("\"reasoning\":\"low\"", "reasoning")]
    [InlineData("\"reasoning\":{\"effort\":1}", "reasoning.effort")]
    [InlineData("\"text\":[]", "text")]
    [InlineData("\"text\":{\"format\":{\"type\":\"xml\"}}", "text.format.type")]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}}", "text.format.name")]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"}}", "text.format.schema")]
    [InlineData("\"user\":1", "user")]
    [InlineData("\"parallel_tool_calls\":5", "parallel_tool_calls")]
    [InlineData("\"tool_choice\":\"foo\"", "tool_choice")]
    [InlineData("\"tool_choice\":5", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":5}", "tool_choice.type")]
    [InlineData("\"tool_choice\":{\"type\":\"function\"}", "tool_choice.name")]
    [InlineData("\"tools\":[],\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}", "tool_choice")]
    [InlineData("\"include\":[5]", "include[0]")]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{},\"strict\":5}}",
        "text.format.strict")]
    [InlineData("\"metadata\":[]", "metadata")]
    [InlineData("\"top_logprobs\":\"2\"", "top_logprobs")]
    [InlineData("\"include\":\"a\"", "include")]
    public void What_must_not_be_left_out_is_refused_even_so(string field, string name) =>
        Assert.Equal(name, Refused($$"""{{Plain[..^1]}},{{field}}}""", drop: true).Field);

    [Theory]
    [InlineData("null", "input")]
    [InlineData("[]", "input")]
    [InlineData("{}", "input")]
    [InlineData("[\"a\"]", "input[0]")]
    [InlineData("[{\"type\":\"item_reference\",\"id\":\"i\"}]", "input[0].type")]
    [InlineData("[{\"type\":\"web_search_call\",\"id\":\"i\"}]", "input[0].type")]
    [InlineData("[{\"role\":\"tool\",\"content\":\"a\"}]", "input[0].role")]
    [InlineData("[{\"role\":\"user\"}]", "input[0].content")]
    [InlineData("[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\"}]}]", "input[0].content[0].type")]
    [InlineData("[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}]",
        "input[0].content[0].image_url")]
    [InlineData("[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"http://a\"}]}]",
        "input[0].content[0].file_data")]
    [InlineData("[{\"role\":\"system\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"http://a\"}]}]",
        "input[0].content[0].type")]
    [InlineData("[{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"\"}]", "input[0].call_id")]
    [InlineData("[{\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\"}]", "input[0].arguments")]
    [InlineData("[{\"type\":\"function_call_output\",\"call_id\":\"a\",\"output\":1}]", "input[0].output")]
    public void An_item_that_no_chat_has_is_refused_with_its_place(string input, string name) =>
        Assert.Equal(name, Refused($$"""{"model":"m","input":{{input}}}""", drop: true).Field);

    [Theory]
    [InlineData("\"text\":{\"verbosity\":\"low\"}", "anthropic", "text.verbosity")]
    [InlineData("\"reasoning\":{\"effort\":\"odd\"}", "anthropic", "reasoning.effort")]
    [InlineData("\"top_logprobs\":2", "anthropic", "top_logprobs")]
    [InlineData("\"include\":[\"message.output_text.logprobs\"]", "anthropic", "include")]
    public void A_targets_refusal_names_the_field_that_the_caller_wrote(string field, string type, string name)
    {
        var refused = Refused($$"""{{Plain[..^1]}},{{field}}}""", type);

        Assert.Equal(name, refused.Field);
        Assert.StartsWith($"{name}: ", refused.Message);
    }

    [Theory]
    [InlineData("bedrock", """{"role":"user","content":[{"type":"input_image","image_url":"http://a"}]}""")]
    [InlineData("bedrock", """{"type":"function_call","call_id":"c","name":"f","arguments":"[]"}""")]
    [InlineData("gemini", """{"type":"function_call_output","call_id":"nobody","output":"x"}""")]
    public void A_targets_refusal_names_the_item_that_the_caller_wrote(string type, string item)
    {
        var refused = Refused($$"""
            {"model":"m","instructions":"I","input":[{"role":"user","content":"a"},
            {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"reasoning","id":"r"},
            {"type":"function_call","call_id":"b","name":"f","arguments":"{}"},{"type":"reasoning","id":"r"},{{item}}]}
            """, type);

        Assert.Equal("input[5]", refused.Field);
        Assert.StartsWith("input[5]: ", refused.Message);
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "missing_field")]
    [InlineData("""{"model":"m","input":null}""", "missing_field")]
    [InlineData("""{"model":"m","input":1}""", "invalid_value")]
    [InlineData("""{"model":"m","input":"a","previous_response_id":"r"}""", "unsupported_value")]
    [InlineData("""{"model":"m","input":"a","tools":[{"type":"custom","name":"c"}]}""", "unsupported_value")]
    public void What_is_missing_is_told_from_what_is_wrong_and_what_cannot_be_done(string body, string code) =>
        Assert.Equal(code, Refused(body).Code);

    [Fact]
    public void A_target_with_the_api_gets_the_bytes_with_its_models_name()
    {
        Assert.Equal("""{"model":"x" , "input" : "hi","brand_new":[1 ],"previous_response_id":"r"}""",
            Request("""{"model":"m" , "input" : "hi","brand_new":[1 ],"previous_response_id":"r"}""", "openai"));
    }

    [Theory]
    [InlineData("openai", "http://p/v1/responses")]
    [InlineData("azure-openai", "http://p/v1/openai/v1/responses")]
    [InlineData("groq", "http://p/v1/chat/completions")]
    [InlineData("anthropic", "http://p/v1/messages")]
    public void Each_type_is_asked_at_its_own_address(string type, string url)
    {
        var call = Call();

        Assert.Equal(url, Provider(call, type).UrlFor(call, "x").AbsoluteUri);
    }

    [Fact]
    public void Thoughts_of_another_providers_answer_do_not_go_to_a_target_with_the_api()
    {
        const string Own = """{"type":"reasoning","id":"rs_holdfast_c1_0","summary":[]}""";
        const string Theirs = """{"type":"reasoning","id":"rs_1","summary":[]}""";

        Assert.Equal(
            "{\"model\":\"x\",\"input\":[{\"role\":\"user\",\"content\":\"rs_holdfast_\"}," + Theirs + " ]}",
            Request("{\"model\":\"m\",\"input\":[" + Own + ", " + "{\"role\":\"user\",\"content\":\"rs_holdfast_\"},"
                + Theirs + "," + Own + " ]}", "openai").Replace("[ {", "[{"));
    }

    [Theory]
    [InlineData(123, false)]
    [InlineData(124, true)]
    public void A_tool_that_is_too_deep_where_a_chat_has_it_is_refused(int depth, bool isRefused)
    {
        // As deep as the face takes; a chat has the parameters one level deeper.
        var parameters = "{\"a\":" + new string('[', depth) + new string(']', depth) + "}";
        var body = $$"""{{Plain[..^1]}},"tools":[{"type":"function","name":"f","parameters":{{parameters}}}]}""";

        var field = isRefused ? Refused(body, "mistral").Field : null;

        Assert.Equal(isRefused ? "body" : null, field);
        Assert.Equal(!isRefused, field is null && Request(body, "mistral").Contains(parameters));
    }
}
