using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Failover;
using Holdfast.Gateway.AnthropicApi;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Tests.OpenAiApi;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.AnthropicApi;

/// <summary>A call from Anthropic's face to a scripted provider and back.</summary>
public sealed class MessagesTests() : FaceTests("/v1/messages")
{
    private const string Count = """{"model":"m","messages":[{"role":"user","content":"How many?"}]}""";

    [Fact]
    public async Task Q3_a_call_fails_over_from_anthropic_to_a_provider_of_another_dialect()
    {
        Gateway.With("a", "anthropic", "key").With("b");
        var call = HandleAsync(CallerWire.Plain);
        await Gateway.AnswerAsync("a", 529);
        await Gateway.AnswerAsync("b", 200);
        await call;

        Assert.Equal(200, Http.Response.StatusCode);
        Assert.Equal("a/x:server_error,b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Equal("req_7", Http.Response.Headers["request-id"]);
        Assert.Contains("\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]", Written);
        Assert.Equal(new Usage(5, 2), Seen.Last!.Usage);
    }

    [Fact]
    public async Task A_cut_stream_tells_of_it_in_an_error_event_and_ends_unclean()
    {
        Gateway.With("a");
        var call = HandleAsync(CallerWire.Streamed);
        var server = await Gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        Assert.StartsWith("event: message_start\n", Written);
        var last = Written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"", last);
        Assert.EndsWith("\"request_id\":\"req_7\"}", last);
        Assert.Equal(Outcome.Cut, Seen.Last!.Outcome);
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
        Gateway.With("a");

        await HandleAsync(body);

        var error = JsonNode.Parse(Written)!;
        Assert.Equal(status, Http.Response.StatusCode);
        Assert.Equal(["type", "error", "request_id"], error.AsObject().Select(member => member.Key));
        Assert.Equal(("error", type, "req_7"), ((string?)error["type"], (string?)error["error"]!["type"],
            (string?)error["request_id"]));
        Assert.Equal("req_7", Http.Response.Headers["request-id"]);
    }

    [Fact]
    public async Task Every_target_failing_is_an_overload_that_is_not_repeated()
    {
        Gateway.With("a");
        var call = HandleAsync(CallerWire.Plain);
        await Gateway.AnswerAsync("a", 500);
        await call;

        Assert.Equal((529, "false", 529), (Http.Response.StatusCode,
            Http.Response.Headers["x-should-retry"].ToString(), Seen.Last!.HttpStatus));
        Assert.Contains("\"type\":\"overloaded_error\"", Written);
    }

    [Fact]
    public async Task A_missing_key_is_an_authentication_error_and_x_api_key_is_one()
    {
        Server = new ServerOptions { RequireKeys = true };
        Gateway.With("a");

        await HandleAsync(CallerWire.Plain);

        Assert.Equal(401, Http.Response.StatusCode);
        Assert.Contains("\"type\":\"authentication_error\"", Written);
        Http.Request.Headers["x-api-key"] = AdminKey;
        ((MemoryStream)Http.Response.Body).SetLength(0);
        var call = HandleAsync(CallerWire.Plain);
        await Gateway.AnswerAsync("a", 200);
        await call;
        Assert.Contains("\"type\":\"message\"", Written);
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
        await AnthropicErrorBody.WriteAsync(Http, new CallError(status, "t", "c", "what")
        {
            RetryAfter = TimeSpan.FromSeconds(2.5),
        });

        Assert.Equal(told, Http.Response.StatusCode);
        Assert.Equal("3", Http.Response.Headers.RetryAfter);
        Assert.Equal($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"what"},"request_id":"req_7"}""",
            Written);
    }

    [Fact]
    public async Task A_count_is_asked_of_an_anthropic_target_and_others_are_passed_over()
    {
        Gateway.With("a").With("b", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        var request = await Gateway["b"].RequestAsync();
        await request.AnswerAsync(200, """{"input_tokens":17}""");
        await call;

        Assert.Equal(("""{"input_tokens":17}""", "provider"),
            (Written, Http.Response.Headers["x-holdfast-token-count"].ToString()));
        Assert.Equal((Outcome.Ok, Operation.CountTokens), (Seen.Last!.Outcome, Seen.Last.Request.Operation));
    }

    [Fact]
    public async Task A_count_that_nobody_can_give_is_an_estimate_and_says_so()
    {
        Gateway.With("a");

        await HandleAsync(Count, AnthropicFace.CountTokens);

        Assert.Equal((200, "estimate"),
            (Http.Response.StatusCode, Http.Response.Headers["x-holdfast-token-count"].ToString()));
        Assert.InRange((int)JsonNode.Parse(Written)!["input_tokens"]!, 5, 50);
        Assert.Equal((Outcome.Ok, 200, 0), (Seen.Last!.Outcome, Seen.Last.HttpStatus, Seen.Last.Sent));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_count_is_estimated_when_those_who_could_give_it_fail(int status)
    {
        Gateway.With("a", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        await Gateway.AnswerAsync("a", status);
        await call;

        Assert.Equal("estimate", Http.Response.Headers["x-holdfast-token-count"]);
    }

    [Fact]
    public async Task What_is_wrong_with_a_count_stays_an_error()
    {
        Gateway.With("a", "anthropic", "key");
        var call = HandleAsync(Count, AnthropicFace.CountTokens);
        await Gateway.AnswerAsync("a", 400,
            """{"type":"error","error":{"type":"invalid_request_error","message":"messages: no"}}""");
        await call;

        Assert.Equal(400, Http.Response.StatusCode);
        Assert.Contains("messages: no", Written);
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
        Gateway.RouteChange = route => route with { Validation = new ValidationOptions { MinLength = 5 } };
        Gateway.With("a").With("b");
        var call = HandleAsync(stream ? CallerWire.Streamed : CallerWire.Plain);
        foreach (var (provider, text) in new[] { ("a", "Hi"), ("b", "Hello there") })
        {
            var server = await Gateway[provider].RequestAsync();
            await (stream
                ? server.BeginStreamAsync(
                    ClientFixture.Hi.Replace("Hi", text), ClientFixture.Stop, ClientFixture.Done)
                : server.AnswerAsync(200, ClientFixture.Good.Replace("Hi", text)));
        }

        await call;

        Assert.Equal("a/x:bad_answer,b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Contains("Hello there", Written);
    }

    [Theory]
    [InlineData("/v1/messages", false, true)]
    [InlineData("/v1/messages/batches", false, true)]
    [InlineData("/v1/models/x", true, true)]
    [InlineData("/v1/models/x", false, false)]
    [InlineData("/v1/chat/completions", true, false)]
    public async Task An_error_before_any_endpoint_has_the_shape_that_was_meant(string path, bool version, bool isIts)
    {
        Http.Request.Path = path;
        if (version)
        {
            Http.Request.Headers["anthropic-version"] = "2023-06-01";
        }

        await ErrorShapes.WriteAsync(Http, new CallError(404, "invalid_request_error", "unknown_path", "nothing"));

        Assert.Equal(isIts, Written.StartsWith("{\"type\":\"error\"", StringComparison.Ordinal));
    }

    private Task HandleAsync(string body) => HandleAsync(body, AnthropicFace.Messages);
}
