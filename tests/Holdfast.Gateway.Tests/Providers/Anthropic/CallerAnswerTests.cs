using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Providers.Anthropic.CallerWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Whole answers on their way to a caller of the Messages API.</summary>
public class CallerAnswerTests
{
    [Fact]
    public void Anthropics_own_answer_goes_through_as_it_is()
    {
        const string Body = """
            { "id":"msg_1", "type":"message", "new": 1.0e5, "content":[{"type":"text","text":"Hi"}],
              "stop_reason":"end_turn", "usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":2} }
            """;

        var (body, usage, fault) = Answer(Body, "anthropic");

        Assert.Equal((Body, new Usage(7, 2, 4), null), (body, usage, fault));
    }

    [Fact]
    public void A_completion_becomes_a_message()
    {
        var (body, usage, _) = Answer("""
            {"id":"c1","model":"gpt","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant",
            "reasoning_content":"Hm","content":"H\ni"}}],"usage":{"prompt_tokens":10,"completion_tokens":4,
            "prompt_tokens_details":{"cached_tokens":6}}}
            """);

        Assert.Equal("""
            {"id":"c1","type":"message","role":"assistant","model":"gpt","content":[
            {"type":"thinking","thinking":"Hm","signature":""},{"type":"text","text":"H\ni"}],
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":0,
            "cache_read_input_tokens":6,"output_tokens":4}}
            """.Joined(), body);
        Assert.Equal(new Usage(10, 4, 6), usage);
    }

    [Fact]
    public void Calls_of_tools_become_blocks_with_their_arguments_as_objects()
    {
        var (body, _, _) = Answer("""
            {"choices":[{"finish_reason":"stop","message":{"content":null,"tool_calls":[
            {"id":"a","type":"function","function":{"name":"f","arguments":"{\"q\":\"\\u00e4\"}"}},
            {"id":"b","type":"function","function":{"name":"g","arguments":""}}]}}]}
            """);

        Assert.Contains("""
            "content":[{"type":"tool_use","id":"a","name":"f","input":{"q":"\u00e4"}},
            {"type":"tool_use","id":"b","name":"g","input":{}}],"stop_reason":"tool_use"
            """.Joined(), body);
    }

    [Theory]
    [InlineData("length", "max_tokens")]
    [InlineData("content_filter", "refusal")]
    [InlineData("stop", "end_turn")]
    public void Finish_reasons_become_stop_reasons(string finish, string stop)
    {
        var (body, _, _) = Answer(
            $$$"""{"choices":[{"finish_reason":"{{{finish}}}","message":{"content":"a"}}]}""");

        Assert.Contains($"\"stop_reason\":\"{stop}\"", body);
    }

    [Fact]
    public void Parts_of_the_content_become_blocks()
    {
        var (body, _, _) = Answer("""
            {"choices":[{"finish_reason":"stop","message":{"content":[
            {"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"So"}]}}]}
            """, "mistral");

        Assert.Contains("""
            [{"type":"thinking","thinking":"Hm","signature":""},{"type":"text","text":"So"}]
            """.Trim(), body);
    }

    [Fact]
    public void A_refusal_is_text()
    {
        var (body, _, _) = Answer(
            """{"choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"No."}}]}""");

        Assert.Contains("""{"type":"text","text":"No."}""", body);
    }

    [Fact]
    public void A_call_that_the_limit_has_cut_is_none()
    {
        var (body, _, _) = Answer("""
            {"choices":[{"finish_reason":"length","message":{"content":"a","tool_calls":[
            {"id":"a","type":"function","function":{"name":"f","arguments":"{\"q\":"}}]}}]}
            """);

        Assert.Contains("""[{"type":"text","text":"a"}],"stop_reason":"max_tokens""", body);
    }

    [Theory]
    [InlineData("""{"id":"a","function":{"name":"f","arguments":"["}}""")]
    [InlineData("""{"id":"a","function":{"name":"f","arguments":7}}""")]
    [InlineData("""{"function":{"name":"f"}}""")]
    [InlineData("""{"id":"a"}""")]
    [InlineData("7")]
    public void A_call_that_cannot_be_made_is_a_bad_answer(string call)
    {
        var (_, _, fault) = Answer(
            $$$"""{"choices":[{"finish_reason":"stop","message":{"tool_calls":[{{{call}}}]}}]}""");

        Assert.Equal(Outcome.BadAnswer, fault!.Outcome);
    }
}
