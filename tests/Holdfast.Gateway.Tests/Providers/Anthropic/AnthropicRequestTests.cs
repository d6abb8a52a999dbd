using System.Text;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicRequestTests
{
    [Theory]
    [InlineData("", "4096")]
    [InlineData(""","max_tokens":7""", "7")]
    [InlineData(""","max_tokens":9,"max_completion_tokens":9""", "9")]
    [InlineData(""","max_completion_tokens":null,"max_tokens":null""", "4096")]
    public void The_newer_token_limit_wins_and_none_becomes_the_configured_one(string field, string expected)
    {
        var request = Wire.Request($$"""{"model":"smart","messages":[]{{field}}}""");

        Assert.Equal($$"""{"model":"claude-sonnet-4-5","max_tokens":{{expected}},"messages":[]}""", request);
    }

    [Fact]
    public void A_stream_is_asked_for_as_one()
    {
        const string body = """{"messages":[],"stream":true,"stream_options":{"include_usage":true}}""";

        var request = Wire.Request(body, stream: true);

        Assert.Equal("""{"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[],"stream":true}""", request);
    }

    [Theory]
    [InlineData(""" "stop":"END" """, """ "stop_sequences":["END"] """)]
    [InlineData(""" "stop":["a","b\n"] """, """ "stop_sequences":["a","b\n"] """)]
    [InlineData(""" "stop":[] """, "")]
    [InlineData(""" "temperature":0.5,"top_p":0.9,"top_k":40 """, """ "temperature":0.5,"top_p":0.9,"top_k":40 """)]
    [InlineData(""" "temperature":1 """, """ "temperature":1 """)]
    [InlineData(""" "thinking":{"type":"enabled","budget_tokens":1024} """,
        """ "thinking":{"type":"enabled","budget_tokens":1024} """)]
    [InlineData(""" "user":"u1" """, """ "metadata":{"user_id":"u1"} """)]
    [InlineData(""" "user":"u1","safety_identifier":"s1" """, """ "metadata":{"user_id":"s1"} """)]
    [InlineData(""" "response_format":{"type":"text"} """, "")]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}} """,
        """ "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}} """)]
    public void Options_become_their_counterparts(string options, string expected) =>
        Assert.Equal(expected.Trim(), Options(options.Trim()));

    [Theory]
    [InlineData(""" "n":1 """)]
    [InlineData(""" "n":null,"seed":null,"no_such_field":null,"verbosity":null,"reasoning_effort":null """)]
    [InlineData(""" "store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","prompt_cache_retention":"24h" """)]
    [InlineData(""" "service_tier":"auto" """)]
    [InlineData(""" "service_tier":"default" """)]
    [InlineData(""" "presence_penalty":0,"frequency_penalty":0.0,"logprobs":false,"logit_bias":{} """)]
    [InlineData(""" "modalities":["text"],"audio":null,"parallel_tool_calls":true,"tools":[],"tool_choice":"auto" """)]
    public void What_changes_nothing_is_left_out(string options) => Assert.Equal("", Options(options.Trim()));

    [Theory]
    [InlineData("n", "2")]
    [InlineData("logprobs", "true")]
    [InlineData("top_logprobs", "5")]
    [InlineData("logit_bias", """{"50256":-100}""")]
    [InlineData("presence_penalty", "0.5")]
    [InlineData("frequency_penalty", "-1")]
    [InlineData("seed", "7")]
    [InlineData("audio", """{"voice":"alloy"}""")]
    [InlineData("modalities", """["text","audio"]""")]
    [InlineData("prediction", """{"type":"content","content":""}""")]
    [InlineData("web_search_options", "{}")]
    [InlineData("verbosity", "\"low\"")]
    [InlineData("service_tier", "\"flex\"")]
    [InlineData("functions", "[{}]")]
    [InlineData("function_call", "{\"name\":\"f\"}")]
    [InlineData("temperature", "1.5")]
    [InlineData("temperature", "-0.1")]
    [InlineData("stop", "\" \\n\"")]
    [InlineData("stop", "\"\"")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("no_such_field", "1")]
    public void What_Anthropic_lacks_is_refused_by_name_or_dropped_where_told_so(string field, string value)
    {
        var option = $"\"{field}\":{value}";

        var refused = Wire.Refused($$"""{"messages":[],{{option}}}""");

        Assert.Equal(field, refused.Field);
        Assert.StartsWith(field + ": ", refused.Message);
        Assert.Equal("", Options(option, drop: true));
    }

    [Fact]
    public void Dropping_a_blank_stop_sequence_keeps_the_others()
    {
        Assert.Equal("stop[1]", Wire.Refused("""{"messages":[],"stop":["a"," ","b"]}""").Field);
        Assert.Equal("""
            "stop_sequences":["a","b"]
            """, Options("""
            "stop":["a"," ","b"]
            """, drop: true));
    }

    [Theory]
    [InlineData("max_tokens", "\"many\"")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("top_p", "[]")]
    [InlineData("stop", "7")]
    [InlineData("user", "7")]
    [InlineData("safety_identifier", "7")]
    [InlineData("thinking", "true")]
    [InlineData("tools", "{}")]
    [InlineData("parallel_tool_calls", "1")]
    [InlineData("response_format", "\"json\"")]
    public void Wrong_shapes_are_refused_even_where_options_are_dropped(string field, string value)
    {
        var refused = Wire.Refused($$"""{"messages":[],"{{field}}":{{value}}}""", drop: true);

        Assert.Equal(field, refused.Field);
    }

    [Fact]
    public void A_response_schema_must_be_there() => Assert.Equal(
        "response_format.json_schema.schema",
        Wire.Refused("""{"messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"x"}}}""").Field);

    [Fact]
    public void Tools_keep_their_schemas_byte_for_byte()
    {
        var tools = """
            "tools":[{"type":"function","function":{"name":"w","description":"W\u00e4\/",
            "parameters":{ "type":"object", "properties":{"x":{"type":"number","default":1.50}}},"strict":true},
            "cache_control":{"type":"ephemeral"}},{"type":"function","function":{"name":"now"}}]
            """.Joined();

        Assert.Equal("""
            "tools":[{"name":"w","description":"W\u00e4\/",
            "input_schema":{ "type":"object", "properties":{"x":{"type":"number","default":1.50}}},"strict":true,
            "cache_control":{"type":"ephemeral"}},{"name":"now","input_schema":{"type":"object","properties":{}}}]
            """.Joined(), Options(tools));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(""","tool_choice":"auto" """, """,{"type":"auto"}""")]
    [InlineData(""","tool_choice":"none","parallel_tool_calls":false""", """,{"type":"none"}""")]
    [InlineData(""","tool_choice":"required" """, """,{"type":"any"}""")]
    [InlineData(""","tool_choice":{"type":"function","function":{"name":"f"}}""", """,{"type":"tool","name":"f"}""")]
    [InlineData(""","parallel_tool_calls":false""", """,{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData(""","tool_choice":"required","parallel_tool_calls":false""",
        """,{"type":"any","disable_parallel_tool_use":true}""")]
    public void Each_tool_choice_has_its_counterpart(string choice, string expected)
    {
        var options = Options(""" "tools":[{"type":"function","function":{"name":"f"}}]""".Trim() + choice);

        Assert.Equal(
            """ "tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}]""".Trim()
            + expected.Replace(",{\"type", ",\"tool_choice\":{\"type"), options);
    }

    [Theory]
    [InlineData(""" "tools":[{"type":"custom","custom":{"name":"c"}}] """, "tools[0].type")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":7}}] """, "tools[0].function.name")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f","parameters":[]}}] """,
        "tools[0].function.parameters")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools"} """,
        "tool_choice")]
    public void Tools_that_cannot_be_carried_are_refused_by_place(string options, string field) =>
        Assert.Equal(field, Wire.Refused($$"""{"messages":[],{{options}}}""").Field);

    [Fact]
    public void Depth_without_end_is_refused_and_nothing_overflows()
    {
        var body = "{\"messages\":" + new string('[', 5000) + new string(']', 5000) + "}";

        Assert.Equal("body", Wire.Refused(body).Field);
    }

    [Fact]
    public void The_address_is_the_messages_endpoint_below_the_base_url()
    {
        var options = new ProviderOptions { Name = "a", Type = "anthropic" };
        var provider = new Holdfast.Gateway.Providers.Anthropic.AnthropicProvider(options, new("http://host:1/x/v1/"));

        Assert.Equal("http://host:1/x/v1/messages", provider.UrlFor(DialectWire.Call([]), Wire.Model).AbsoluteUri);
    }

    [Fact]
    public void The_version_is_the_callers_or_the_one_we_know()
    {
        using var ours = new HttpRequestMessage();
        using var theirs = new HttpRequestMessage();
        var call = new Holdfast.Gateway.Calls.CallRequest
        {
            Id = "1", Dialect = default, Operation = default, Body = Encoding.UTF8.GetBytes("{}"), Model = "m",
            ModelValue = ..0, ObjectStart = 1, Headers = new(null, null, "2099-01-01", "beta-1,beta-2", null),
        };

        Wire.Provider().WriteHeaders(DialectWire.Call([]), ours.Headers);
        Wire.Provider().WriteHeaders(call, theirs.Headers);

        Assert.Equal(["anthropic-version: 2023-06-01"], Lines(ours));
        Assert.Equal(["anthropic-version: 2099-01-01", "anthropic-beta: beta-1,beta-2"], Lines(theirs));
    }

    private static string[] Lines(HttpRequestMessage message) =>
        [.. message.Headers.NonValidated.Select(header => $"{header.Key}: {header.Value}")];
}
