using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>A call from the face to a scripted provider and back, on a clock that the test moves.</summary>
public sealed class CallEndpointTests : IDisposable
{
    private readonly Routing.Gateway _gateway = new();
    private readonly Recorder _seen = new();
    private readonly CallsInFlight _inFlight = new();
    private readonly DefaultHttpContext _http = new()
    {
        Request = { Method = "POST", ContentType = "application/json" },
        Response = { Body = new MemoryStream() },
        TraceIdentifier = "req_7",
    };

    private ServerOptions _server = new();

    private readonly GatewayAdmission _admission;

    public CallEndpointTests()
    {
        _gateway.With("a", "openai", "sk-secret-key").With("b");
        _admission = new GatewayAdmission(_gateway.Time);
    }

    [Fact]
    public async Task A_plain_answer_reaches_its_caller_with_the_story_in_its_headers()
    {
        var call = HandleAsync(ChatCall.Plain);
        await _gateway.AnswerAsync("a", 500);
        await _gateway.AnswerAsync("b", 200, null, "set-cookie: a=b", "openai-organization: o");
        await call;

        Assert.Equal((200, ClientFixture.Good), (_http.Response.StatusCode, Written()));
        Assert.Equal("a/x:server_error,b/x:ok", _http.Response.Headers["x-holdfast-attempted"]);
        Assert.DoesNotContain("set-cookie", _http.Response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("openai-organization", _http.Response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("req_7", "m", Outcome.Ok), (_seen.Last!.Request.Id, _seen.Last.ModelLabel, _seen.Last.Outcome));
    }

    [Fact]
    public async Task What_the_gateway_itself_took_is_what_was_not_waited_for()
    {
        var call = HandleAsync(ChatCall.Plain);
        var first = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(3));
        await first.AnswerAsync(200, ClientFixture.Good);
        await call;

        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), TimeSpan.Zero),
            (_seen.Last!.Duration, _seen.Last.Waited, _seen.Last.Overhead));
        Assert.Null(_seen.Last.TimeToFirstToken);
    }

    [Theory]
    [InlineData("application/json", "no JSON")]
    [InlineData("text/plain", ChatCall.Plain)]
    public async Task A_call_that_cannot_be_read_is_accounted_for_with_its_callers_trace(string type, string body)
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        _http.Request.ContentType = type;
        _http.Request.Headers.TraceParent = Parent;

        await HandleAsync(body);

        Assert.Equal(("req_7", Parent), (_seen.Last!.Request.Id, _seen.Last.Request.Headers.TraceParent));
    }

    [Fact]
    public async Task A_streams_time_to_its_first_token_is_taken()
    {
        var call = HandleAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(2));
        await server.BeginStreamAsync(ClientFixture.Hi, ClientFixture.Stop, ClientFixture.Done);
        await call;

        Assert.Equal(ClientFixture.Hi + ClientFixture.Stop + ClientFixture.Done, Written());
        Assert.StartsWith("text/event-stream", _http.Response.ContentType);
        Assert.Equal((TimeSpan.FromSeconds(2), Outcome.Ok), (_seen.Last!.TimeToFirstToken, _seen.Last.Outcome));
    }

    [Fact]
    public async Task A_cut_stream_tells_its_caller_and_ends_unclean()
    {
        var call = HandleAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        var events = Written();
        Assert.StartsWith(ClientFixture.Hi + "data: {\"error\":", events);
        Assert.DoesNotContain("[DONE]", events);
        Assert.Equal((Outcome.Cut, 200), (_seen.Last!.Outcome, _seen.Last.HttpStatus));
    }

    [Fact]
    public async Task A_provider_that_repeats_a_key_does_not_leak_it()
    {
        var call = HandleAsync(ChatCall.Plain);
        await _gateway.AnswerAsync("a", 422,
            """{"error":{"message":"bad sk-secret-key","type":"sk-secret-key","code":"sk-secret-key"}}""");
        await call;

        Assert.Equal(422, _http.Response.StatusCode);
        Assert.DoesNotContain("sk-secret-key", Written());
        Assert.Contains("bad [redacted]", Written());
    }

    [Theory]
    [InlineData("{\"model\":\"nobody\",\"messages\":[{}]}", "application/json", 404, "model_not_found")]
    [InlineData("{\"model\":\"m\"}", "application/json", 400, "missing_field")]
    [InlineData(ChatCall.Plain, "text/plain", 415, "unsupported_media_type")]
    [InlineData(ChatCall.Plain, null, 415, "unsupported_media_type")]
    public async Task What_cannot_be_served_is_refused_and_recorded(string body, string? type, int status, string code)
    {
        _http.Request.ContentType = type;

        await HandleAsync(body);

        var error = JsonDocument.Parse(Written()).RootElement.GetProperty("error");
        Assert.Equal((status, code), (_http.Response.StatusCode, error.GetProperty("code").GetString()));
        Assert.Equal((status, Outcome.CallerError, "other"),
            (_seen.Last!.HttpStatus, _seen.Last.Outcome, _seen.Last.ModelLabel));
        Assert.Equal("0", _http.Response.Headers["x-holdfast-attempts"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused(bool announced)
    {
        _server = _server with { MaxRequestBytes = 20 };
        _http.Request.ContentLength = announced ? ChatCall.Plain.Length : null;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(413, _http.Response.StatusCode);
    }

    [Fact]
    public async Task Without_a_required_key_nothing_is_read()
    {
        _server = _server with { RequireKeys = true };

        await HandleAsync("not even JSON");

        Assert.Equal((401, "Bearer"), (_http.Response.StatusCode, _http.Response.Headers.WWWAuthenticate.ToString()));
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
        _http.Request.Headers["x-holdfast-timeout-ms"] = value;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(400, _http.Response.StatusCode);
        Assert.Contains("\"param\":\"x-holdfast-timeout-ms\"", Written());
    }

    [Fact]
    public async Task The_callers_timeout_is_the_calls()
    {
        _http.Request.Headers["x-holdfast-timeout-ms"] = "1500";
        var call = HandleAsync(ChatCall.Plain);
        await _gateway["a"].RequestAsync();

        _gateway.Time.Advance(TimeSpan.FromMilliseconds(1500));
        await call;

        Assert.Equal((504, "false"),
            (_http.Response.StatusCode, _http.Response.Headers["x-should-retry"].ToString()));
    }

    [Theory]
    [InlineData("urgent")]
    [InlineData("10")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("high, low")]
    public async Task A_priority_that_is_none_is_refused(string value)
    {
        _http.Request.Headers["x-holdfast-priority"] = value;

        await HandleAsync(ChatCall.Plain);

        Assert.Equal(400, _http.Response.StatusCode);
        Assert.Contains("\"param\":\"x-holdfast-priority\"", Written());
    }

    [Theory]
    [InlineData("high", 2)]
    [InlineData("Normal", 5)]
    [InlineData("low", 8)]
    [InlineData("0", 0)]
    [InlineData("9", 9)]
    public async Task The_callers_priority_is_the_calls(string value, int priority)
    {
        _http.Request.Headers["x-holdfast-priority"] = value;
        var call = HandleAsync(ChatCall.Plain);
        await _gateway.AnswerAsync("a", 200);
        await call;

        Assert.Equal(priority, _seen.Last!.Request.Priority);
    }

    [Fact]
    public async Task A_full_gateway_refuses_in_the_callers_dialect_and_frees_its_place_afterwards()
    {
        _admission.Configure(CallLimits.None with { MaxConcurrency = 1, MaxQueueSize = 0 });
        _gateway.Build();
        var running = ChatCall.Of();
        var entry = await _admission.EnterAsync(running, new CallRecord(running), default, default);

        await HandleAsync(ChatCall.Plain);

        Assert.Equal((429, "1", ""), (_http.Response.StatusCode, _http.Response.Headers.RetryAfter.ToString(),
            _http.Response.Headers["x-should-retry"].ToString()));
        Assert.Contains("\"code\":\"queue_full\"", Written());
        Assert.Equal((Outcome.Saturated, 429), (_seen.Last!.Outcome, _seen.Last.HttpStatus));
        entry.Place.Succeeded();
        Assert.Equal(0, _admission.GetStatus()!.Running);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(500)]
    public async Task A_calls_place_in_the_gateway_is_free_when_it_has_ended(int status)
    {
        _admission.Configure(CallLimits.None with { MaxConcurrency = 1 });
        var call = HandleAsync(ChatCall.Plain);
        await _gateway.AnswerAsync("a", status);
        if (status == 500)
        {
            await _gateway.AnswerAsync("b", status);
        }

        await call;

        Assert.Equal((0, 1L), (_admission.GetStatus()!.Running, _admission.GetStatus()!.Admitted));
    }

    [Fact]
    public async Task A_callers_share_is_its_keys_and_never_the_key_itself()
    {
        _http.Request.Headers.Authorization = "Bearer sk-caller";
        var call = HandleAsync(ChatCall.Plain);
        await _gateway.AnswerAsync("a", 200);
        await call;

        var share = _seen.Last!.Request.Share;
        Assert.StartsWith("key:", share);
        Assert.DoesNotContain("sk-caller", share);
        Assert.Equal(share, CallerShare.Of("sk-caller", null));
        Assert.NotEqual(share, CallerShare.Of("sk-other", null));
        Assert.Equal("address:127.0.0.1", CallerShare.Of(null, System.Net.IPAddress.Loopback));
    }

    public void Dispose() => _gateway.Dispose();

    private async Task HandleAsync(string body, ICallFace? face = null)
    {
        _gateway.Build();
        _http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var access = new AccessPolicy(_server, "admin-key");
        var redaction = new Redaction(["sk-secret-key"]);
        var observers = new CallObservers([_seen], new CapturedLog<CallObservers>());
        var snapshot = new GatewaySnapshot(_server, _gateway.Routes, new HostPolicy(_server), access, redaction);
        var endpoint = new CallEndpoint(
            () => snapshot, _admission, _gateway.Dispatcher, observers, _inFlight, _gateway.Time);
        try
        {
            await endpoint.HandleAsync(_http, face ?? OpenAiFace.Chat).SoonAsync();
        }
        finally
        {
            Assert.Equal(0, _inFlight.Count);
        }
    }

    private string Written() => Encoding.UTF8.GetString(((MemoryStream)_http.Response.Body).ToArray());

    private sealed class Recorder : ICallObserver
    {
        public CallRecord? Last { get; private set; }

        public void OnCompleted(CallRecord call) => Last = call;
    }
}
