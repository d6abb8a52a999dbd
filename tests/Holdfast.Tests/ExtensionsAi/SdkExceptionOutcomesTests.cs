using System.Net;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Failover;

namespace Holdfast.Tests.ExtensionsAi;

public class SdkExceptionOutcomesTests
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
    [InlineData(422, Outcome.CallerError)]
    [InlineData(424, Outcome.ServerError)]
    [InlineData(425, Outcome.Conflict)]
    [InlineData(429, Outcome.RateLimited)]
    [InlineData(500, Outcome.ServerError)]
    [InlineData(529, Outcome.ServerError)]
    [InlineData(200, Outcome.BadAnswer)]
    public void A_status_goes_by_the_table_however_the_exception_carries_it(int status, Outcome expected)
    {
        Assert.Equal(expected, Of(new HttpRequestException("x", null, (HttpStatusCode)status)));
        Assert.Equal(expected, Of(new ClientResultException(status)));
        Assert.Equal(expected, Of(new AnthropicApiException((HttpStatusCode)status)));
    }

    [Fact]
    public void What_happens_on_the_way_is_refused_and_what_takes_too_long_a_timeout()
    {
        Assert.Equal(Outcome.Refused, Of(new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.Equal(Outcome.Refused, Of(new IOException()));
        Assert.Equal(Outcome.Refused, Of(new ClientResultException(0, new HttpRequestException())));
        Assert.Equal(Outcome.Timeout, Of(new TimeoutException()));
        Assert.Equal(Outcome.Timeout, Of(new TaskCanceledException("100 s", new TimeoutException())));
        Assert.Equal(Outcome.Timeout, Of(new ClientResultException(0, new TaskCanceledException())));
        Assert.Equal(Outcome.Timeout, Of(new AggregateException(new TimeoutException())));
    }

    [Fact]
    public void The_callers_mistakes_and_what_a_client_cannot_do_are_told_from_the_unknown()
    {
        Assert.Equal(Outcome.CallerError, Of(new ArgumentOutOfRangeException("x")));
        Assert.Equal(Outcome.NotFound, Of(new NotSupportedException()));
        Assert.Equal(Outcome.BadAnswer, Of(new System.Text.Json.JsonException()));
        Assert.Equal(Outcome.ServerError, Of(new InvalidOperationException()));
    }

    [Fact]
    public void Words_tell_a_quota_and_a_bad_key()
    {
        Assert.Equal(Outcome.Quota, Of(new ClientResultException(429, null, "insufficient_quota")));
        Assert.Equal(Outcome.Quota, Of(new ClientResultException(400, null, "Your credit balance is too low")));
        Assert.Equal(Outcome.Auth, Of(new ClientResultException(400, null, "API key not valid.")));
    }

    [Fact]
    public void A_servers_delay_is_read_from_the_answer_behind_the_exception()
    {
        var delayed = new ClientResultException(429) { Headers = { ["retry-after-ms"] = "1500" } };
        var later = new ClientResultException(503)
        {
            Headers = { ["retry-after"] = "7", ["x-should-retry"] = "false" },
        };

        Assert.Equal(
            new ExceptionOutcome(Outcome.RateLimited, TimeSpan.FromSeconds(1.5)), Classify(delayed));
        Assert.Equal(
            new ExceptionOutcome(Outcome.ServerError, TimeSpan.FromSeconds(7), MayRepeat: false), Classify(later));
    }

    [Fact]
    public void A_protected_client_below_keeps_its_meaning()
    {
        Assert.Equal(Outcome.CircuitOpen, Of(new CircuitOpenException("a", TimeSpan.Zero)));
        Assert.Equal(Outcome.Quota, Of(new ModelUnavailableException("a", Outcome.Quota)));
        Assert.Equal(Outcome.ServerError, Of(new AllModelsFailedException(AttemptTrail.Empty)));
    }

    private static Outcome Of(Exception exception) => Classify(exception).Outcome;

    private static ExceptionOutcome Classify(Exception exception) =>
        SdkExceptionOutcomes.Classify(exception, ManualTimeProvider.Epoch);

    private sealed class AnthropicApiException(HttpStatusCode status) : Exception
    {
        public HttpStatusCode StatusCode => status;
    }

    // The shape of System.ClientModel's, which is what OpenAI's and Azure's SDKs throw.
    private sealed class ClientResultException(int status, Exception? inner = null, string message = "")
        : Exception(message, inner)
    {
        public int Status => status;

        public Dictionary<string, string> Headers { get; } = [];

        public RawResponse GetRawResponse() => new(new ResponseHeaders(Headers));
    }

    private sealed record RawResponse(ResponseHeaders Headers);

    private sealed class ResponseHeaders(Dictionary<string, string> headers)
    {
        public bool TryGetValue(string name, out string? value) => headers.TryGetValue(name, out value);
    }
}
