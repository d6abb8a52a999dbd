using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiAnswerTests
{
    /// <summary>With everything in it that is carried, indented as Google does.</summary>
    internal const string Whole = """
        {
          "candidates": [ { "content": { "parts": [
            { "text": "hm", "thought": true },
            { "text": "A\n", "thoughtSignature": "x" }, { "text": "\ud83d\ude00" },
            { "functionCall": { "name": "f", "args": {
              "a": [ 1, "b \" \\" ], "c": { }
            } }, "thoughtSignature": "s" },
            { "functionCall": { "name": "g", "id": "own" } },
            { "executableCode": { "code": "1" } } ], "role": "model" },
            "finishReason": "STOP", "avgLogprobs": -0.1, "logprobsResult": {
              "chosenCandidates": [ { "token": "A", "tokenId": 1, "logProbability": -0.5 }, { "token": "B" } ],
              "topCandidates": [ { "candidates": [ { "token": "A", "logProbability": -0.5 },
                { "token": "C", "logProbability": -3e-1 } ] } ] } } ],
          "usageMetadata": { "promptTokenCount": 10, "toolUsePromptTokenCount": 2, "cachedContentTokenCount": 4,
            "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 24, "trafficType": "ON_DEMAND" },
          "modelVersion": "gemini-x", "responseId": "r-1"
        }
        """;

    [Fact]
    public void A_whole_answer_is_one_choice()
    {
        var answer = Wire.Answer(Whole);

        Assert.Equal(
            """
            {"id":"r-1","object":"chat.completion","created":1700000000,"model":"gemini-x","choices":[{"index":0,
            "message":{"role":"assistant","content":"A\n\ud83d\ude00","refusal":null,"tool_calls":[{"id":"call_r-1_0_0",
            "type":"function","function":{"name":"f","arguments":"{\"a\":[1,\"b \\\" \\\\\"],\"c\":{}}"},
            "extra_content":{"google":{"thought_signature":"s"}}},{"id":"own","type":"function",
            "function":{"name":"g","arguments":"{}"}}],"reasoning_content":"hm"},"logprobs":{"content":[{"token":"A",
            "logprob":-0.5,"bytes":null,"top_logprobs":[{"token":"A","logprob":-0.5,"bytes":null},{"token":"C",
            "logprob":-3e-1,"bytes":null}]},{"token":"B","logprob":0,"bytes":null,"top_logprobs":[]}],"refusal":null},
            "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":12,"completion_tokens":12,"total_tokens":24,
            "prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},
            "completion_tokens_details":{"reasoning_tokens":7}}}
            """.Joined(), answer.Body);
        Assert.Equal(new Usage(12, 12, 4, 0, 7), answer.Usage);
        Assert.Null(answer.Fault);
    }

    [Fact]
    public void Several_candidates_are_several_choices()
    {
        var answer = Wire.Answer("""
            {"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"},
            {"content":{"parts":[{"text":"B"}]},"finishReason":"MAX_TOKENS","index":1}],"responseId":"r-1"}
            """, choices: 2);

        Assert.Contains(
            """
            "choices":[{"index":0,"message":{"role":"assistant","content":"A","refusal":null},"logprobs":null,
            "finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"B","refusal":null},
            "logprobs":null,"finish_reason":"length"}]
            """.Joined(), answer.Body);
    }

    [Theory]
    [InlineData("STOP", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("RECITATION", "content_filter")]
    [InlineData("LANGUAGE", "content_filter")]
    [InlineData("BLOCKLIST", "content_filter")]
    [InlineData("PROHIBITED_CONTENT", "content_filter")]
    [InlineData("SPII", "content_filter")]
    [InlineData("MODEL_ARMOR", "content_filter")]
    [InlineData("IMAGE_SAFETY", "content_filter")]
    [InlineData("IMAGE_PROHIBITED_CONTENT", "content_filter")]
    [InlineData("IMAGE_RECITATION", "content_filter")]
    [InlineData("OTHER", "stop")]
    [InlineData("WHAT_IS_YET_TO_COME", "stop")]
    public void A_finish_reason_has_OpenAIs_word(string reason, string expected) => Assert.Contains(
        $"\"finish_reason\":\"{expected}\"",
        Wire.Answer($$$"""{"candidates":[{"finishReason":"{{{reason}}}"}]}""").Body);

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    [InlineData("UNEXPECTED_TOOL_CALL")]
    [InlineData("TOO_MANY_TOOL_CALLS")]
    [InlineData("MALFORMED_RESPONSE")]
    [InlineData("MISSING_THOUGHT_SIGNATURE")]
    public void A_model_that_went_wrong_is_a_fault(string reason)
    {
        var answer = Wire.Answer($$$"""
            {"candidates":[{"finishReason":"{{{reason}}}"}],"usageMetadata":{"promptTokenCount":3}}
            """);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
        Assert.Contains(reason, answer.Fault?.Message);
        Assert.Equal(3, answer.Usage.Input);
    }

    [Fact]
    public void A_word_on_the_prompt_beside_an_answer_blocks_nothing() => Assert.Contains(
        "\"content\":\"A\"",
        Wire.Answer("""
            {"promptFeedback":{"blockReason":"OTHER"},
            "candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}
            """).Body);

    [Fact]
    public void An_empty_id_of_a_call_is_none() => Assert.Contains(
        "\"id\":\"call_call-1_0_0\"",
        Wire.Answer("""{"candidates":[{"content":{"parts":[{"functionCall":{"id":"","name":"f"}}]}}]}""").Body);

    [Fact]
    public void A_blocked_prompt_is_an_answer_that_the_filter_gave()
    {
        var answer = Wire.Answer("""
            {"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[]},"usageMetadata":{"promptTokenCount":3},
            "modelVersion":"gemini-x","responseId":"r-1"}
            """);

        Assert.Null(answer.Fault);
        Assert.Contains(
            """
            "choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,
            "finish_reason":"content_filter"}]
            """.Joined(), answer.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"candidates":[]}""")]
    [InlineData("""{"candidates":{}}""")]
    [InlineData("""{"candidates":[7]}""")]
    [InlineData("""{"candidates":[{"index":-1}]}""")]
    [InlineData("""{"candidates":[{"index":1000}]}""")]
    [InlineData("""{"candidates":[{"finishReason":1}]}""")]
    [InlineData("""{"candidates":[{"content":"x"}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":{}}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[7]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":7}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"a","thoughtSignature":1}]}}]}""")]
    [InlineData("""{"candidates":[{"logprobsResult":{"chosenCandidates":[{"token":1}]}}]}""")]
    [InlineData("""{"candidates":[{}],"usageMetadata":{"promptTokenCount":-1}}""")]
    [InlineData("""{"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}}""")]
    public void An_answer_that_is_none_is_a_fault(string body)
    {
        var answer = Wire.Answer(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault?.Outcome);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_a_fault() => Assert.Equal(
        Outcome.BadAnswer,
        Wire.Answer([.. "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""u8, 0xC3, .. "\"}]}}]}"u8])
            .Fault?.Outcome);

    [Fact]
    public void A_call_without_an_id_gets_one_that_fits_everywhere()
    {
        var body = """
            {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}],"responseId":"
            """.TrimEnd() + new string('x', 99) + "\"}";

        Assert.Contains("\"id\":\"call_" + new string('x', 24) + "_0_0\"", Wire.Answer(body).Body);
        Assert.Contains(
            "\"id\":\"call_call-1_0_0\"", Wire.Answer(body.Replace("xx", "\\n", StringComparison.Ordinal)).Body);
    }

    [Fact]
    public void An_error_inside_a_200_is_what_its_code_says() => Assert.Equal(
        Outcome.ServerError,
        Wire.Answer("""{"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}""").Fault?.Outcome);
}
