using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

public class BedrockAnswerTests
{
    public const string Whole = """
        {"metrics":{"latencyMs":7},"output":{"message":{"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"s"}}},
        {"reasoningContent":{"redactedContent":"eA=="}},{"text":"A\n"},
        {"citationsContent":{"content":[{"text":"B"},{"text":"\u00e4"}],"citations":[{}]}},
        {"toolUse":{"toolUseId":"t-1","name":"f","input":{"a": [1,"\n"]}}},
        {"toolUse":{"toolUseId":"t-2","name":"g","input":{}}},{"image":{}}]}},"stopReason":"tool_use",
        "usage":{"inputTokens":5,"outputTokens":7,"totalTokens":33,"cacheReadInputTokens":10,
        "cacheWriteInputTokens":11,"serverToolUsage":{}}}
        """;

    [Fact]
    public void A_whole_answer_is_carried() => Assert.Equal(
        """
        {"id":"call-1","object":"chat.completion","created":1700000000,"model":"amazon.nova-lite-v1:0","choices":[
        {"index":0,"message":{"role":"assistant","content":"A\nB\u00e4","refusal":null,"tool_calls":[
        {"id":"t-1","type":"function","function":{"name":"f","arguments":"{\"a\": [1,\"\\n\"]}"}},
        {"id":"t-2","type":"function","function":{"name":"g","arguments":"{}"}}],"reasoning_content":"Hm."},
        "logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":26,"completion_tokens":7,
        "total_tokens":33,"prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":11}}}
        """.Joined(),
        Answer(Whole).Body);

    [Fact]
    public void Tokens_of_the_cache_are_counted_with_the_input() =>
        Assert.Equal(new Usage(26, 7, 10, 11), Answer(Whole).Usage);

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("guardrail_intervened", "content_filter")]
    [InlineData("content_filtered", "content_filter")]
    [InlineData("something_new", "stop")]
    public void Stop_reasons_are_told_in_OpenAIs_words(string reason, string expected)
    {
        var answer = JsonElement.Parse(Answer(
            $$$"""{"output":{"message":{"content":[{"text":"A"}]}},"stopReason":"{{{reason}}}"}""").Body);

        Assert.Equal(expected, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    public void A_model_that_went_wrong_gave_no_answer(string reason)
    {
        var answer = Answer($$$"""
            {"output":{"message":{"content":[{"text":"A"}]}},"stopReason":"{{{reason}}}","usage":{"outputTokens":3}}
            """);

        Assert.Equal(Outcome.BadAnswer, answer.Fault!.Outcome);
        Assert.Contains(reason, answer.Fault.Message);
        Assert.Equal(3, answer.Usage.Output);
    }

    [Fact]
    public void An_answer_without_text_has_null_for_it() => Assert.Contains(
        "\"content\":null,\"refusal\":null},", Answer("""{"output":{"message":{"content":[]}}}""").Body);

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"message":"M"}""")]
    [InlineData("""{"output":{"message":{"content":{}}}}""")]
    [InlineData("""{"output":{"message":{"content":[7]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":7}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"name":"f","input":{}}}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":"x"}}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"reasoningContent":{"reasoningText":{}}}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"citationsContent":{}}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[]}},"usage":{"inputTokens":-1}}""")]
    [InlineData("""{"output":{"message":{"content":[]}},"usage":{"outputTokens":1.5}}""")]
    [InlineData("""{"output":{"message":{"content":[]}},"usage":{"cacheReadInputTokens":9e99}}""")]
    [InlineData("""{"output":{"message":{"content":[]}},"usage":7}""")]
    public void What_is_no_answer_is_a_bad_one(string body)
    {
        var answer = Answer(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault!.Outcome);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_bad_answer() => Assert.Equal(
        Outcome.BadAnswer,
        Answer([.. "{\"output\":{\"message\":{\"content\":[{\"text\":\""u8, 0xFF, .. "\"}]}}}"u8]).Fault!.Outcome);
}
