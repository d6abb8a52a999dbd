using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>A call from the face to a scripted provider and back, on a clock that the test moves.</summary>
public sealed class CallEndpointTests : FaceTests
{
    public CallEndpointTests()
        : base("/v1/chat/completions") => Gateway.With("a", "openai", "sk-secret-key").With("b");

    [Fact]
    public async Task A_plain_answer_reaches_its_caller_with_the_story_in_its_headers()
    {
        var call = HandleAsync(ChatCall.Plain);
        await Gateway.AnswerAsync("a", 500);
        await Gateway.AnswerAsync("b", 200, null, "set-cookie: a=b", "openai-organization: o");
        await call;

        Assert.Equal((200, ClientFixture.Good), (Http.Response.StatusCode, Written));
        Assert.Equal("a/x:server_error,b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.DoesNotContain("set-cookie", Http.Response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("openai-organization", Http.Response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("req_7", "m", Outcome.Ok), (Seen.Last!.Request.Id, Seen.Last.ModelLabel, Seen.Last.Outcome));
    }

    [Fact]
    public async Task What_theGateway_itself_took_is_what_was_not_waited_for()
    {
        var call = HandleAsync(ChatCall.Plain);
        var first = await Gateway["a"].RequestAsync();
        Gateway.Time.Advance(TimeSpan.FromSeconds(3));
        await first.AnswerAsync(200, ClientFixture.Good);
        await call;

        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), TimeSpan.Zero),
            (Seen.Last!.Duration, Seen.Last.Waited, Seen.Last.Overhead));
        Assert.Null(Seen.Last.TimeToFirstToken);
    }

    [Theory]
    [InlineData("application/json", "no JSON")]
    [InlineData("text/plain", ChatCall.Plain)]
    public async Task A_call_that_cannot_be_read_is_accounted_for_with_its_callers_trace(string type, string body)
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        Http.Request.ContentType = type;
        Http.Request.Headers.TraceParent = Parent;

        await HandleAsync(body);

        Assert.Equal(("req_7", Parent), (Seen.Last!.Request.Id, Seen.Last.Request.Headers.TraceParent));
    }

    [Fact]
    public async Task A_streams_time_to_its_first_token_is_taken()
    {
        var call = HandleAsync(ChatCall.Streamed);
        var server = await Gateway["a"].RequestAsync();
        Gateway.Time.Advance(TimeSpan.FromSeconds(2));
        await server.BeginStreamAsync(ClientFixture.Hi, ClientFixture.Stop, ClientFixture.Done);
        await call;

        Assert.Equal(ClientFixture.Hi + ClientFixture.Stop + ClientFixture.Done, Written);
        Assert.StartsWith("text/event-stream", Http.Response.ContentType);
        Assert.Equal((TimeSpan.FromSeconds(2), Outcome.Ok), (Seen.Last!.TimeToFirstToken, Seen.Last.Outcome));
    }

    [Fact]
    public async Task A_cut_stream_tells_its_caller_and_ends_unclean()
    {
        var call = HandleAsync(ChatCall.Streamed);
        var server = await Gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        var events = Written;
        Assert.StartsWith(ClientFixture.Hi + "data: {\"error\":", events);
        Assert.DoesNotContain("[DONE]", events);
        Assert.Equal((Outcome.Cut, 200), (Seen.Last!.Outcome, Seen.Last.HttpStatus));
    }

    [Fact]
    public async Task A_provider_that_repeats_a_key_does_not_leak_it()
    {
        var call = HandleAsync(ChatCall.Plain);
        await Gateway.AnswerAsync("a", 422,
            """{"error":{"message":"bad sk-secret-key","type":"sk-secret-key","code":"sk-secret-key"}}""");
        await call;

        Assert.Equal(422, Http.Response.StatusCode);
        Assert.DoesNotContain("sk-secret-key", Written);
        Assert.Contains("bad [redacted]", Written);
    }

    [Theory]
    [InlineData("{\"model\":\"nobody\",\"messages\":[{}]}", "application/json", 404, "model_not_found")]
    [InlineData("{\"model\":\"m\"}", "application/json", 400, "missing_field")]
    [InlineData(ChatCall.Plain, "text/plain", 415, "unsupported_media_type")]
    [InlineData(ChatCall.Plain, null, 415, "unsupported_media_type")]
    public async Task What_cannot_be_served_is_refused_and_recorded(string body, string? type, int status, string code)
    {
        Http.Request.ContentType = type;

        await HandleAsync(body);

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal((status, code), (Http.Response.StatusCode, error.GetProperty("code").GetString()));
        Assert.Equal((status, Outcome.CallerError, "other"),
            (Seen.Last!.HttpStatus, Seen.Last.Outcome, Seen.Last.ModelLabel));
        Assert.Equal("0", Http.Response.Headers["x-holdfast-attempts"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused(bool announced)
    {
        Server = Server with { MaxRequestBytes = 20 };
        Http.Request.ContentLength = announced ? ChatCall.Plain.Length : null;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(413, Http.Response.StatusCode);
    }

    [Fact]
    public async Task Without_a_required_key_nothing_is_read()
    {
        Server = Server with { RequireKeys = true };

        await HandleAsync("not even JSON");

        Assert.Equal((401, "Bearer"), (Http.Response.StatusCode, Http.Response.Headers.WWWAuthenticate.ToString()));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("99999999999")]
    [InlineData("")]
    public async Task A_timeout_that_is_none_is_refused(string value)
    {
        Http.Request.Headers["x-holdfast-timeout-ms"] = value;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(400, Http.Response.StatusCode);
        Assert.Contains("\"param\":\"x-holdfast-timeout-ms\"", Written);
    }

    [Fact]
    public async Task The_callers_timeout_is_the_calls()
    {
        Http.Request.Headers["x-holdfast-timeout-ms"] = "1500";
        var call = HandleAsync(ChatCall.Plain);
        await Gateway["a"].RequestAsync();

        Gateway.Time.Advance(TimeSpan.FromMilliseconds(1500));
        await call;

        Assert.Equal((504, "false"),
            (Http.Response.StatusCode, Http.Response.Headers["x-should-retry"].ToString()));
    }

    [Theory]
    [InlineData("urgent")]
    [InlineData("10")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("high, low")]
    public async Task A_priority_that_is_none_is_refused(string value)
    {
        Http.Request.Headers["x-holdfast-priority"] = value;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(400, Http.Response.StatusCode);
        Assert.Contains("\"param\":\"x-holdfast-priority\"", Written);
    }

    [Theory]
    [InlineData("high", 2)]
    [InlineData("Normal", 5)]
    [InlineData("low", 8)]
    [InlineData("0", 0)]
    [InlineData("9", 9)]
    public async Task The_callers_priority_is_the_calls(string value, int priority)
    {
        Http.Request.Headers["x-holdfast-priority"] = value;
        var call = HandleAsync(ChatCall.Plain);
        await Gateway.AnswerAsync("a", 200);
        await call;

        Assert.Equal(priority, Seen.Last!.Request.Priority);
    }

    [Fact]
    public async Task A_fullGateway_refuses_in_the_callers_dialect_and_frees_its_place_afterwards()
    {
        Admission.Configure(CallLimits.None with { MaxConcurrency = 1, MaxQueueSize = 0 });
        Gateway.Build();
        var running = ChatCall.Of();
        var entry = await Admission.EnterAsync(running, new CallRecord(running), default, default);

        await HandleAsync(ChatCall.Plain);

        Assert.Equal((429, "1", ""), (Http.Response.StatusCode, Http.Response.Headers.RetryAfter.ToString(),
            Http.Response.Headers["x-should-retry"].ToString()));
        Assert.Contains("\"code\":\"queue_full\"", Written);
        Assert.Equal((Outcome.Saturated, 429), (Seen.Last!.Outcome, Seen.Last.HttpStatus));
        entry.Place.Succeeded();
        Assert.Equal(0, Admission.GetStatus()!.Running);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(500)]
    public async Task A_calls_place_in_theGateway_is_free_when_it_has_ended(int status)
    {
        Admission.Configure(CallLimits.None with { MaxConcurrency = 1 });
        var call = HandleAsync(ChatCall.Plain);
        await Gateway.AnswerAsync("a", status);
        if (status == 500)
        {
            await Gateway.AnswerAsync("b", status);
        }

        await call;

        Assert.Equal((0, 1L), (Admission.GetStatus()!.Running, Admission.GetStatus()!.Admitted));
    }

    [Fact]
    public async Task A_callers_share_is_its_keys_and_never_the_key_itself()
    {
        Http.Request.Headers.Authorization = "Bearer sk-caller";
        var call = HandleAsync(ChatCall.Plain);
        await Gateway.AnswerAsync("a", 200);
        await call;

        var share = Seen.Last!.Request.Share;
        Assert.StartsWith("key:", share);
        Assert.DoesNotContain("sk-caller", share);
        Assert.Equal(share, CallerShare.Of("sk-caller", null));
        Assert.NotEqual(share, CallerShare.Of("sk-other", null));
        Assert.Equal("address:127.0.0.1", CallerShare.Of(null, System.Net.IPAddress.Loopback));
    }

    private Task HandleAsync(string body) => HandleAsync(body, OpenAiFace.Chat);
}
