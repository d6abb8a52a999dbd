using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Cohere.CohereWire;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

public class CohereRequestTests
{
    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

    [Fact]
    public void Messages_keep_their_turns() => Assert.Equal(
        """
        [{"role":"system","content":"A"},{"role":"user","content":[{"type":"text","text":"B"},{"type":"image_url",
        "image_url":{"url":"data:image/png;base64,iVBO/w=="}},{"type":"image_url",
        "image_url":{"url":"https://a.example/x","detail":"low"}}]},{"role":"assistant","tool_calls":[{"id":"a","type":"function",
        "function":{"name":"f","arguments":"{\"x\": \"ä\"}"}}]},{"role":"tool","tool_call_id":"a","content":"C\n"},
        {"role":"assistant","content":"No"},{"role":"system","content":[{"type":"text","text":"D"}]}]
        """.Joined(),
        Messages("""
            [{"role":"system","content":"A"},{"role":"user","content":[{"type":"text","text":"B"},{"type":"image_url",
            "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"image_url",
            "image_url":{"url":"https://a.example/x","detail":"low"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"a",
            "type":"function","function":{"name":"f","arguments":"{\"x\": \"\u00e4\"}"}}]},{"role":"tool",
            "tool_call_id":"a","content":"C\n"},{"role":"assistant","content":"","refusal":"No"},
            {"role":"developer","content":[{"type":"text","text":"D"}]}]
            """.Joined()));

    [Theory]
    [InlineData("null", "\"No\"")]
    [InlineData("\"A\"", """[{"type":"text","text":"A"},{"type":"text","text":"No"}]""")]
    [InlineData("""[{"type":"text","text":"A"}]""", """[{"type":"text","text":"A"},{"type":"text","text":"No"}]""")]
    public void A_refusal_of_before_is_said_beside_its_content(string content, string expected) => Assert.Equal(
        $$"""[{"role":"assistant","content":{{expected}}}]""",
        Messages($$"""[{"role":"assistant","content":{{content}},"refusal":"No"}]"""));

    [Fact]
    public void Options_take_Coheres_names() => Assert.Equal(
        """
        "max_tokens":5,"temperature":0.3,"p":1e-1,"k":3,"seed":7,"frequency_penalty":0.5,"presence_penalty":1,
        "stop_sequences":["a"],"response_format":{"type":"json_object","json_schema":{"type":"object"}},
        "thinking":{"type":"enabled"}
        """.Joined(),
        Options("""
            "max_completion_tokens":5,"temperature":0.3,"top_p":1e-1,"top_k":3,"seed":7,"frequency_penalty":0.5,
            "presence_penalty":1,"stop":"a","response_format":{"type":"json_schema","json_schema":{"schema":
            {"type":"object"}}},"reasoning_effort":"high","user":"u","n":1
            """.Joined()));

    [Fact]
    public void Thinking_goes_through_or_is_turned_off()
    {
        Assert.Equal(
            "\"thinking\":{\"type\":\"enabled\",\"token_budget\":9}",
            Options("\"thinking\":{\"type\":\"enabled\",\"token_budget\":9}"));
        Assert.Equal("\"thinking\":{\"type\":\"disabled\"}", Options("\"reasoning_effort\":\"none\""));
    }

    [Fact]
    public void Plain_JSON_needs_no_schema() => Assert.Equal(
        "\"response_format\":{\"type\":\"json_object\"}", Options("\"response_format\":{\"type\":\"json_object\"}"));

    [Theory]
    [InlineData("\"none\"", ",\"tool_choice\":\"NONE\"")]
    [InlineData("\"auto\"", "")]
    [InlineData("\"required\"", ",\"tool_choice\":\"REQUIRED\"")]
    public void A_tool_choice_is_Coheres_word(string choice, string expected) => Assert.Equal(
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\","
            + "\"properties\":{}}}}]" + expected,
        Options(Tool + ",\"tool_choice\":" + choice));

    [Fact]
    public void The_function_that_must_be_called_is_the_only_one_there()
    {
        const string tools = """
            "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g",
            "description":"d","strict":true,"parameters":{"type":"object"}}}]
            """;

        Assert.Equal(
            """
            "tools":[{"type":"function","function":{"name":"g","description":"d","parameters":{"type":"object"}}}],
            "strict_tools":true,"tool_choice":"REQUIRED"
            """.Joined(),
            Options(tools.Joined() + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}"));
        Assert.Equal(
            "tool_choice.function.name",
            Wire.Refused("{\"messages\":[]," + tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":"
                + "{\"name\":\"h\"}}}").Field);
        Assert.Equal("tools[1].function.strict", Wire.Refused("{\"messages\":[]," + tools + "}").Field);
    }

    [Fact]
    public void Where_nothing_may_be_called_nothing_is_called_at_once() => Assert.EndsWith(
        ",\"tool_choice\":\"NONE\"", Options(Tool + ",\"tool_choice\":\"none\",\"parallel_tool_calls\":false"));

    [Theory]
    [InlineData(Tool + ",\"tool_choice\":\"required\",\"parallel_tool_calls\":false", "parallel_tool_calls")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"frequency_penalty\":-1", "frequency_penalty")]
    [InlineData("\"presence_penalty\":1.5", "presence_penalty")]
    [InlineData("\"reasoning_effort\":\"low\"", "reasoning_effort")]
    public void An_option_without_a_counterpart_is_refused_by_name_or_left_out(string option, string field)
    {
        Assert.Equal(field, Wire.Refused("{\"messages\":[]," + option + "}").Field);
        Assert.DoesNotContain(field, Options(option, drop: true));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"system","content":[{"type":"image_url"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"tool","content":"x"}]""", "messages[0].tool_call_id")]
    public void Content_that_cannot_be_carried_is_always_refused(string messages, string field) =>
        Assert.Equal(field, Wire.Refused("{\"messages\":" + messages + "}", drop: true).Field);

    [Fact]
    public void A_stream_is_asked_for() => Assert.Contains(
        ",\"stream\":true", Wire.Request("""{"messages":[{"role":"user","content":"Hi"}]}""", stream: true));
}
