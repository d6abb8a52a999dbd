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
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.AnthropicApi;

/// <summary>A call from Anthropic's face to a scripted provider and back.</summary>
public sealed class MessagesTests : IDisposable
{
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

    public void Dispose() => _gateway.Dispose();

    private async Task HandleAsync(string body)
    {
        _gateway.Build();
        _http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var snapshot = new GatewaySnapshot(_server, _gateway.Routes, new HostPolicy(_server),
            new AccessPolicy(_server, "admin-key"), new Redaction([]));
        var endpoint = new ChatCompletionsEndpoint(() => snapshot, new GatewayAdmission(_gateway.Time),
            _gateway.Dispatcher, new CallObservers([_seen], new CapturedLog<CallObservers>()), new CallsInFlight(),
            _gateway.Time);
        await endpoint.HandleAsync(_http, AnthropicFace.Messages).SoonAsync();
    }

    private string Written() => Encoding.UTF8.GetString(((MemoryStream)_http.Response.Body).ToArray());

    private sealed class Recorder : ICallObserver
    {
        public CallRecord? Last { get; private set; }

        public void OnCompleted(CallRecord call) => Last = call;
    }
}
