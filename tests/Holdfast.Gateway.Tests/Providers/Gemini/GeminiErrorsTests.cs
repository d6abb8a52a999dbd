using System.Text;
using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiErrorsTests
{
    private const string ErrorInfo = "\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\"";
    private const string RetryInfo = "\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\"";

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", Outcome.CallerError)]
    [InlineData(400, "FAILED_PRECONDITION", Outcome.Auth)]
    [InlineData(401, "UNAUTHENTICATED", Outcome.Auth)]
    [InlineData(403, "PERMISSION_DENIED", Outcome.Auth)]
    [InlineData(404, "NOT_FOUND", Outcome.NotFound)]
    [InlineData(429, "RESOURCE_EXHAUSTED", Outcome.RateLimited)]
    [InlineData(500, "INTERNAL", Outcome.ServerError)]
    [InlineData(503, "UNAVAILABLE", Outcome.ServerError)]
    [InlineData(504, "DEADLINE_EXCEEDED", Outcome.ServerError)]
    public void A_status_is_its_outcome(int status, string name, Outcome outcome)
    {
        var body = $$$"""{"error":{"code":{{{status}}},"message":"M","status":"{{{name}}}"}}""";

        foreach (var shape in new[] { body, $"[{body}]" })
        {
            var fault = Provider().ReadError(status, Encoding.UTF8.GetBytes(shape));

            Assert.Equal((outcome, status, name, "M"), (fault.Outcome, fault.Status, fault.Type, fault.Message));
        }
    }

    [Theory]
    [InlineData("\"message\":\"API key not valid. Please pass a valid API key.\"")]
    [InlineData("\"message\":\"API Key not found. Please pass a valid API key.\"")]
    [InlineData("\"message\":\"API key expired. Please renew the API key.\"")]
    [InlineData("\"message\":\"?\",\"details\":[{" + ErrorInfo + ",\"reason\":\"API_KEY_INVALID\"}]")]
    public void A_bad_key_is_a_400_that_is_none_of_the_callers_doing(string members) => Assert.Equal(
        Outcome.Auth,
        Provider().ReadError(400, Encoding.UTF8.GetBytes(
            "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\"," + members + "}}")).Outcome);

    [Theory]
    [InlineData("Your prepayment credits are depleted.", Outcome.Quota)]
    [InlineData("Your project has exceeded its monthly spending cap.", Outcome.Quota)]
    [InlineData("You exceeded your current quota, please check your plan and billing details.", Outcome.RateLimited)]
    public void Only_the_end_of_money_is_a_quota_end(string message, Outcome outcome) => Assert.Equal(
        outcome,
        Provider().ReadError(429, Encoding.UTF8.GetBytes($$$"""{"error":{"message":"{{{message}}}"}}""")).Outcome);

    [Theory]
    [InlineData("7s", 7000)]
    [InlineData("26.5s", 26500)]
    [InlineData("7", null)]
    [InlineData("-7s", null)]
    [InlineData("soon", null)]
    public void The_delay_stands_in_the_details(string delay, int? milliseconds)
    {
        var fault = Provider().ReadError(429, Encoding.UTF8.GetBytes(
            "{\"error\":{\"details\":[7,{" + ErrorInfo + "},{" + RetryInfo + ",\"retryDelay\":\"" + delay + "\"}]}}"));

        Assert.Equal(milliseconds, fault.RetryAfter?.TotalMilliseconds);
    }

    [Theory]
    [InlineData("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "38s", 600_000)]
    [InlineData("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "65205s", 3_600_000)]
    [InlineData("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "38s", 38_000)]
    public void A_quota_of_the_day_rests_longer_than_Google_asks_for(string quota, string delay, int milliseconds)
    {
        var fault = Provider().ReadError(429, Encoding.UTF8.GetBytes(
            "{\"error\":{\"details\":[{\"violations\":[{\"quotaMetric\":\"m\"},{\"quotaId\":\"" + quota + "\"}]},{"
            + RetryInfo + ",\"retryDelay\":\"" + delay + "\"}]}}"));

        Assert.Equal((Outcome.RateLimited, milliseconds), (fault.Outcome, fault.RetryAfter?.TotalMilliseconds));
    }

    [Fact]
    public void A_reason_is_not_lost_to_the_details_behind_it() => Assert.Equal(
        (Outcome.Auth, "API_KEY_INVALID"),
        Read(400, "{" + ErrorInfo + ",\"reason\":\"API_KEY_INVALID\"},{" + RetryInfo + "}"));

    [Fact]
    public void Only_a_400_can_mean_a_bad_key() => Assert.Equal(
        (Outcome.ServerError, "API_KEY_INVALID"),
        Read(503, "{" + ErrorInfo + ",\"reason\":\"API_KEY_INVALID\"}"));

    private static (Outcome Outcome, string? Code) Read(int status, string details)
    {
        var fault = Provider().ReadError(
            status, Encoding.UTF8.GetBytes("{\"error\":{\"details\":[" + details + "]}}"));
        return (fault.Outcome, fault.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"error\":7}")]
    public void A_body_without_an_error_leaves_the_status_to_speak(string body)
    {
        var fault = Provider().ReadError(502, Encoding.UTF8.GetBytes(body));

        Assert.Equal((Outcome.ServerError, 502), (fault.Outcome, fault.Status));
        Assert.NotEmpty(fault.Message);
    }
}
