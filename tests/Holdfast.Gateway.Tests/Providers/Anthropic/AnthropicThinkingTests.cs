using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicThinkingTests
{
    private const string Hi = """{"role":"user","content":"Hi"}""";

    private const string ToolTurn = """
        {"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":"r"}
        """;

    [Theory]
    [InlineData("minimal", 1024)]
    [InlineData("low", 2000)]
    [InlineData("medium", 5000)]
    [InlineData("high", 8000)]
    [InlineData("xhigh", 9500)]
    public void An_effort_is_a_share_of_the_answers_tokens_for_models_that_think_by_tokens(string effort, int budget)
    {
        var thinking = Thinking("claude-sonnet-4-5", effort, options: ",\"max_completion_tokens\":10000");

        Assert.Equal($$"""{"type":"enabled","budget_tokens":{{budget}}}""", thinking);
    }

    [Theory]
    [InlineData("claude-opus-4-6", "medium", "medium")]
    [InlineData("claude-sonnet-5", "xhigh", "xhigh")]
    [InlineData("claude-opus-4-7", "minimal", "low")]
    public void An_effort_stays_one_for_models_that_think_adaptively(string model, string effort, string theirs)
    {
        var request = RequestTo(model, effort);

        Assert.EndsWith(
            $",\"thinking\":{{\"type\":\"adaptive\"}},\"output_config\":{{\"effort\":\"{theirs}\"}}}}", request);
    }

    [Fact]
    public void An_effort_and_a_schema_share_one_object()
    {
        const string format = """
            ,"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}
            """;

        var request = RequestTo("claude-opus-4-6", "low", options: format);

        Assert.EndsWith("""
            ,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}}}
            """, request);
    }

    [Fact]
    public void No_effort_is_no_thinking() => Assert.Equal("", Options("\"reasoning_effort\":\"none\""));

    [Theory]
    [InlineData("\"huge\"", "")]
    [InlineData("\"low\"", ",\"max_tokens\":1024")]
    [InlineData("\"low\"", """
        ,"tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}]
        """)]
    public void An_effort_that_cannot_be_made_is_refused_or_dropped(string effort, string options)
    {
        var body = $$"""{"messages":[{{Hi}}],"reasoning_effort":{{effort}}{{options}}}""";

        Assert.Equal("reasoning_effort", Wire.Refused(body).Field);
        Assert.DoesNotContain("\"thinking\"", Wire.Request(body, drop: true));
    }

    [Fact]
    public void Of_two_wishes_how_to_think_the_providers_own_stays_when_one_is_dropped()
    {
        var body = $$"""{"messages":[{{Hi}}],"thinking":{"type":"disabled"},"reasoning_effort":"low"}""";

        Assert.Equal("reasoning_effort", Wire.Refused(body).Field);
        Assert.Contains("""
            "thinking":{"type":"disabled"}
            """, Wire.Request(body, drop: true));
    }

    [Theory]
    [InlineData("temperature", "0.5")]
    [InlineData("top_k", "5")]
    public void Sampling_does_not_go_with_thinking(string field, string value)
    {
        var body = $$"""{"messages":[{{Hi}}],"reasoning_effort":"low","{{field}}":{{value}}}""";

        Assert.Equal(field, Wire.Refused(body).Field);
        Assert.DoesNotContain(field, Wire.Request(body, drop: true));
    }

    [Fact]
    public void A_turn_after_a_tool_call_cannot_begin_to_think_by_tokens()
    {
        var body = $$"""{"messages":[{{Hi}},{{ToolTurn}}],"reasoning_effort":"low"}""";

        Assert.Equal("reasoning_effort", Wire.Refused(body).Field);
        Assert.DoesNotContain("\"thinking\"", Wire.Request(body, drop: true));
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", $"{Hi},{ToolTurn},{Hi}", """{"type":"enabled","budget_tokens":1024}""")]
    [InlineData("claude-opus-4-6", $"{Hi},{ToolTurn}", """{"type":"adaptive"}""")]
    public void A_new_question_and_an_adaptive_model_can(string model, string messages, string thinking) =>
        Assert.Equal(thinking, Thinking(model, "low", messages));

    private static string Thinking(string model, string effort, string messages = Hi, string options = "")
    {
        using var json = JsonDocument.Parse(RequestTo(model, effort, messages, options));
        return json.RootElement.GetProperty("thinking").GetRawText();
    }

    private static string RequestTo(string model, string effort, string messages = Hi, string options = "") =>
        Wire.Request(
            $$"""{"messages":[{{messages}}],"reasoning_effort":"{{effort}}"{{options}}}""", model: model);
}
