using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Ollama.OllamaWire;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

public class OllamaAnswerTests
{
    /// <summary>With everything in it that is carried.</summary>
    internal static readonly string Whole = """
        {"model":"qwen3:8b","created_at":"2025-10-26T17:15:24.09Z","message":{"role":"assistant","content":"A\n",
        "thinking":"T","tool_calls":[{"id":"call_x","function":{"index":0,"name":"f","arguments":{"x": 1}}},
        {"function":{"name":"g","arguments":{}}}]},"logprobs":[{"token":"A","logprob":-0.5,"bytes":[65],
        "top_logprobs":[{"token":"B","logprob":-1}]}],"done":true,"done_reason":"stop","total_duration":5191566416,
        "prompt_eval_count":26,"eval_count":290}
        """.Joined();

    [Fact]
    public void A_whole_answer_is_one_choice()
    {
        var answer = Wire.Answer(Whole);

        Assert.Equal(
            """
            {"id":"call-1","object":"chat.completion","created":1700000000,"model":"qwen3:8b","choices":[{"index":0,
            "message":{"role":"assistant","content":"A\n","refusal":null,"tool_calls":[{"id":"call_x",
            "type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"call_call-1_0_1",
            "type":"function","function":{"name":"g","arguments":"{}"}}],"reasoning_content":"T"},
            "logprobs":{"content":[{"token":"A","logprob":-0.5,"bytes":[65],"top_logprobs":[{"token":"B",
            "logprob":-1,"bytes":null}]}],"refusal":null},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":26,
            "completion_tokens":290,"total_tokens":316,"prompt_tokens_details":{"cached_tokens":0,
            "cache_write_tokens":0}}}
            """.Joined(), answer.Body);
        Assert.Equal(new Usage(26, 290), answer.Usage);
    }

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("length", "length")]
    [InlineData("load", "stop")]
    [InlineData("what is yet to come", "stop")]
    public void A_reason_has_OpenAIs_word(string reason, string expected) => Assert.Contains(
        "\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"" + expected + "\"",
        Wire.Answer("{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"" + reason + "\"}").Body);

    [Fact]
    public void An_answer_without_text_has_none() => Assert.Contains(
        "\"content\":null,\"refusal\":null,\"tool_calls\"",
        Wire.Answer(
            """{"message":{"content":"","tool_calls":[{"function":{"name":"f"}}]},"done":true}""").Body);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"error":"broken"}""")]
    [InlineData("""{"message":"broken","done":true}""")]
    [InlineData("""{"message":{"content":"A"},"done":false}""")]
    [InlineData("""{"message":{"content":"A"}}""")]
    [InlineData("""{"message":{"content":7},"done":true}""")]
    [InlineData("""{"message":{"thinking":[]},"done":true}""")]
    [InlineData("""{"message":{"tool_calls":{}},"done":true}""")]
    [InlineData("""{"message":{"tool_calls":[7]},"done":true}""")]
    [InlineData("""{"message":{"tool_calls":[{"id":"a"}]},"done":true}""")]
    [InlineData("""{"message":{"tool_calls":[{"id":7,"function":{"name":"f"}}]},"done":true}""")]
    [InlineData("""{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"done":true}""")]
    [InlineData("""{"message":{},"done":true,"eval_count":-1}""")]
    [InlineData("""{"message":{},"done":true,"eval_count":1e300}""")]
    [InlineData("""{"message":{},"done":true,"prompt_eval_count":1.5}""")]
    [InlineData("""{"message":{},"done":true,"logprobs":{}}""")]
    [InlineData("""{"message":{},"done":true,"logprobs":[{"token":"A"}]}""")]
    [InlineData("""{"message":{},"done":true,"logprobs":[{"token":"A","logprob":-1,"bytes":[256]}]}""")]
    public void An_answer_that_is_none_is_a_fault(string body)
    {
        var answer = Wire.Answer(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public void An_error_inside_a_200_is_told_in_Ollamas_words() =>
        Assert.Equal("no memory", Wire.Answer("""{"error":"no memory"}""").Fault?.Message);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_a_fault() => Assert.Equal(
        Outcome.BadAnswer,
        Wire.Answer([.. "{\"message\":{\"content\":\"X"u8, 0xC3, .. "\"},\"done\":true}"u8]).Fault?.Outcome);

    [Theory]
    [InlineData(400, "\\\"llava\\\" does not support tools", Outcome.CallerError)]
    [InlineData(400, "what is a usage limit", Outcome.CallerError)]
    [InlineData(401, "unauthorized", Outcome.Auth)]
    [InlineData(404, "model 'x' not found", Outcome.NotFound)]
    [InlineData(429, "too many concurrent requests", Outcome.RateLimited)]
    [InlineData(429, "you (me) have reached your weekly usage limit, upgrade for higher limits", Outcome.Quota)]
    [InlineData(500, "model requires more system memory than is available", Outcome.ServerError)]
    [InlineData(503, "server busy, please try again. maximum pending requests exceeded", Outcome.ServerError)]
    public void An_error_is_its_statuss_outcome(int status, string message, Outcome outcome)
    {
        var fault = Wire.Provider().ReadError(status, Encoding.UTF8.GetBytes("{\"error\":\"" + message + "\"}"));

        Assert.Equal(
            (outcome, status, message.Replace("\\", "", StringComparison.Ordinal)),
            (fault.Outcome, fault.Status, fault.Message));
        Assert.NotEmpty(Wire.Provider().ReadError(status, "404 page not found"u8).Message);
    }
}
