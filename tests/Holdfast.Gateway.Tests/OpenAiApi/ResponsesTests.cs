using System.Text.Json.Nodes;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>Calls of the Responses API, from the face to scripted providers and back.</summary>
public sealed class ResponsesTests() : FaceTests("/v1/responses")
{
    private const string Plain = """{"model":"m","input":"hi"}""";
    private const string Streamed = """{"model":"m","input":"hi","stream":true}""";

    private const string Whole = """
        {"id":"resp_1","object":"response","status":"completed","output":[{"type":"message","content":[
        {"type":"output_text","text":"Hello there"}]}],"usage":{"input_tokens":5,"output_tokens":2}}
        """;

    private const string Created =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{}}\n\n";

    private const string Delta = "event: response.output_text.delta\ndata: "
        + "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"Hi\"}\n\n";

    private static readonly string Completed = "event: response.completed\ndata: "
        + "{\"type\":\"response.completed\",\"sequence_number\":2,\"response\":" + Whole.ReplaceLineEndings("")
        + "}\n\n";

    [Fact]
    public async Task Q2_a_response_goes_through_to_openai_as_it_is_and_is_booked()
    {
        Gateway.With("a");
        var call = HandleAsync(Plain);
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, Whole);
        await call;

        Assert.StartsWith("POST /v1/responses HTTP/1.1", request.Head);
        Assert.Equal("""{"model":"x","input":"hi"}""", request.Body);
        Assert.Equal((200, Whole), (Http.Response.StatusCode, Written));
        Assert.Equal(("responses", Outcome.Ok, new Usage(5, 2)),
            (Seen.Last!.Request.Operation.Word(), Seen.Last.Outcome, Seen.Last.Usage));
    }

    [Fact]
    public async Task Q2_a_stream_goes_through_to_openai_and_ends_where_the_response_does()
    {
        Gateway.With("a");
        var call = HandleAsync(Streamed);
        var server = await Gateway["a"].RequestAsync();
        await server.BeginStreamAsync(Created, Delta, Completed);
        server.Fin();
        await call;

        Assert.Equal(Created + Delta + Completed, Written);
        Assert.Equal((Outcome.Ok, new Usage(5, 2)), (Seen.Last!.Outcome, Seen.Last.Usage));
    }

    [Fact]
    public async Task Q2_a_call_fails_over_from_openai_to_a_provider_without_the_api()
    {
        Gateway.With("a").With("b", "groq");
        var call = HandleAsync(Plain);
        await Gateway.AnswerAsync("a", 500);
        var chat = await Gateway.AnswerAsync("b", 200);
        await call;

        Assert.StartsWith("POST /v1/chat/completions HTTP/1.1", chat.Head);
        Assert.Equal("a/x:server_error,b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Equal("Hi", (string?)JsonNode.Parse(Written)!["output"]![0]!["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData("data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"m\"}\n\n", "server_error")]
    [InlineData("data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\"}}}\n\n",
        "rate_limited")]
    [InlineData("data: [DONE]\n\n", "bad_answer")]
    [InlineData("data: <html>\n\n", "bad_answer")]
    public async Task What_fails_before_the_first_token_goes_on_to_the_next_target(string events, string outcome)
    {
        Gateway.With("a").With("b");
        var call = HandleAsync(Streamed);
        var first = await Gateway["a"].RequestAsync();
        await first.BeginStreamAsync(Created, events);
        first.Fin();
        var second = await Gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Created, Delta, Completed);
        second.Fin();
        await call;

        Assert.Equal($"a/x:{outcome},b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Equal(Created + Delta + Completed, Written);
    }

    [Theory]
    [InlineData("openai", 2)]
    [InlineData("groq", 5)]
    public async Task A_cut_stream_tells_of_it_in_the_apis_error_event_and_ends_unclean(string type, int number)
    {
        Gateway.With("a", type);
        var call = HandleAsync(Streamed);
        var server = await Gateway["a"].RequestAsync();
        await (type == "openai" ? server.BeginStreamAsync(Created, Delta) : server.BeginStreamAsync(ClientFixture.Hi));
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        var last = Written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("event: error\ndata: {\"type\":\"error\"", last);
        var data = last["event: error\ndata: ".Length..];
        var error = JsonNode.Parse(data)!;
        Assert.Equal((number, "stream_cut", null), ((int)error["sequence_number"]!, (string?)error["code"],
            (string?)error["param"]));
        Assert.Equal((string?)error["message"], (string?)error["error"]!["message"]);
        Assert.Equal(Outcome.Cut, Seen.Last!.Outcome);
        if (Providers.Anthropic.Recordings.SkipReason(OpenAiSpecification.File) is null)
        {
            Assert.Null(OpenAiSpecification.Problem("ResponseErrorEvent", data));
        }
    }

    [Fact]
    public async Task A_response_that_fails_after_its_first_token_is_a_cut_stream()
    {
        Gateway.With("a");
        var call = HandleAsync(Streamed);
        var server = await Gateway["a"].RequestAsync();
        await server.BeginStreamAsync(Created, Delta);
        await Soon.UntilAsync(() => Http.Response.Body.Length > 0);
        await server.SendAsync(
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}\n\n");

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        Assert.Contains("event: error\n", Written);
        Assert.DoesNotContain("response.failed", Written);
    }

    [Fact]
    public async Task What_only_one_target_can_do_is_done_by_that_one()
    {
        Gateway.With("a", "groq").With("b");
        var call = HandleAsync("""{"model":"m","input":"hi","previous_response_id":"resp_0"}""");
        await Gateway.AnswerAsync("b", 200, Whole);
        await call;

        Assert.Equal((200, "b"), (Http.Response.StatusCode, Http.Response.Headers["x-holdfast-provider"].ToString()));
    }

    [Theory]
    [InlineData("""{"model":"m","input":"hi","previous_response_id":"resp_0"}""", 400, "previous_response_id")]
    [InlineData("""{"model":"m","input":"hi","tools":[{"type":"web_search"}]}""", 400, "tools[0].type")]
    [InlineData("""{"model":"m","input":"hi","background":true}""", 400, "background")]
    [InlineData("""{"model":"m"}""", 400, "input")]
    [InlineData("""{"input":"hi"}""", 400, "model")]
    [InlineData("""{"model":"no","input":"hi"}""", 404, "model")]
    public async Task A_bad_request_is_refused_in_openais_shape(string body, int status, string field)
    {
        Gateway.With("a", "groq");

        await HandleAsync(body);

        var error = JsonNode.Parse(Written)!["error"]!;
        Assert.Equal((status, field), (Http.Response.StatusCode, (string?)error["param"]));
        Assert.Equal(["message", "type", "param", "code"], error.AsObject().Select(member => member.Key));
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("groq", false)]
    [InlineData("groq", true)]
    public async Task A_route_judges_responses_too(string type, bool stream)
    {
        Gateway.RouteChange = route => route with { Validation = new ValidationOptions { MinLength = 5 } };
        Gateway.With("a", type).With("b");
        var call = HandleAsync(stream ? Streamed : Plain);
        var first = await Gateway["a"].RequestAsync();
        await (type == "groq"
            ? stream ? first.BeginStreamAsync(ClientFixture.Hi, ClientFixture.Stop, ClientFixture.Done)
                : first.AnswerAsync(200, ClientFixture.Good)
            : stream ? first.BeginStreamAsync(Created, Delta, Completed.Replace("Hello there", "Hi"))
                : first.AnswerAsync(200, Whole.Replace("Hello there", "Hi")));
        if (stream)
        {
            first.Fin();
        }

        var second = await Gateway["b"].RequestAsync();
        await (stream ? second.BeginStreamAsync(Created, Delta, Completed) : second.AnswerAsync(200, Whole));
        if (stream)
        {
            second.Fin();
        }

        await call;

        Assert.Equal("a/x:bad_answer,b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Contains("Hello there", Written);
    }

    [Theory]
    [InlineData("openai", 501, "unsupported_operation", "false")]
    [InlineData("anthropic", 404, "response_not_found", "")]
    public async Task Nobody_here_keeps_a_response(string type, int status, string code, string shouldRetry)
    {
        Gateway.With("a", type).Build();

        await new StoredResponsesEndpoint(Snapshot, Endpoint()).HandleAsync(Http);

        var error = JsonNode.Parse(Written)!["error"]!;
        Assert.Equal((status, code), (Http.Response.StatusCode, (string?)error["code"]));
        Assert.Equal(shouldRetry, Http.Response.Headers["x-should-retry"].ToString());
    }

    [Fact]
    public async Task A_stored_response_is_asked_of_the_provider_that_a_header_names()
    {
        Gateway.With("a").With("b").Build();
        Http.Request.Method = "GET";
        Http.Request.Path = "/v1/responses/resp_1";
        Http.Request.Headers["x-holdfast-provider"] = "b";
        var call = new StoredResponsesEndpoint(Snapshot, Endpoint()).HandleAsync(Http);
        var request = await Gateway["b"].RequestAsync();
        await request.AnswerAsync(200, Whole);
        await call.SoonAsync();

        Assert.StartsWith("GET /v1/responses/resp_1 HTTP/1.1", request.Head);
        Assert.Equal((200, Whole), (Http.Response.StatusCode, Written));
    }

    [Fact]
    public async Task Even_that_is_told_to_holders_of_a_key_only()
    {
        Server = new ServerOptions { RequireKeys = true };
        Gateway.With("a").Build();

        await new StoredResponsesEndpoint(Snapshot, Endpoint()).HandleAsync(Http);

        Assert.Equal(401, Http.Response.StatusCode);
    }

    private Task HandleAsync(string body) => HandleAsync(body, ResponsesFace.Create);
}
