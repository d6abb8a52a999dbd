using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Cohere.CohereWire;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

public class CohereAnswerTests
{
    /// <summary>With everything in it that is carried.</summary>
    internal static readonly string Whole = """
        {"id":"c-1","message":{"role":"assistant","tool_plan":"P","content":[{"type":"thinking","thinking":"T"},
        {"type":"text","text":"A\n"},{"type":"text","text":"\ud83d\ude00"}],"tool_calls":[{"id":"a","type":"function",
        "function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g",
        "arguments":""}}],"citations":[{"start":0}]},"finish_reason":"TOOL_CALL","usage":{"billed_units":
        {"input_tokens":5,"output_tokens":2},"tokens":{"input_tokens":41.0,"output_tokens":7},"cached_tokens":40}}
        """.Joined();

    [Fact]
    public void A_whole_answer_is_one_choice()
    {
        var answer = Wire.Answer(Whole);

        Assert.Equal(
            """
            {"id":"c-1","object":"chat.completion","created":1700000000,"model":"command-a","choices":[{"index":0,
            "message":{"role":"assistant","content":"A\n\ud83d\ude00","refusal":null,"tool_calls":[{"id":"a",
            "type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function",
            "function":{"name":"g","arguments":"{}"}}],"reasoning_content":"TP"},"logprobs":null,
            "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":41,"completion_tokens":7,"total_tokens":48,
            "prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":0}}}
            """.Joined(), answer.Body);
        Assert.Equal(new Usage(41, 7, 40), answer.Usage);
    }

    [Fact]
    public void Where_tokens_are_not_told_the_billed_ones_are_counted() => Assert.Equal(
        new Usage(5, 2),
        Wire.Answer("""
            {"message":{},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":5,"output_tokens":2}}}
            """).Usage);

    [Theory]
    [InlineData("COMPLETE", "stop")]
    [InlineData("STOP_SEQUENCE", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("TOOL_CALL", "tool_calls")]
    [InlineData("WHAT_IS_YET_TO_COME", "stop")]
    public void A_finish_reason_has_OpenAIs_word(string reason, string expected) => Assert.Contains(
        "\"content\":null,\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"" + expected + "\"",
        Wire.Answer("{\"message\":{},\"finish_reason\":\"" + reason + "\"}").Body);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"message":"broken","finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{}}""")]
    [InlineData("""{"message":{},"finish_reason":"ERROR"}""")]
    [InlineData("""{"message":{},"finish_reason":"TIMEOUT"}""")]
    [InlineData("""{"message":{"content":"x"},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{"content":[{"text":7}]},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{"tool_plan":7},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{"tool_calls":{}},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{"tool_calls":[{"id":"a"}]},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{"tool_calls":[7]},"finish_reason":"COMPLETE"}""")]
    [InlineData("""{"message":{},"finish_reason":"COMPLETE","usage":7}""")]
    [InlineData("""{"message":{},"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1.5}}}""")]
    public void An_answer_that_is_none_is_a_fault(string body)
    {
        var answer = Wire.Answer(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_a_fault() => Assert.Equal(
        Outcome.BadAnswer,
        Wire.Answer([.. "{\"message\":{},\"finish_reason\":\"X"u8, 0xC3, .. "\"}"u8]).Fault?.Outcome);

    [Theory]
    [InlineData(400, "invalid request", Outcome.CallerError)]
    [InlineData(401, "invalid api token", Outcome.Auth)]
    [InlineData(404, "model 'x' not found", Outcome.NotFound)]
    [InlineData(422, "unknown field", Outcome.CallerError)]
    [InlineData(429, "You are using a Trial key, limited to 20 API calls / minute.", Outcome.RateLimited)]
    [InlineData(429, "You are using a Trial key, limited to 1000 API calls / month.", Outcome.Quota)]
    [InlineData(498, "invalid token", Outcome.Auth)]
    [InlineData(499, "request cancelled", Outcome.ServerError)]
    [InlineData(503, "unavailable", Outcome.ServerError)]
    public void An_error_is_its_statuss_outcome(int status, string message, Outcome outcome)
    {
        var fault = Wire.Provider().ReadError(
            status, Encoding.UTF8.GetBytes("{\"id\":\"i\",\"message\":\"" + message + "\"}"));

        Assert.Equal((outcome, status, message), (fault.Outcome, fault.Status, fault.Message));
        Assert.NotEmpty(Wire.Provider().ReadError(status, "<html>"u8).Message);
    }
}
