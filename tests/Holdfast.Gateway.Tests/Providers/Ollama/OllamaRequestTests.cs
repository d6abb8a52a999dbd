using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Ollama.OllamaWire;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

public class OllamaRequestTests
{
    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

    [Fact]
    public void Messages_keep_their_turns() => Assert.Equal(
        """
        [{"role":"system","content":"A"},{"role":"user","content":"B"},{"role":"assistant","content":"",
        "tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x": "\u00e4"}}}]},{"role":"tool","tool_name":"f",
        "tool_call_id":"a","content":"C\n"},{"role":"assistant","content":"No"},{"role":"system","content":"D"}]
        """.Joined(),
        Messages("""
            [{"role":"system","content":"A"},{"role":"user","content":"B"},{"role":"assistant","content":null,
            "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": \"\\u00e4\"}"}}]},
            {"role":"tool","tool_call_id":"a","content":"C\n"},{"role":"assistant","content":"","refusal":"No"},
            {"role":"developer","content":[{"type":"text","text":"D"}]}]
            """.Joined()));

    [Theory]
    [InlineData("null", "No")]
    [InlineData("\"A\"", "A\\nNo")]
    [InlineData("""[{"type":"text","text":"A"},{"type":"text","text":"B"}]""", "A\\nB\\nNo")]
    public void A_refusal_of_before_is_said_beside_its_content(string content, string expected) => Assert.Equal(
        $$"""[{"role":"assistant","content":"{{expected}}"}]""",
        Messages($$"""[{"role":"assistant","content":{{content}},"refusal":"No"}]"""));

    [Fact]
    public void Images_stand_beside_the_text() => Assert.Equal(
        """[{"role":"user","content":"A\nB","images":["iVBO/w==","/9j/"]}]""",
        Messages("""
            [{"role":"user","content":[{"type":"text","text":"A"},{"type":"image_url",
            "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"text","text":"B"},{"type":"image_url",
            "image_url":{"url":"data:image/jpeg;base64,/9j/"}}]}]
            """.Joined()));

    [Fact]
    public void Options_take_Ollamas_names() => Assert.Equal(
        """
        "format":{"type":"object"},"options":{"num_predict":5,"temperature":0.3,"top_p":1e-1,"top_k":3,"seed":7,
        "frequency_penalty":0.5,"presence_penalty":-1,"stop":["a"]},"logprobs":true,"top_logprobs":2,"think":true
        """.Joined(),
        Fields("""
            "max_completion_tokens":5,"max_tokens":5,"temperature":0.3,"top_p":1e-1,"top_k":3,"seed":7,
            "frequency_penalty":0.5,"presence_penalty":-1,"stop":"a","response_format":{"type":"json_schema",
            "json_schema":{"schema":{"type":"object"}}},"logprobs":true,"top_logprobs":2,"reasoning_effort":"high",
            "user":"u","n":1
            """.Joined()));

    [Fact]
    public void Ollamas_own_options_go_through_unless_OpenAIs_say_the_same() => Assert.Equal(
        "\"options\":{\"num_predict\":5,\"stop\":[\"a\"],\"num_ctx\":8192,\"top_k\":3},\"keep_alive\":-1",
        Fields("""
            "max_tokens":5,"stop":"a","options":{"num_ctx":8192,"num_predict":9,"stop":["b"],"top_k":3},"keep_alive":-1
            """.Joined()));

    [Theory]
    [InlineData("max_tokens", "-1")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "1.5")]
    [InlineData("max_completion_tokens", "-2")]
    [InlineData("max_completion_tokens", "\"5\"")]
    public void A_limit_that_is_none_never_becomes_an_answer_without_an_end(string field, string value) =>
        Assert.Equal(field, Wire.Refused(
            $$"""{"messages":[{"role":"user","content":"A"}],"{{field}}":{{value}}}""", drop: true).Field);

    [Theory]
    [InlineData("\"required\"", "")]
    [InlineData("{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", ",\"tools\":[]")]
    public void A_call_that_must_be_made_needs_a_tool(string choice, string tools) =>
        Assert.Equal("tool_choice", Wire.Refused(
            $$"""{"messages":[{"role":"user","content":"A"}],"tool_choice":{{choice}}{{tools}}}""", drop: true).Field);

    [Fact]
    public void A_name_as_long_as_the_body_does_not_stand_in_the_error()
    {
        var refused = Wire.Refused(
            $$"""{"messages":[{"role":"user","content":"A"}],"{{new string('x', 100_000)}}":1}""");

        Assert.Equal((201, true), (refused.Field.Length, refused.Message.Length < 300));
    }

    [Fact]
    public void Plain_JSON_needs_no_schema() => Assert.Equal(
        "\"format\":\"json\",\"options\":{}", Fields("\"response_format\":{\"type\":\"json_object\"}"));

    [Theory]
    [InlineData("qwen3", "none", "false")]
    [InlineData("qwen3", "minimal", "true")]
    [InlineData("qwen3", "medium", "true")]
    [InlineData("gpt-oss:20b", "minimal", "\"low\"")]
    [InlineData("gpt-oss:20b", "low", "\"low\"")]
    [InlineData("gpt-oss:120b-cloud", "medium", "\"medium\"")]
    [InlineData("someone/gpt-oss", "high", "\"high\"")]
    [InlineData("gpt-oss:20b", "xhigh", "\"high\"")]
    public void An_effort_is_a_level_where_the_model_knows_levels(string model, string effort, string think) =>
        Assert.Equal(
            "\"options\":{},\"think\":" + think, Fields("\"reasoning_effort\":\"" + effort + "\"", model: model));

    [Theory]
    [InlineData("qwen3", "often")]
    [InlineData("gpt-oss:20b", "none")]
    public void An_effort_that_the_model_cannot_make_is_refused_or_left_out(string model, string effort)
    {
        var option = "\"reasoning_effort\":\"" + effort + "\"";

        Assert.Equal("reasoning_effort", Wire.Refused("{\"messages\":[]," + option + "}", model: model).Field);
        Assert.Equal("\"options\":{}", Fields(option, drop: true, model));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("\"low\"")]
    public void Ollamas_own_word_for_thinking_goes_through(string think)
    {
        Assert.Equal("\"options\":{},\"think\":" + think, Fields("\"think\":" + think));
        Assert.Equal(
            "reasoning_effort",
            Wire.Refused("{\"messages\":[],\"reasoning_effort\":\"low\",\"think\":" + think + "}").Field);
    }

    [Fact]
    public void Tools_are_OpenAIs() => Assert.Equal(
        """
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
        "options":{}
        """.Joined(),
        Fields("""
            "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
            "tool_choice":"auto"
            """.Joined()));

    [Fact]
    public void Tools_that_must_not_be_called_are_not_told_of() =>
        Assert.Equal("\"options\":{}", Fields(Tool + ",\"tool_choice\":\"none\""));

    [Theory]
    [InlineData(Tool + ",\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData(Tool + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "tool_choice")]
    [InlineData(Tool + ",\"parallel_tool_calls\":false", "parallel_tool_calls")]
    [InlineData(
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]",
        "tools[0].function.strict")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"service_tier\":\"flex\"", "service_tier")]
    [InlineData("\"thinking\":{\"type\":\"enabled\"}", "thinking")]
    public void An_option_without_a_counterpart_is_refused_by_name_or_left_out(string option, string field)
    {
        Assert.Equal(field, Wire.Refused("{\"messages\":[]," + option + "}").Field);
        Assert.EndsWith("\"options\":{}", Fields(option, drop: true));
    }

    [Theory]
    [InlineData("\"options\":[]", "options")]
    [InlineData("\"think\":7", "think")]
    [InlineData("\"logprobs\":7", "logprobs")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"max_tokens\":\"many\"", "max_tokens")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":1}}]",
        "tools[0].function.description")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":\"true\"}}]",
        "tools[0].function.strict")]
    public void A_field_of_the_wrong_shape_is_always_refused(string option, string field) =>
        Assert.Equal(field, Wire.Refused("{\"messages\":[]," + option + "}", drop: true).Field);

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"system","content":[{"type":"image_url"}]}]""", "messages[0].content[0].type")]
    [InlineData(
        """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/x.png"}}]}]""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""[{"role":"tool","content":"x"}]""", "messages[0].tool_call_id")]
    [InlineData("""[{"role":"tool","tool_call_id":"a","content":"x"}]""", "messages[0].tool_call_id")]
    public void Content_that_cannot_be_carried_is_always_refused(string messages, string field) =>
        Assert.Equal(field, Wire.Refused("{\"messages\":" + messages + "}", drop: true).Field);

    [Fact]
    public void A_stream_is_asked_for() => Assert.Contains(
        "\"stream\":true",
        Wire.Request("""{"messages":[{"role":"user","content":"Hi"}]}""", stream: true));

    [Theory]
    [InlineData("http://127.0.0.1:11434")]
    [InlineData("http://127.0.0.1:11434/")]
    [InlineData("http://127.0.0.1:11434/api")]
    [InlineData("http://127.0.0.1:11434/api/")]
    public void An_address_is_taken_with_and_without_its_last_part(string url)
    {
        var provider = new Holdfast.Gateway.Providers.Ollama.OllamaProvider(
            new Holdfast.Gateway.Providers.ProviderOptions { Name = "o", Type = "ollama" }, new Uri(url));

        Assert.Equal(
            "http://127.0.0.1:11434/api/chat", provider.UrlFor(DialectWire.Call([]), "qwen3").AbsoluteUri);
        Assert.Equal("http://127.0.0.1:11434/api/tags", provider.ModelsUrl!.AbsoluteUri);
    }
}
