using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Continuing;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Providers.Continuing;

public sealed class ContinuedRequestTests
{
    [Fact]
    public void A_request_that_is_too_deep_to_be_marked_is_refused_for_its_target()
    {
        var tools = new string('[', 128) + new string(']', 128);
        using var request = new PooledBuffer();
        request.Write(Encoding.UTF8.GetBytes(
            $$"""{"tools":{{tools}},"messages":[{"role":"assistant","content":"a"}]}"""));

        Assert.Equal("body",
            Assert.Throws<UnsupportedFieldException>(() => ContinuedRequest.Mark(request)).Field);
    }

    [Fact]
    public void A_prefix_is_a_last_message_without_the_white_space_at_its_end()
    {
        var asked = Of(ChatCall.Streamed, "Said \"so\" \n", ContinuationWay.Prefix);

        var messages = asked.GetProperty("messages");
        Assert.Equal(2, messages.GetArrayLength());
        Assert.Equal(("assistant", "Said \"so\""), Message(messages[1]));
    }

    [Fact]
    public void An_instruction_follows_the_text_and_names_its_last_words()
    {
        var asked = Of(ChatCall.Streamed, "It was the ", ContinuationWay.Instruction);

        var messages = asked.GetProperty("messages");
        Assert.Equal(3, messages.GetArrayLength());
        Assert.Equal(("assistant", "It was the "), Message(messages[1]));
        Assert.Equal("user", Message(messages[2]).Role);
        Assert.EndsWith("---\nIt was the\n---", Message(messages[2]).Content);
    }

    [Theory]
    [InlineData("\"He \"", "\"He said\"")]
    [InlineData(
        """[{"type":"text","text":"He "}]""", """[{"type":"text","text":"He "},{"type":"text","text":"said"}]""")]
    public void A_beginning_that_the_caller_wrote_goes_on(string theirs, string whole)
    {
        var body = ChatCall.Streamed.Replace("}]", "},{\"role\":\"assistant\",\"content\":" + theirs + "}]",
            StringComparison.Ordinal);

        var asked = Of(body, "said", ContinuationWay.Prefix);

        Assert.Equal(2, asked.GetProperty("messages").GetArrayLength());
        Assert.Equal(whole, asked.GetProperty("messages")[1].GetProperty("content").GetRawText());
    }

    [Fact]
    public void The_limit_of_tokens_is_for_the_whole_answer()
    {
        var body = ChatCall.Streamed.Replace("\"stream\"", "\"max_tokens\":100,\"stream\"", StringComparison.Ordinal);

        var asked = Of(body, new string('x', 120), ContinuationWay.Prefix);

        Assert.Equal(70, asked.GetProperty("max_tokens").GetInt32());
    }

    [Theory]
    [InlineData(100, 85)]
    [InlineData(30, 16)]
    [InlineData(10, 10)]
    public void What_is_said_a_second_time_takes_no_tokens_of_what_is_left(int limit, int left)
    {
        var body = ChatCall.Streamed.Replace(
            "\"stream\"", $"\"max_tokens\":{limit},\"stream\"", StringComparison.Ordinal);

        var asked = Of(body, new string('x', 120), ContinuationWay.Instruction);

        Assert.Equal(left, asked.GetProperty("max_tokens").GetInt32());
    }

    [Fact]
    public void The_model_is_found_behind_what_was_written_in()
    {
        const string Last = """{"stream":true,"messages":[{"role":"user","content":"hi"}],"model":"m","x":1}""";
        var call = ChatCall.Of(Last);

        var asked = ContinuedRequest.Of(call, new ToldAnswer(Encoding.UTF8.GetBytes("Hello"), false, 2),
            ContinuationWay.Instruction);

        Assert.Equal("\"m\"", Encoding.UTF8.GetString(asked.Body.Span[asked.ModelValue]));
    }

    [Fact]
    public void Without_a_text_the_request_stays_as_it_is()
    {
        var asked = Of(ChatCall.Streamed, " \n", ContinuationWay.Instruction);

        Assert.Equal(ChatCall.Streamed, asked.GetRawText());
    }

    [Theory]
    [InlineData("\"n\":2,", "several choices were asked for")]
    [InlineData("\"logprobs\":true,", "the probabilities of tokens were asked for")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"},", "a format was asked for")]
    [InlineData("\"output_config\":{\"format\":{\"type\":\"json_schema\"}},", "a format was asked for")]
    [InlineData("\"response_format\":{\"type\":\"text\"},", null)]
    [InlineData("", null)]
    public void What_has_no_parts_is_not_gone_on_with(string wish, string? why)
    {
        var call = ChatCall.Of(ChatCall.Streamed.Replace("\"stream\"", wish + "\"stream\"", StringComparison.Ordinal));

        Assert.Equal(why, ContinuedRequest.Obstacle(call, out _));
    }

    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-5", "prefix")]
    [InlineData("anthropic", "claude-opus-4-20250514", "prefix")]
    [InlineData("anthropic", "claude-3-5-haiku-latest", "prefix")]
    [InlineData("anthropic", "claude-opus-4-6", "instruction")]
    [InlineData("anthropic", "claude-sonnet-5", "instruction")]
    [InlineData("anthropic", "claude-opus-5-5", "instruction")]
    [InlineData("anthropic", "another", "instruction")]
    [InlineData("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "prefix")]
    [InlineData("bedrock", "anthropic.claude-sonnet-4-6", "instruction")]
    [InlineData("bedrock", "amazon.nova-lite-v1:0", "instruction")]
    [InlineData("mistral", "mistral-large-latest", "prefix")]
    [InlineData("ollama", "llama3.2", "prefix")]
    [InlineData("deepseek", "deepseek-chat", "instruction")]
    [InlineData("deepseek", "deepseek-chat", "prefix", "http://127.0.0.1/beta")]
    [InlineData("openai", "gpt-4o", "instruction")]
    [InlineData("cohere", "command-a-03-2025", "instruction")]
    public void Each_target_is_asked_in_its_own_way(
        string type, string model, string way, string url = "http://127.0.0.1/x")
    {
        var options = new ProviderOptions { Name = "p", Type = type, BaseUrl = new Uri(url) };
        var provider = new Provider(options, new KeyRing([]));

        Assert.Equal(way, ContinuationWays.Of(provider, model).Word());
        Assert.Equal(ContinuationWay.Instruction, ContinuationWays.Of(provider, model, wantsThoughts: true));
    }

    private static JsonElement Of(string body, string told, ContinuationWay way)
    {
        var bytes = Encoding.UTF8.GetBytes(told);
        var asked = ContinuedRequest.Of(
            ChatCall.Of(body), new ToldAnswer(bytes, false, ToldAnswer.TokensOf(bytes.Length)), way);
        return JsonElement.Parse(asked.Body.Span);
    }

    private static (string? Role, string? Content) Message(JsonElement message) =>
        (message.GetProperty("role").GetString(), message.GetProperty("content").GetString());
}
