using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.AnthropicApi;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using Holdfast.Gateway.Validation;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.AnthropicApi;

/// <summary>A call from Anthropic's face to a scripted provider and back.</summary>
public sealed class MessagesTests : IDisposable
{
    private const string Count = """{"model":"m","messages":[{"role":"user","content":"How many?"}]}""";

    private readonly Routing.Gateway _gateway = new();
    private readonly Recorder _seen = new();
    private readonly DefaultHttpContext _http = new()
    {
        Request = { Method = "POST", ContentType = "application/json", Path = "/v1/messages" },
        Response = { Body = new MemoryStream() },
        TraceIdentifier = "req_7",
    };

    private ServerOptions _server = new();

    [Fact]
    public async Task Q3_a_call_fails_over_from_anthropic_to_a_provider_of_another_dialect()
    {
        _gateway.With("a", "anthropic", "key").With("b");
        var call = HandleAsync(CallerWire.Plain);
        await _gateway.AnswerAsync("a", 529);
        await _gateway.AnswerAsync("b", 200);
        await call;

        Assert.Equal(200, _http.Response.StatusCode);
        Assert.Equal("a/x:server_error,b/x:ok", _http.Response.Headers["x-holdfast-attempted"]);
        Assert.Equal("req_7", _http.Response.Headers["request-id"]);
        Assert.Contains("\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]", Written());
        Assert.Equal(new Usage(5, 2), _seen.Last!.Usage);
    }

    [Fact]
    public async Task A_cut_stream_tells_of_it_in_an_error_event_and_ends_unclean()
    {
        _gateway.With("a");
        var call = HandleAsync(CallerWire.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        Assert.StartsWith("event: message_start\n", Written());
        var last = Written().Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"", last);
        Assert.EndsWith("\"request_id\":\"req_7\"}", last);
        Assert.Equal(Outcome.Cut, _seen.Last!.Outcome);
    }

    [Theory]
    [InlineData("{", 400, "invalid_request_error")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[{}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"no","max_tokens":1,"messages":[{}]}""", 404, "not_found_error")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"m","max_tokens":1,"container":"c","messages":[{"role":"user","content":""}]}""", 400,
        "invalid_request_error")]
    public async Task A_bad_request_is_refused_in_anthropics_shape(string body, int status, string type)
    {
        _gateway.With("a");

        await HandleAsync(body);

        var error = JsonNode.Parse(Written())!;
        Assert.Equal(status, _http.Response.StatusCode);
        Assert.Equal(["type", "error", "request_id"], error.AsObject().Select(member => member.Key));
        Assert.Equal(("error", type, "req_7"), ((string?)error["type"], (string?)error["error"]!["type"],
            (string?)error["request_id"]));
        Assert.Equal("req_7", _http.Response.Headers["request-id"]);
    }

    [Fact]
    public async Task Every_target_failing_is_an_overload_that_is_not_repeated()
    {
        _gateway.With("a");
        var call = HandleAsync(CallerWire.Plain);
        await _gateway.AnswerAsync("a", 500);
        await call;

        Assert.Equal((529, "false", 529), (_http.Response.StatusCode,
            _http.Response.Headers["x-should-retry"].ToString(), _seen.Last!.HttpStatus));
        Assert.Contains("\"type\":\"overloaded_error\"", Written());
    }

    [Fact]
    public async Task A_missing_key_is_an_authentication_error_and_x_api_key_is_one()
    {
        _server = new ServerOptions { RequireKeys = true };
        _gateway.With("a");

        await HandleAsync(CallerWire.Plain);

        Assert.Equal(401, _http.Response.StatusCode);
        Assert.Contains("\"type\":\"authentication_error\"", Written());
        _http.Request.Headers["x-api-key"] = "admin-key";
        ((MemoryStream)_http.Response.Body).SetLength(0);
        var call = HandleAsync(CallerWire.Plain);
        await _gateway.AnswerAsync("a", 200);
        await call;
        Assert.Contains("\"type\":\"message\"", Written());
    }

    [Theory]
    [InlineData(400, "invalid_request_error", 400)]
    [InlineData(401, "authentication_error", 401)]
    [InlineData(403, "permission_error", 403)]
    [InlineData(404, "not_found_error", 404)]
    [InlineData(413, "request_too_large", 413)]
    [InlineData(415, "invalid_request_error", 415)]
    [InlineData(429, "rate_limit_error", 429)]
    [InlineData(500, "api_error", 500)]
    [InlineData(501, "api_error", 501)]
    [InlineData(502, "overloaded_error", 529)]
    [InlineData(503, "overloaded_error", 529)]
    [InlineData(504, "timeout_error", 504)]
    public async Task Errors_have_anthropics_types(int status, string type, int told)
    {
        await AnthropicErrorBody.WriteAsync(_http, new CallError(status, "t", "c", "what")
        {
            RetryAfter = TimeSpan.FromSeconds(2.5),
        });

        Assert.Equal(told, _http.Response.StatusCode);
        Assert.Equal("3", _http.Response.Headers.RetryAfter);
        Assert.Equal($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"what"},"request_id":"req_7"}""",
            Written());
    }

    [Fact]
    public async Task A_count_is_asked_of_an_anthropic_target_and_others_are_passed_over()
    {
        _gateway.With("a").With("b", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        var request = await _gateway["b"].RequestAsync();
        await request.AnswerAsync(200, """{"input_tokens":17}""");
        await call;

        Assert.Equal(("""{"input_tokens":17}""", "provider"),
            (Written(), _http.Response.Headers["x-holdfast-token-count"].ToString()));
        Assert.Equal((Outcome.Ok, Operation.CountTokens), (_seen.Last!.Outcome, _seen.Last.Request.Operation));
    }

    [Fact]
    public async Task A_count_that_nobody_can_give_is_an_estimate_and_says_so()
    {
        _gateway.With("a");

        await HandleAsync(Count, AnthropicFace.CountTokens);

        Assert.Equal((200, "estimate"),
            (_http.Response.StatusCode, _http.Response.Headers["x-holdfast-token-count"].ToString()));
        Assert.InRange((int)JsonNode.Parse(Written())!["input_tokens"]!, 5, 50);
        Assert.Equal((Outcome.Ok, 200, 0), (_seen.Last!.Outcome, _seen.Last.HttpStatus, _seen.Last.Sent));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_count_is_estimated_when_those_who_could_give_it_fail(int status)
    {
        _gateway.With("a", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        await _gateway.AnswerAsync("a", status);
        await call;

        Assert.Equal("estimate", _http.Response.Headers["x-holdfast-token-count"]);
    }

    [Fact]
    public async Task What_is_wrong_with_a_count_stays_an_error()
    {
        _gateway.With("a", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        await _gateway.AnswerAsync("a", 400,
            """{"type":"error","error":{"type":"invalid_request_error","message":"messages: no"}}""");
        await call;

        Assert.Equal(400, _http.Response.StatusCode);
        Assert.Contains("messages: no", Written());
    }

    [Fact]
    public void An_estimate_counts_text_by_its_length_and_an_image_as_one()
    {
        var text = TokenEstimate.Of(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('a', 4000)}\"}}"));
        var image = TokenEstimate.Of(Encoding.UTF8.GetBytes($"{{\"data\":\"{new string('a', 400_000)}\"}}"));

        Assert.Equal((1001, 1602), (text, image));
    }

    [Fact]
    public void A_name_that_is_no_text_is_estimated_like_any_other() => Assert.Equal(
        TokenEstimate.Of("""{"a":{"dat\uabcd":1}}"""u8), TokenEstimate.Of("""{"a":{"dat\ud800":1}}"""u8));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_route_judges_answers_to_anthropics_callers_too(bool stream)
    {
        _gateway.RouteChange = route => route with { Validation = new ValidationOptions { MinLength = 5 } };
        _gateway.With("a").With("b");
        var call = HandleAsync(stream ? CallerWire.Streamed : CallerWire.Plain);
        foreach (var (provider, text) in new[] { ("a", "Hi"), ("b", "Hello there") })
        {
            var server = await _gateway[provider].RequestAsync();
            await (stream
                ? server.BeginStreamAsync(
                    ClientFixture.Hi.Replace("Hi", text), ClientFixture.Stop, ClientFixture.Done)
                : server.AnswerAsync(200, ClientFixture.Good.Replace("Hi", text)));
        }

        await call;

        Assert.Equal("a/x:bad_answer,b/x:ok", _http.Response.Headers["x-holdfast-attempted"]);
        Assert.Contains("Hello there", Written());
    }

    [Theory]
    [InlineData("/v1/messages", false, true)]
    [InlineData("/v1/messages/batches", false, true)]
    [InlineData("/v1/models/x", true, true)]
    [InlineData("/v1/models/x", false, false)]
    [InlineData("/v1/chat/completions", true, false)]
    public async Task An_error_before_any_endpoint_has_the_shape_that_was_meant(string path, bool version, bool isIts)
    {
        _http.Request.Path = path;
        if (version)
        {
            _http.Request.Headers["anthropic-version"] = "2023-06-01";
        }

        await ErrorShapes.WriteAsync(_http, new CallError(404, "invalid_request_error", "unknown_path", "nothing"));

        Assert.Equal(isIts, Written().StartsWith("{\"type\":\"error\"", StringComparison.Ordinal));
    }

    public void Dispose() => _gateway.Dispose();

    private Task HandleAsync(string body) => HandleAsync(body, AnthropicFace.Messages);

    private async Task HandleAsync(string body, ICallFace face)
    {
        _gateway.Build();
        _http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var snapshot = new GatewaySnapshot(_server, _gateway.Routes, new HostPolicy(_server),
            new AccessPolicy(_server, "admin-key"), new Redaction([]));
        var endpoint = new CallEndpoint(() => snapshot, new GatewayAdmission(_gateway.Time),
            _gateway.Dispatcher, new CallObservers([_seen], new CapturedLog<CallObservers>()), new CallsInFlight(),
            _gateway.Time);
        await endpoint.HandleAsync(_http, face).SoonAsync();
    }

    private string Written() => Encoding.UTF8.GetString(((MemoryStream)_http.Response.Body).ToArray());

    private sealed class Recorder : ICallObserver
    {
        public CallRecord? Last { get; private set; }

        public void OnCompleted(CallRecord call) => Last = call;
    }
}
