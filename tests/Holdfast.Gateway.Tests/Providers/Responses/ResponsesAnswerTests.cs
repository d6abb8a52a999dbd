using System.Text.Json.Nodes;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>Whole answers on their way to a caller of the Responses API.</summary>
public class ResponsesAnswerTests
{
    [Fact]
    public void Pages_that_are_cited_are_the_texts_annotations() => Assert.Contains(
        """
        "content":[{"type":"output_text","annotations":[{"type":"url_citation","start_index":1,"end_index":2,
        "url":"http://a","title":"A"},{"type":"url_citation","start_index":0,"end_index":2,"url":"b","title":""}],
        """.ReplaceLineEndings(""),
        Choice("""
            {"content":"Hi","annotations":[{"type":"url_citation","url_citation":{"url":"http://a","title":"A",
            "start_index":1,"end_index":2}},{"type":"odd"},7,{"url_citation":{"url":"b"}},{"url_citation":{"url":7}}]}
            """));

    [Theory]
    [InlineData("Hi", "", 0, 2)]
    [InlineData("H\u00e9", "", 0, 2)]
    [InlineData("\\ud83d\\ude00\\n\\\"\\u00e9!", "", 0, 5)]
    [InlineData("\ud83d\ude00!", "", 0, 2)]
    [InlineData("Hello", ",\"start_index\":2", 2, 5)]
    [InlineData("Hello", ",\"start_index\":9", 9, 9)]
    [InlineData("Hello", ",\"end_index\":3", 0, 3)]
    [InlineData("Hello", ",\"start_index\":-1,\"end_index\":-1", 0, 5)]
    public void A_page_that_is_cited_for_no_place_is_cited_for_all_of_the_text(
        string text, string given, int start, int end) => Assert.Contains(
        $"\"start_index\":{start},\"end_index\":{end},\"url\":\"u\"",
        Choice($$$"""{"content":"{{{text}}}","annotations":[{"url_citation":{"url":"u"{{{given}}}}}]}"""));

    [Fact]
    public void Q2_an_answer_of_a_chat_becomes_a_response_that_repeats_its_request()
    {
        var (body, usage, _) = Answer("""
            {"id":"c1","model":"llama","created":5,"choices":[{"index":0,"finish_reason":"stop",
            "message":{"role":"assistant","content":"H\u00e9 \"you\""}}],"usage":{"prompt_tokens":5,"completion_tokens":3,
            "prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}}}
            """, """
            {"model":"m","instructions":"Be \"brief\"","input":"hi","temperature":0.50,"max_output_tokens":9,
            "metadata":{"a":"b"},"user":"u","store":true,"tools":[{"type":"function","name":"f","parameters":{"a": 1}}]}
            """);

        Assert.Equal("""
            {"id":"resp_c1","object":"response","created_at":5,"status":"completed","background":false,"error":null,
            "incomplete_details":null,"model":"llama","output":[{"id":"msg_c1_0","type":"message","status":"completed",
            "role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"H\u00e9 \"you\""}]}],
            "previous_response_id":null,"store":false,"instructions":"Be \"brief\"","max_output_tokens":9,
            "metadata":{"a":"b"},"parallel_tool_calls":true,"reasoning":{"effort":null,"summary":null},"temperature":0.50,
            "text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[{"type":"function","name":"f",
            "description":null,"parameters":{"a": 1},"strict":false}],"top_logprobs":0,"top_p":1,"truncation":"disabled",
            "user":"u","usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":2,"cache_write_tokens":0},
            "output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":8}}
            """.ReplaceLineEndings(""), body);
        Assert.Equal(new Usage(5, 3, 2, 0, 1), usage);
    }

    [Fact]
    public void Thoughts_text_and_calls_are_items_in_this_order()
    {
        var output = Output("""
            {"content":"So","reasoning_content":"Hm","tool_calls":[
            {"id":"a","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}},
            {"id":"","function":{"name":"g","arguments":{"q":"ä"}}},{"id":"c","function":{"name":"h"}}]}
            """, "tool_calls");

        Assert.Equal("""
            [{"id":"rs_holdfast_c1_0","type":"reasoning","status":"completed","summary":[],"content":[
            {"type":"reasoning_text","text":"Hm"}]},
            {"id":"msg_c1_1","type":"message","status":"completed","role":"assistant","content":[
            {"type":"output_text","annotations":[],"logprobs":[],"text":"So"}]},
            {"id":"fc_c1_2","type":"function_call","status":"completed","call_id":"a","name":"f","arguments":"{\"q\":1}"},
            {"id":"fc_c1_3","type":"function_call","status":"completed","call_id":"fc_c1_3","name":"g",
            "arguments":"{\"q\":\"ä\"}"},
            {"id":"fc_c1_4","type":"function_call","status":"completed","call_id":"c","name":"h","arguments":""}]
            """.ReplaceLineEndings(""), output);
    }

    [Fact]
    public void Parts_of_the_content_are_put_together_and_thoughts_among_them_are_thoughts()
    {
        var output = Output("""
            {"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"a"},
            {"type":"text","text":"b"}]}
            """);

        Assert.Contains("\"content\":[{\"type\":\"reasoning_text\",\"text\":\"Hm\"}]", output);
        Assert.Contains("\"text\":\"ab\"", output);
    }

    [Fact]
    public void A_refusal_is_a_part_of_its_own()
    {
        Assert.Contains("\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]",
            Output("""{"content":null,"refusal":"no"}"""));
    }

    [Theory]
    [InlineData("length", "incomplete", "max_output_tokens")]
    [InlineData("content_filter", "incomplete", "content_filter")]
    [InlineData("stop", "completed", null)]
    [InlineData("eos", "completed", null)]
    public void A_finish_reason_becomes_the_status(string finish, string status, string? reason)
    {
        var response = JsonNode.Parse(Choice("""{"content":"a"}""", finish))!;

        Assert.Equal(status, (string?)response["status"]);
        Assert.Equal(reason, (string?)response["incomplete_details"]?["reason"]);
        Assert.Equal(status, (string?)response["output"]![0]!["status"]);
    }

    [Fact]
    public void Only_the_last_call_is_incomplete_when_the_limit_of_tokens_struck()
    {
        var response = JsonNode.Parse(Choice("""
            {"content":"a","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},
            {"id":"b","function":{"name":"f","arguments":"{\"q"}}]}
            """, "length"))!;

        Assert.Equal(["completed", "completed", "incomplete"],
            response["output"]!.AsArray().Select(item => (string?)item!["status"]));
    }

    [Theory]
    [InlineData("stop", 1)]
    [InlineData("content_filter", 0)]
    public void An_answer_without_anything_has_an_empty_text_unless_something_kept_it_away(string finish, int items)
    {
        Assert.Equal(items, JsonNode.Parse(Choice("""{"content":""}""", finish))!["output"]!.AsArray().Count);
    }

    [Fact]
    public void Probabilities_of_tokens_have_all_members_that_the_api_has()
    {
        var (body, _, _) = Answer("""
            {"id":"c1","choices":[{"message":{"content":"a"},"finish_reason":"stop","logprobs":{"content":[
            {"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2,"bytes":null}]},
            {"token":"c","logprob":0}]}}]}
            """);

        Assert.Contains("""
            "logprobs":[{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2,"bytes":[]}]},
            {"token":"c","logprob":0,"bytes":[],"top_logprobs":[]}]
            """.ReplaceLineEndings(""), body);
    }

    [Fact]
    public void Names_that_are_missing_are_the_gateways_and_unknown_tokens_are_not_told()
    {
        var (body, _, _) = Answer("""{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}""");

        Assert.StartsWith("{\"id\":\"resp_call-1\",\"object\":\"response\",\"created_at\":7,", body);
        Assert.Contains("\"model\":\"x\"", body);
        Assert.DoesNotContain("\"usage\"", body);
    }

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"a","function":{}}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":1}}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"a"},"logprobs":{"content":[{"token":1,"logprob":1}]}}]}""")]
    public void What_cannot_be_told_as_a_response_is_a_bad_answer(string answer)
    {
        var (body, _, fault) = Answer(answer);

        Assert.Equal(("", Outcome.BadAnswer), (body, fault!.Outcome));
    }

    [Fact]
    public void A_responses_own_bytes_go_through_with_their_tokens_counted()
    {
        const string Whole = """
            {"id":"resp_1", "object":"response","status":"completed","output":[{}],"error":null,"usage":{"input_tokens":5,
            "input_tokens_details":{"cached_tokens":4,"cache_write_tokens":1},"output_tokens":3,
            "output_tokens_details":{"reasoning_tokens":2}}}
            """;

        var (body, usage, fault) = Answer(Whole, type: "openai");

        Assert.Null(fault);
        Assert.Equal(Whole, body);
        Assert.Equal(new Usage(5, 3, 4, 1, 2), usage);
    }

    [Theory]
    [InlineData("""{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}""")]
    [InlineData("""{"status":"queued","background":true,"output":[]}""")]
    public void A_response_that_is_filtered_or_still_to_come_needs_no_output(string answer) =>
        Assert.Null(Answer(answer, type: "openai").Fault);

    [Theory]
    [InlineData("""{"status":"failed","error":{"code":"server_error","message":"no"}}""", Outcome.ServerError)]
    [InlineData("""{"status":"failed","error":{"code":"rate_limit_exceeded","message":"no"}}""", Outcome.RateLimited)]
    [InlineData("""{"status":"failed","error":{"code":"insufficient_quota","message":"no"}}""", Outcome.Quota)]
    [InlineData("""{"status":"failed","error":{"code":"empty_image_file","message":"no"}}""", Outcome.CallerError)]
    [InlineData("""{"error":{"type":"server_error","message":"no"}}""", Outcome.ServerError)]
    [InlineData("""{"status":"failed","output":[]}""", Outcome.BadAnswer)]
    [InlineData("""{"status":"completed","output":[]}""", Outcome.BadAnswer)]
    [InlineData("""{"choices":[]}""", Outcome.BadAnswer)]
    [InlineData("""[]""", Outcome.BadAnswer)]
    [InlineData("""{"output":[]""", Outcome.BadAnswer)]
    [InlineData("""<html>""", Outcome.BadAnswer)]
    public void A_bad_answer_of_the_api_is_a_fault(string answer, Outcome outcome) =>
        Assert.Equal(outcome, Answer(answer, type: "openai").Fault!.Outcome);

    private static string Output(string message, string finish = "stop")
    {
        var body = Choice(message, finish);
        var start = body.IndexOf("\"output\":", StringComparison.Ordinal) + 9;
        return body[start..body.IndexOf(",\"previous_response_id\"", StringComparison.Ordinal)];
    }
}
