using System.Text.Json;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

public class BedrockRequestTests
{
    private const string Tool = """
        {"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","x":1}}}
        """;
    private const string ToolSpec = """
        {"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object","x":1}}}}
        """;

    [Theory]
    [InlineData("amazon.nova-lite-v1:0", false, "/model/amazon.nova-lite-v1%3A0/converse")]
    [InlineData("amazon.nova-lite-v1:0", true, "/model/amazon.nova-lite-v1%3A0/converse-stream")]
    [InlineData("a/../b?c#d", false, "/model/a%2F..%2Fb%3Fc%23d/converse")]
    [InlineData("modèle 1", false, "/model/mod%C3%A8le%201/converse")]
    public void The_model_is_one_segment_of_the_address(string model, bool stream, string path)
    {
        var url = Provider().UrlFor(Call(stream: stream), model);

        Assert.Equal("https://bedrock-runtime.eu-central-1.amazonaws.com" + path, url.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public void A_name_that_would_lead_elsewhere_is_refused(string model) =>
        Assert.Equal("model", Refused("""{"messages":[]}""", model: model).Field);

    [Fact]
    public void System_and_user_messages_are_carried() => Assert.Equal(
        """
        "system":[{"text":"A\n"},{"text":"B"},{"text":"C"}],
        "messages":[{"role":"user","content":[{"text":"Hi"}]}]
        """.Joined(),
        Messages("""
            [{"role":"system","content":"A\n"},{"role":"developer","content":[{"type":"text","text":"B"},
            {"type":"text","text":""}]},{"role":"user","content":"Hi"},{"role":"system","content":"C"}]
            """));

    [Fact]
    public void Neighbours_of_one_role_become_one_message() => Assert.Equal(
        """
        "messages":[{"role":"user","content":[{"text":"A"},{"text":"B"}]},
        {"role":"assistant","content":[{"text":"C"},{"text":"No"}]},{"role":"user","content":[{"text":"D"}]}]
        """.Joined(),
        Messages("""
            [{"role":"user","content":"A"},{"role":"user","content":"B"},{"role":"assistant","content":"C",
            "refusal":"No"},{"role":"assistant","content":""},{"role":"user","content":"D"}]
            """));

    [Fact]
    public void Calls_at_once_and_their_results_are_carried_together() => Assert.Equal(
        """
        "messages":[{"role":"user","content":[{"text":"A"}]},{"role":"assistant","content":[
        {"toolUse":{"toolUseId":"a_1","name":"f","input":{"x": "\u00e4"}}},
        {"toolUse":{"toolUseId":"b","name":"g","input":{}}}]},{"role":"user","content":[
        {"toolResult":{"toolUseId":"a_1","content":[{"text":"1"}]}},
        {"toolResult":{"toolUseId":"b","content":[{"text":"2"},{"image":{"format":"png",
        "source":{"bytes":"iVBO"}}}]}},{"toolResult":{"toolUseId":"c","content":[]}}]}]
        """.Joined(),
        Messages("""
            [{"role":"user","content":"A"},{"role":"assistant","content":null,"tool_calls":[{"id":"a.1",
            "type":"function","function":{"name":"f","arguments":"{\"x\": \"\\u00e4\"}"}},{"id":"b",
            "type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"a.1","content":"1"},{"role":"tool","tool_call_id":"b","content":[
            {"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]},
            {"role":"tool","tool_call_id":"c","content":""}]
            """));

    [Theory]
    [InlineData("image/png", "png")]
    [InlineData("image/jpeg", "jpeg")]
    [InlineData("image/jpg", "jpeg")]
    [InlineData("image/gif", "gif")]
    [InlineData("image/webp", "webp")]
    public void An_image_is_carried_by_its_format(string type, string format) => Assert.Equal(
        $$$$"""
        "messages":[{"role":"user","content":[{"image":{"format":"{{{{format}}}}","source":{"bytes":"iV+/"}}}]}]
        """,
        Messages($$$"""
            [{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:{{{type}}};base64,iV+/"}}]}]
            """));

    [Theory]
    [InlineData("https://a.example/x.png")]
    [InlineData("HTTP://a.example/x.png")]
    [InlineData("data:image/tiff;base64,iVBO")]
    [InlineData("data:image/png,x")]
    [InlineData("s3://bucket/x.png")]
    public void An_image_that_is_only_a_link_or_of_another_kind_is_refused_even_when_options_are_dropped(string url)
    {
        var refused = Refused($$$"""
            {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}
            """, drop: true);

        Assert.Equal("messages[0].content[0].image_url.url", refused.Field);
    }

    [Theory]
    [InlineData("application/pdf", "pdf")]
    [InlineData("text/csv", "csv")]
    [InlineData("text/html", "html")]
    [InlineData("text/plain", "txt")]
    [InlineData("text/markdown", "md")]
    [InlineData("application/msword", "doc")]
    [InlineData("application/vnd.ms-excel", "xls")]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")]
    [InlineData("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")]
    public void A_file_is_carried_by_its_format(string type, string format) => Assert.Contains(
        $$$$"""{"document":{"format":"{{{{format}}}}","name":"document-1","source":{"bytes":"JVBE"}}}""",
        Messages($$$"""
            [{"role":"user","content":[{"type":"file","file":{"filename":"Do as I say.pdf",
            "file_data":"data:{{{type}}};base64,JVBE"}}]}]
            """));

    [Fact]
    public void No_two_files_have_the_same_name()
    {
        const string file = """{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE"}}""";

        var written = Messages($$"""
            [{"role":"user","content":[{{file}},{{file}}]},{"role":"tool","tool_call_id":"t","content":[{{file}}]}]
            """);

        Assert.Contains("\"document-2\"", written);
        Assert.Contains("\"document-3\"", written);
    }

    [Theory]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"U","format":"wav"}}""", "type")]
    [InlineData("""{"type":"file","file":{"file_id":"f"}}""", "file.file_data")]
    [InlineData("""{"type":"file","file":{"file_data":"data:video/mp4;base64,U"}}""", "file.file_data")]
    public void Other_parts_are_refused_by_name(string part, string field) => Assert.Equal(
        "messages[0].content[0]." + field,
        Refused($$"""{"messages":[{"role":"user","content":[{{part}}]}]}""", drop: true).Field);

    [Fact]
    public void Sampling_options_and_stop_words_are_carried() => Assert.Equal(
        """
        "inferenceConfig":{"maxTokens":7,"temperature":0.50,"topP":0.9,"stopSequences":["a","\n"]}
        """,
        Options("""
            "max_tokens":7,"max_completion_tokens":7,"temperature":0.50,"top_p":0.9,"stop":["a","\n"],"user":"u",
            "safety_identifier":"s","service_tier":"auto","n":1,"seed":null
            """));

    [Fact]
    public void There_is_always_a_limit_because_its_absence_costs_quota() =>
        Assert.Equal("""
            "inferenceConfig":{"maxTokens":4096}
            """, Options("\"stream\":true"));

    [Theory]
    [InlineData("seed", "7")]
    [InlineData("n", "2")]
    [InlineData("logprobs", "true")]
    [InlineData("logit_bias", """{"1":1}""")]
    [InlineData("presence_penalty", "0.1")]
    [InlineData("parallel_tool_calls", "false")]
    [InlineData("temperature", "1.5")]
    [InlineData("top_k", "5")]
    [InlineData("thinking", """{"type":"enabled"}""")]
    [InlineData("reasoning_effort", "\"low\"")]
    [InlineData("reasoning_effort", "\"much\"")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("service_tier", "\"scale\"")]
    [InlineData("web_search_options", "{}")]
    [InlineData("unheard_of", "1")]
    public void Options_without_a_counterpart_are_refused_by_name_or_left_out(string field, string value)
    {
        var options = $"\"{field}\":{value}";

        const string model = "meta.llama3-8b-instruct-v1:0";

        Assert.Equal(
            field,
            Refused($$"""{"messages":[{"role":"user","content":"Hi"}],{{options}}}""", model: model).Field);
        Assert.Equal("", More(options, drop: true, model));
    }

    [Theory]
    [InlineData("auto", ""","toolChoice":{"auto":{}}""")]
    [InlineData("required", ""","toolChoice":{"any":{}}""")]
    public void Tools_and_a_choice_among_them_are_carried(string choice, string expected) => Assert.Equal(
        $$"""
        "toolConfig":{"tools":[{{ToolSpec}}]{{expected}}}
        """,
        More($$"""
            "tools":[{{Tool}}],"tool_choice":"{{choice}}","parallel_tool_calls":true
            """));

    [Fact]
    public void One_tool_can_be_demanded_and_a_strict_one_offered() => Assert.Equal(
        """
        "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}},
        "strict":true}}],"toolChoice":{"tool":{"name":"f"}}}
        """.Joined(),
        More("""
            "tools":[{"type":"function","function":{"name":"f","description":"","strict":true}}],
            "tool_choice":{"type":"function","function":{"name":"f"}}
            """));

    [Fact]
    public void Without_a_choice_nothing_is_said_of_it() =>
        Assert.Equal($$"""
            "toolConfig":{"tools":[{{ToolSpec}}]}
            """, More($"\"tools\":[{Tool}]"));

    [Fact]
    public void Tools_that_may_not_be_called_are_not_offered() =>
        Assert.Equal("", More($"\"tools\":[{Tool}],\"tool_choice\":\"none\""));

    [Fact]
    public void Tools_cannot_be_forbidden_where_some_have_been_called()
    {
        const string body = $$$"""
            {"messages":[{"role":"user","content":"A"},{"role":"assistant","tool_calls":[{"id":"t","type":"function",
            "function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":"r"}],
            "tools":[{{{Tool}}}],"tool_choice":"none"}
            """;

        Assert.Equal("tool_choice", Refused(body).Field);
        Assert.EndsWith($$$"""
            "toolConfig":{"tools":[{{{ToolSpec}}}]}}
            """, Request(body, drop: true));
    }

    [Fact]
    public void A_schema_is_carried_as_text() => Assert.Equal(
        """
        "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{
        "schema":"{\"type\":\"object\",\"a\":\"\\n\"}","name":"n","description":"d"}}}}
        """.Joined(),
        More("""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,
            "schema":{"type":"object","a":"\n"}}}
            """));

    [Theory]
    [InlineData("flex")]
    [InlineData("priority")]
    public void A_service_tier_is_carried(string tier) => Assert.Equal(
        $$$"""
        "serviceTier":{"type":"{{{tier}}}"}
        """, More($"\"service_tier\":\"{tier}\""));

    [Fact]
    public void Marks_for_the_cache_are_put_behind_what_they_mark_where_the_model_keeps_it()
    {
        const string body = $$$"""
            {"max_tokens":9,"messages":[{"role":"system","content":[{"type":"text","text":"S",
            "cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user","content":[{"type":"text","text":"A",
            "cache_control":{"type":"ephemeral"}}]}],"tools":[{"type":"function","function":{"name":"f"},
            "cache_control":{"type":"ephemeral"}}]}
            """;
        const string mark = """,{"cachePoint":{"type":"default"}}""";

        var claude = Request(body, model: Claude);
        var nova = Request(body);
        var other = Request(body, model: "meta.llama3-8b-instruct-v1:0");

        Assert.Contains("""{"text":"S"},{"cachePoint":{"type":"default","ttl":"1h"}}]""", claude);
        Assert.Contains("""{"text":"A"}""" + mark + "]", claude);
        Assert.Contains("""{"type":"object","properties":{}}}}}""" + mark + "]", claude);
        Assert.Contains("""{"text":"S"}""" + mark + "]", nova);
        Assert.Contains("""{"type":"object","properties":{}}}}}]""", nova);
        Assert.DoesNotContain("cachePoint", other);
    }

    [Theory]
    [InlineData(Claude, "low", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}")]
    [InlineData("global.anthropic.claude-opus-4-6-v1", "high",
        "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"high\"}")]
    [InlineData("us.amazon.nova-2-lite-v1:0", "xhigh",
        "\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\"high\"}")]
    [InlineData("openai.gpt-oss-120b-1:0", "minimal", "\"reasoning_effort\":\"low\"")]
    [InlineData("us.openai.gpt-5.6-sol", "none", "\"reasoning\":{\"effort\":\"none\"}")]
    [InlineData("us.openai.gpt-5.6-sol", "minimal", "\"reasoning\":{\"effort\":\"low\"}")]
    [InlineData("us.openai.gpt-5.6-sol", "xhigh", "\"reasoning\":{\"effort\":\"xhigh\"}")]
    [InlineData("moonshotai.kimi-k2-thinking", "medium", "\"reasoning_effort\":\"medium\"")]
    [InlineData("qwen.qwen3-32b-v1:0", "high", "\"reasoning_config\":\"high\"")]
    [InlineData("arn:aws:bedrock:eu:1:inference-profile/eu.qwen.qwen3-32b-v1:0", "high",
        "\"reasoning_config\":\"high\"")]
    public void An_effort_is_told_to_each_family_in_its_own_words(string model, string effort, string expected) =>
        Assert.Equal(
            $$"""
            "additionalModelRequestFields":{{{expected}}}
            """, More($"\"reasoning_effort\":\"{effort}\"", model: model));

    [Theory]
    [InlineData(Claude)]
    [InlineData(Model)]
    [InlineData("openai.gpt-oss-120b-1:0")]
    public void No_effort_needs_no_word(string model) =>
        Assert.Equal("", More("\"reasoning_effort\":\"none\"", model: model));

    [Fact]
    public void Options_of_a_family_go_where_the_model_finds_them()
    {
        Assert.Equal("""
            "additionalModelRequestFields":{"top_k":5,"thinking":{"type":"disabled"}}
            """, More("\"top_k\":5,\"thinking\":{\"type\":\"disabled\"}", model: Claude));
        Assert.Equal("""
            "additionalModelRequestFields":{"inferenceConfig":{"topK":5}}
            """, More("\"top_k\":5"));
        Assert.Equal("""
            "additionalModelRequestFields":{"inferenceConfig":{"topK":5},"reasoningConfig":{"type":"enabled",
            "maxReasoningEffort":"low"}}
            """.Joined(), More("\"top_k\":5,\"reasoning_effort\":\"low\"", model: "eu.amazon.nova-2-lite-v1:0"));
    }

    [Fact]
    public void A_name_that_only_sounds_like_a_family_is_none_of_it() => Assert.Equal(
        "reasoning_effort",
        Refused("""{"messages":[],"reasoning_effort":"low"}""", model: "my-qwen.model").Field);

    [Theory]
    [InlineData("[]", "body")]
    [InlineData("""{"messages":{}}""", "messages")]
    [InlineData("""{"messages":[],"top_p":"1"}""", "top_p")]
    [InlineData("""{"messages":[],"temperature":"1"}""", "temperature")]
    [InlineData("""{"messages":[],"max_tokens":[]}""", "max_tokens")]
    [InlineData("""{"messages":[],"tools":{}}""", "tools")]
    [InlineData("""{"messages":[{"role":"tool","content":"r"}]}""", "messages[0].tool_call_id")]
    [InlineData("""{"messages":[{"role":"system","content":[{"type":"image_url"}]}]}""", "messages[0].content[0].type")]
    public void What_is_not_shaped_as_OpenAIs_API_says_is_refused_by_name(string body, string field) =>
        Assert.Equal(field, Refused(body, drop: true).Field);

    [Fact]
    public void What_is_written_is_JSON()
    {
        using var json = JsonDocument.Parse(Request("""
            {"messages":[{"role":"user","content":"\ud83d\ude00\""}],"stop":"x","service_tier":"flex",
            "response_format":{"type":"json_schema","json_schema":{"schema":{"a":"ä"}}},"reasoning_effort":"high"}
            """, model: "openai.gpt-oss-20b-1:0"));

        Assert.Equal(5, json.RootElement.EnumerateObject().Count());
    }
}
