using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class OpenAiErrorsTests
{
    [Theory]
    [InlineData(400, Outcome.CallerError)]
    [InlineData(401, Outcome.Auth)]
    [InlineData(402, Outcome.Quota)]
    [InlineData(403, Outcome.Auth)]
    [InlineData(404, Outcome.NotFound)]
    [InlineData(408, Outcome.ServerError)]
    [InlineData(409, Outcome.Conflict)]
    [InlineData(413, Outcome.CallerError)]
    [InlineData(415, Outcome.CallerError)]
    [InlineData(422, Outcome.CallerError)]
    [InlineData(424, Outcome.ServerError)]
    [InlineData(425, Outcome.Conflict)]
    [InlineData(429, Outcome.RateLimited)]
    [InlineData(500, Outcome.ServerError)]
    [InlineData(502, Outcome.ServerError)]
    [InlineData(503, Outcome.ServerError)]
    [InlineData(504, Outcome.ServerError)]
    [InlineData(520, Outcome.ServerError)]
    [InlineData(524, Outcome.ServerError)]
    [InlineData(529, Outcome.ServerError)]
    [InlineData(300, Outcome.BadAnswer)]
    [InlineData(302, Outcome.BadAnswer)]
    [InlineData(600, Outcome.BadAnswer)]
    public void A_status_alone_is_classified_by_the_table(int status, Outcome expected)
    {
        var fault = Read("openai", status, "");

        Assert.Equal((expected, status), (fault.Outcome, fault.Status));
        Assert.Equal($"the provider answered with status {status}", fault.Message);
        Assert.Equal(expected, StatusOutcomes.For(status));
    }

    [Fact]
    public void OpenAIs_shape_is_read_with_all_its_fields()
    {
        var fault = Read("openai", 400,
            """{"error":{"message":"bad","type":"invalid_request_error","param":"temperature","code":"x"}}""");

        Assert.Equal(("bad", "invalid_request_error", "temperature", "x"),
            (fault.Message, fault.Type, fault.Param, fault.Code));
    }

    [Theory]
    [InlineData("mistral", """{"detail":"wrong"}""")]
    [InlineData("mistral", """{"object":"error","message":"wrong","type":"t","code":"c"}""")]
    [InlineData("cohere", """{"id":"7","message":"wrong"}""")]
    [InlineData("bedrock", """{"message":"wrong"}""")]
    [InlineData("xai", """{"code":"Client specified an invalid argument","error":"wrong"}""")]
    [InlineData("openrouter", """{"error":{"code":400,"message":"wrong","metadata":{}}}""")]
    [InlineData("gemini", """[{"error":{"code":400,"message":"wrong","status":"INVALID_ARGUMENT"}}]""")]
    [InlineData("gemini", """{"error":{"code":400,"message":"wrong","status":"INVALID_ARGUMENT"}}""")]
    [InlineData("ollama", """{"error":"wrong"}""")]
    public void Every_providers_shape_gives_its_message(string type, string body)
    {
        var fault = Read(type, 400, body);

        Assert.Equal((Outcome.CallerError, "wrong"), (fault.Outcome, fault.Message));
    }

    [Fact]
    public void A_detail_that_is_a_list_is_kept_as_it_is() =>
        Assert.Equal("""[{"loc":["body"]}]""", Read("mistral", 422, """{"detail":[{"loc":["body"]}]}""").Message);

    [Fact]
    public void A_code_that_is_a_number_is_a_text() =>
        Assert.Equal("400", Read("openrouter", 400, """{"error":{"code":400,"message":"x"}}""").Code);

    [Fact]
    public void Geminis_status_is_the_type() => Assert.Equal(
        "RESOURCE_EXHAUSTED", Read("gemini", 429, """{"error":{"status":"RESOURCE_EXHAUSTED"}}""").Type);

    [Theory]
    [InlineData("\"34s\"", 34_000)]
    [InlineData("\"2.5s\"", 2_500)]
    [InlineData("\"7200s\"", 3_600_000)]
    public void Geminis_retry_info_says_how_long_to_stay_away(string delay, int milliseconds)
    {
        var fault = Read("gemini", 429, $$$"""
            [{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[
            {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},
            {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{{{delay}}}}]}}]
            """);

        Assert.Equal(Outcome.RateLimited, fault.Outcome);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), fault.RetryAfter);
    }

    [Theory]
    [InlineData("""{"error":{"details":"none"}}""")]
    [InlineData("""{"error":{"details":[1,null,"x",[],{}]}}""")]
    [InlineData("""{"error":{"details":[{"retryDelay":7}]}}""")]
    [InlineData("""{"error":{"details":[{"retryDelay":"soon"}]}}""")]
    [InlineData("""{"error":{"details":[{"retryDelay":"\ud800"}]}}""")]
    public void A_retry_info_of_a_wrong_shape_says_nothing(string body) =>
        Assert.Null(Read("gemini", 429, body).RetryAfter);

    [Theory]
    [InlineData(429, """{"error":{"code":"insufficient_quota","type":"insufficient_quota","message":"x"}}""")]
    [InlineData(429, """{"error":{"code":null,"type":"insufficient_quota","message":"x"}}""")]
    [InlineData(429, """{"error":{"code":"billing_hard_limit_reached","message":"x"}}""")]
    [InlineData(400, """{"error":{"code":"billing_hard_limit_reached","message":"x"}}""")]
    [InlineData(403, """{"error":{"code":"insufficient_quota","message":"x"}}""")]
    [InlineData(402, """{"error":{"message":"Insufficient Balance"}}""")]
    public void A_quota_that_has_ended_is_no_rate_limit(int status, string body) =>
        Assert.Equal(Outcome.Quota, Read("openai", status, body).Outcome);

    [Fact]
    public void A_rate_limit_is_no_quota_end() => Assert.Equal(Outcome.RateLimited,
        Read("openai", 429, """{"error":{"code":"rate_limit_exceeded","type":"tokens","message":"x"}}""").Outcome);

    [Theory]
    [InlineData("gemini", """[{"error":{"code":400,"message":"API key not valid. Pass a valid one."}}]""")]
    [InlineData("gemini", """{"error":{"message":"API Key not found.","status":"INVALID_ARGUMENT"}}""")]
    [InlineData("xai", """{"code":"x","error":"Incorrect API key provided: ab***yz."}""")]
    [InlineData("openai", """{"error":{"code":"invalid_api_key","message":"x"}}""")]
    public void A_400_that_means_a_bad_key_is_one(string type, string body) =>
        Assert.Equal(Outcome.Auth, Read(type, 400, body).Outcome);

    [Fact]
    public void A_400_that_only_speaks_of_keys_is_the_callers_own() => Assert.Equal(
        Outcome.CallerError, Read("openai", 400, """{"error":{"message":"API key is a bad topic"}}""").Outcome);

    [Theory]
    [InlineData("gemini", """[{"error":{"message":"Unknown name \"API key\": Cannot find field."}}]""")]
    [InlineData("xai", """{"code":"x","error":"messages[0]: 'Incorrect API key provided' is no role"}""")]
    public void A_callers_words_in_an_error_mark_no_key(string type, string body) =>
        Assert.Equal(Outcome.CallerError, Read(type, 400, body).Outcome);


    [Theory]
    [InlineData("<html>502</html>")]
    [InlineData("{\"error\":")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"error":null}""")]
    [InlineData("""{"error":{}}""")]
    [InlineData("""{"error":{"message":"\ud800"}}""")]
    public void What_cannot_be_read_leaves_the_status_to_speak(string body)
    {
        var fault = Read("openai", 503, body);

        Assert.Equal(Outcome.ServerError, fault.Outcome);
        Assert.Equal("the provider answered with status 503", fault.Message);
    }

    [Fact]
    public void Nesting_without_end_leaves_the_status_to_speak() =>
        Assert.Equal(Outcome.ServerError, Read("openai", 500, new string('[', 100_000)).Outcome);

    [Fact]
    public void Bytes_that_are_no_UTF_8_throw_nothing()
    {
        byte[] body = [.. "{\"error\":{\"message\":\""u8, 0xFF, 0xC3, .. "\"}}"u8];

        var fault = OpenAiErrors.Read(ProviderTypes.Find("openai")!, 500, body);

        Assert.Equal(Outcome.ServerError, fault.Outcome);
    }

    [Fact]
    public void A_long_message_is_cut()
    {
        var fault = Read("openai", 500, $$$"""{"error":{"message":"{{{new string('x', 100_000)}}}"}}""");

        Assert.Equal(OpenAiErrors.LongestMessage + 1, fault.Message.Length);
        Assert.EndsWith("…", fault.Message);
    }

    [Fact]
    public void An_error_inside_a_200_is_a_bad_answer_whatever_it_says()
    {
        var fault = OpenAiErrors.ReadInBand("""{"error":{"message":"x","code":"insufficient_quota"}}"""u8);

        Assert.Equal((Outcome.BadAnswer, 200, "x"), (fault.Outcome, fault.Status, fault.Message));
    }

    private static ProviderFault Read(string type, int status, string body) =>
        OpenAiErrors.Read(ProviderTypes.Find(type)!, status, Encoding.UTF8.GetBytes(body));
}
