using System.Net;
using System.Net.Sockets;
using Holdfast.Extensions.AI;
using Holdfast.Failover;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.ExtensionsAi.Sdks;

/// <summary>What the SDKs really throw, each made by the SDK itself at a server on a socket.</summary>
public class SdkExceptionTests
{
    private const string OpenAiError = """{"error":{"message":"m","type":"t","code":"c"}}""";
    private const string AnthropicError = """{"type":"error","error":{"type":"t","message":"m"}}""";

    [Theory]
    [InlineData(400, Outcome.CallerError)]
    [InlineData(401, Outcome.Auth)]
    [InlineData(402, Outcome.Quota)]
    [InlineData(403, Outcome.Auth)]
    [InlineData(404, Outcome.NotFound)]
    [InlineData(408, Outcome.ServerError)]
    [InlineData(409, Outcome.Conflict)]
    [InlineData(413, Outcome.CallerError)]
    [InlineData(422, Outcome.CallerError)]
    [InlineData(429, Outcome.RateLimited)]
    [InlineData(500, Outcome.ServerError)]
    [InlineData(503, Outcome.ServerError)]
    [InlineData(529, Outcome.ServerError)]
    public async Task A_status_means_the_same_from_every_sdk(int status, Outcome expected)
    {
        foreach (var (sdk, body) in new[] { ("openai", OpenAiError), ("anthropic", AnthropicError), ("azure", "{}") })
        {
            using var server = LoopbackServer.Answers(status, body);

            var thrown = await ThrownAsync(Sdk.Of(sdk, server.Address));

            Assert.True(expected == Classify(thrown).Outcome, $"{sdk}: {thrown.GetType()}: {Classify(thrown)}");
        }
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("azure")]
    public async Task Nobody_at_the_address_and_an_answer_that_breaks_off_are_refused(string sdk)
    {
        using var breaking = LoopbackServer.Breaks();

        var nobody = await ThrownAsync(Sdk.Of(sdk, LoopbackServer.Nobody));
        var broken = await ThrownAsync(Sdk.Of(sdk, breaking.Address));

        Assert.Equal(Outcome.Refused, Classify(nobody).Outcome);
        Assert.Equal(Outcome.Refused, Classify(broken).Outcome);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("azure")]
    public async Task An_sdks_own_limit_is_a_timeout(string sdk)
    {
        using var server = LoopbackServer.StaysSilent();

        var thrown = await ThrownAsync(Sdk.Of(sdk, server.Address, limit: TimeSpan.FromMilliseconds(50)));

        Assert.True(Outcome.Timeout == Classify(thrown).Outcome, thrown.ToString());
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    public async Task What_is_thrown_after_an_sdks_own_repeats_is_still_refused(string sdk)
    {
        var thrown = await ThrownAsync(Sdk.Of(sdk, LoopbackServer.Nobody, retries: 1));

        Assert.Equal(2, Assert.IsType<AggregateException>(thrown).InnerExceptions.Count);
        Assert.Equal(Outcome.Refused, Classify(thrown).Outcome);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_page_of_html_in_a_200_is_a_bad_answer(string sdk)
    {
        using var server = LoopbackServer.Answers(200, "<html>", type: "text/html");

        Assert.Equal(Outcome.BadAnswer, Classify(await ThrownAsync(Sdk.Of(sdk, server.Address))).Outcome);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    public async Task The_servers_delay_and_its_advice_are_read_from_the_exception(string sdk)
    {
        using var seconds = LoopbackServer.Answers(429, "{}", "retry-after: 7\r\n");
        using var exact = LoopbackServer.Answers(
            503, "{}", "retry-after-ms: 1500\r\nretry-after: 7\r\nx-should-retry: false\r\n");
        using var date = LoopbackServer.Answers(429, "{}", "retry-after: Sat, 01 Mar 2025 12:00:20 GMT\r\n");

        Assert.Equal(new ExceptionOutcome(Outcome.RateLimited, TimeSpan.FromSeconds(7)),
            Classify(await ThrownAsync(Sdk.Of(sdk, seconds.Address))));
        Assert.Equal(new ExceptionOutcome(Outcome.ServerError, TimeSpan.FromSeconds(1.5), MayRepeat: false),
            Classify(await ThrownAsync(Sdk.Of(sdk, exact.Address))));
        Assert.Equal(new ExceptionOutcome(Outcome.RateLimited, TimeSpan.FromSeconds(20)),
            Classify(await ThrownAsync(Sdk.Of(sdk, date.Address))));
    }

    // Should this fail one day because the delay is there: good, and the page about the SDKs can say so.
    [Fact]
    public async Task Anthropics_exceptions_carry_no_headers_so_their_delay_is_unknown()
    {
        using var server = LoopbackServer.Answers(429, AnthropicError, "retry-after: 7\r\n");

        Assert.Equal(new ExceptionOutcome(Outcome.RateLimited),
            Classify(await ThrownAsync(Sdk.Anthropic(server.Address))));
    }

    [Theory]
    [InlineData("openai", 429,
        """{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}""")]
    [InlineData("anthropic", 400,
        """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}""")]
    public async Task A_quota_that_is_used_up_is_told_by_its_words(string sdk, int status, string body)
    {
        using var server = LoopbackServer.Answers(status, body);

        Assert.Equal(Outcome.Quota, Classify(await ThrownAsync(Sdk.Of(sdk, server.Address))).Outcome);
    }

    [Theory]
    [InlineData("overloaded_error", Outcome.ServerError)]
    [InlineData("rate_limit_error", Outcome.RateLimited)]
    public async Task An_error_inside_Anthropics_stream_is_told_by_its_type(string type, Outcome expected)
    {
        using var server = LoopbackServer.Answers(200,
            $$"""
            event: error
            data: {"type":"error","error":{"type":"{{type}}","message":"m"} }


            """, type: "text/event-stream");
        using var client = Sdk.Anthropic(server.Address);

        var thrown = await Assert.ThrowsAnyAsync<Exception>(
            () => client.GetStreamingResponseAsync("hi").ToListAsync().AsTask());

        Assert.Equal("AnthropicSseException", thrown.GetType().Name);
        Assert.Equal(expected, Classify(thrown).Outcome);
    }

    [Fact]
    public async Task HttpClients_own_exceptions_are_told_by_status_and_socket()
    {
        using var http = new HttpClient();
        using var server = LoopbackServer.Answers(503, "");

        var status = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
        var nobody = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(LoopbackServer.Nobody));
        var wrapped = new InvalidOperationException(
            "mine", new HttpRequestException("x", null, HttpStatusCode.TooManyRequests));

        Assert.Equal(Outcome.ServerError, Classify(status).Outcome);
        Assert.Equal(Outcome.Refused, Classify(nobody).Outcome);
        Assert.Equal(Outcome.Refused, Classify(new SocketException((int)SocketError.HostNotFound)).Outcome);
        Assert.Equal(Outcome.RateLimited, Classify(wrapped).Outcome);
    }

    private static ExceptionOutcome Classify(Exception exception) =>
        SdkExceptionOutcomes.Classify(exception, ManualTimeProvider.Epoch);

    private static async Task<Exception> ThrownAsync(IChatClient client)
    {
        using (client)
            return await Assert.ThrowsAnyAsync<Exception>(() => client.GetResponseAsync("hi").SoonAsync());
    }
}
