using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicAnswerTests
{
    public static readonly string Whole = """
        {"model":"claude-x","id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking",
        "thinking":"Hm\u002e ","signature":"s"},{"type":"thinking","thinking":"So.","signature":"s"},
        {"type":"redacted_thinking","data":"x"},{"type":"text","text":"K\u00f6ln \"is\" 😀 ",
        "citations":[{"type":"x"}]},{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"q":"a"}},
        {"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]},{"type":"text","text":"sunny\ud83d"},
        {"type":"tool_use","id":"toolu_1","name":"w","input":{"city": "Köln","q":"\"\n"}},{"type":"tool_use",
        "id":"toolu_2","name":"now","input":{}}],"stop_reason":"tool_use","stop_sequence":null,
        "usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":7,
        "output_tokens_details":{"thinking_tokens":4}}}
        """.Joined();

    [Fact]
    public void A_message_becomes_a_chat_completion()
    {
        var answer = Wire.Answer(Whole);

        Assert.Null(answer.Fault);
        Assert.Equal("""
            {"id":"msg_1","object":"chat.completion","created":1700000000,"model":"claude-x","choices":[{"index":0,
            "message":{"role":"assistant","content":"K\u00f6ln \"is\" 😀 sunny\ud83d","refusal":null,
            "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"w","arguments":"{\"city\": \"Köln\",
            \"q\":\"\\\"\\n\"}"}},{"id":"toolu_2","type":"function","function":{"name":"now","arguments":"{}"}}],
            "reasoning_content":"Hm\u002e So."},"logprobs":null,"finish_reason":"tool_calls"}],
            "usage":{"prompt_tokens":60,"completion_tokens":7,"total_tokens":67,
            "prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":20},
            "completion_tokens_details":{"reasoning_tokens":4}}}
            """.Joined(), answer.Body);
        Assert.Equal(new Usage(60, 7, 30, 20, 4), answer.Usage);
    }

    [Theory]
    [InlineData("\"end_turn\"", "stop")]
    [InlineData("\"stop_sequence\"", "stop")]
    [InlineData("\"pause_turn\"", "stop")]
    [InlineData("\"max_tokens\"", "length")]
    [InlineData("\"model_context_window_exceeded\"", "length")]
    [InlineData("\"tool_use\"", "tool_calls")]
    [InlineData("\"refusal\"", "content_filter")]
    [InlineData("\"something_new\"", "stop")]
    [InlineData("null", "stop")]
    public void Every_stop_reason_has_its_finish_reason(string stopReason, string finishReason)
    {
        var answer = Wire.Answer(
            $$"""{"id":"m","type":"message","model":"c","content":[],"stop_reason":{{stopReason}}}""");

        Assert.Equal("""
            {"id":"m","object":"chat.completion","created":1700000000,"model":"c","choices":[{"index":0,
            "message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":"FINISH"}],
            "usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,
            "prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}}}
            """.Joined().Replace("FINISH", finishReason), answer.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>busy</html>")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"type":"message","content":"text"}""")]
    [InlineData("""{"type":"message","content":[7]}""")]
    [InlineData("""{"type":"message","content":[{}]}""")]
    [InlineData("""{"type":"message","content":[{"type":"text"}]}""")]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","id":"a"}]}""")]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}""")]
    [InlineData("""{"type":"message","content":[],"usage":{"input_tokens":"many"}}""")]
    [InlineData("""{"type":"message","content":[],"usage":{"input_tokens":-1}}""")]
    [InlineData("""{"type":"message","content":[],"usage":{"input_tokens":9223372036854775807}}""")]
    [InlineData("""{"type":"message","content":[]} x""")]
    [InlineData("""{"type":"message","content":[]""")]
    public void What_is_no_message_is_a_bad_answer(string body)
    {
        var answer = Wire.Answer(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_bad_answer()
    {
        var answer = Wire.Answer(
            [.. """{"type":"message","content":[{"type":"text","text":" """u8, 0xC3, .. "\"}]}"u8]);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
    }

    [Theory]
    [InlineData("overloaded_error", Outcome.ServerError, 529)]
    [InlineData("rate_limit_error", Outcome.RateLimited, 429)]
    [InlineData("authentication_error", Outcome.Auth, 401)]
    [InlineData("permission_error", Outcome.Auth, 403)]
    [InlineData("billing_error", Outcome.Quota, 402)]
    [InlineData("not_found_error", Outcome.NotFound, 404)]
    [InlineData("invalid_request_error", Outcome.CallerError, 400)]
    [InlineData("request_too_large", Outcome.CallerError, 413)]
    [InlineData("api_error", Outcome.ServerError, 500)]
    [InlineData("timeout_error", Outcome.ServerError, 504)]
    [InlineData("something_new", Outcome.ServerError, 500)]
    public void An_error_inside_a_200_means_what_its_type_means_as_a_status(string type, Outcome outcome, int status)
    {
        var error = $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"M"}}""";
        var stream = new AnthropicStream();

        var plain = Wire.Answer(error).Fault!;
        var written = stream.Read(error);

        Assert.Equal((outcome, status, type, "M"), (plain.Outcome, plain.Status, plain.Type, plain.Message));
        Assert.Equal(plain, stream.Reader.Fault);
        Assert.Equal("", written);
    }
}
