using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicErrorsTests
{
    [Theory]
    [InlineData(301, Outcome.BadAnswer)]
    [InlineData(400, Outcome.CallerError)]
    [InlineData(401, Outcome.Auth)]
    [InlineData(402, Outcome.Quota)]
    [InlineData(403, Outcome.Auth)]
    [InlineData(404, Outcome.NotFound)]
    [InlineData(408, Outcome.ServerError)]
    [InlineData(409, Outcome.Conflict)]
    [InlineData(413, Outcome.CallerError)]
    [InlineData(415, Outcome.CallerError)]
    [InlineData(418, Outcome.CallerError)]
    [InlineData(422, Outcome.CallerError)]
    [InlineData(424, Outcome.ServerError)]
    [InlineData(425, Outcome.Conflict)]
    [InlineData(429, Outcome.RateLimited)]
    [InlineData(500, Outcome.ServerError)]
    [InlineData(503, Outcome.ServerError)]
    [InlineData(522, Outcome.ServerError)]
    [InlineData(529, Outcome.ServerError)]
    [InlineData(999, Outcome.BadAnswer)]
    public void The_status_classifies_where_the_body_says_nothing(int status, Outcome outcome)
    {
        foreach (var body in new[] { "", "<html>", "{}", "[]", "{\"error\":\"text\"}", "{\"error\":{\"type\":7" })
        {
            var fault = Error(status, body);

            Assert.Equal((outcome, status), (fault.Outcome, fault.Status));
            Assert.Equal($"The provider answered with status {status} and no readable error.", fault.Message);
        }
    }

    [Fact]
    public void The_providers_words_are_kept()
    {
        var fault = Error(401, """
            {"type":"error","error":{"type":"authentication_error","message":"invalid \"x-api-key\" \u00e4"},
            "request_id":"req_1"}
            """.Joined());

        Assert.Equal(
            new ProviderFault(Outcome.Auth, "invalid \"x-api-key\" ä") { Status = 401, Type = "authentication_error" },
            fault);
    }

    [Fact]
    public void Used_up_credit_is_a_quota_end_and_no_mistake_of_the_callers() => Assert.Equal(
        Outcome.Quota, Error(400, """
        {"type":"error","error":{"type":"invalid_request_error",
        "message":"Your credit balance is too low to access the API."}}
        """.Joined()).Outcome);

    [Fact]
    public void A_spend_limit_is_a_quota_end_and_no_rate_limit()
    {
        var fault = Error(429, """
            {"type":"error","error":{"type":"rate_limit_error","message":"M",
            "details":{"error_code":"enforced_spend_limit_reached"}}}
            """.Joined());

        Assert.Equal((Outcome.Quota, "enforced_spend_limit_reached"), (fault.Outcome, fault.Code));
    }

    [Fact]
    public void A_bad_key_is_one_under_400_too() => Assert.Equal(
        Outcome.Auth, Error(400, """{"error":{"type":"authentication_error","message":"M"}}""").Outcome);

    [Theory]
    [InlineData("x", 2000)]
    [InlineData("ä", 2000)]
    [InlineData("語", 2000)]
    [InlineData("😀", 2000)]
    [InlineData("x😀", 2000)]
    public void Long_messages_are_cut_between_characters(string text, int length)
    {
        var message = string.Concat(Enumerable.Repeat(text, 10_000));

        var kept = Error(500, $$$"""{"error":{"type":"{{{message}}}","message":"{{{message}}}"}}""");

        Assert.InRange(kept.Message.Length, length - 1, length);
        Assert.StartsWith(kept.Message, message);
        Assert.False(char.IsHighSurrogate(kept.Message[^1]));
        Assert.InRange(kept.Type!.Length, 99, 100);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_message() => Assert.Equal(
        "The provider answered with status 500 and no readable error.",
        Error(500, """{"error":{"type":"\ud83d","message":"\ud83d"}}""").Message);

    private static ProviderFault Error(int status, string body) =>
        Wire.Provider().ReadError(status, Encoding.UTF8.GetBytes(body));
}
