using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Tests.Providers;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>Paths that the gateway knows nothing of, from the caller to a scripted provider and back.</summary>
public sealed class PassThroughTests() : FaceTests("/v1/files")
{
    [Fact]
    public async Task A_form_goes_to_the_provider_that_a_header_names_and_back_comes_what_it_says()
    {
        const string Form = "--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nb/odd\r\n--x--\r\n";
        Gateway.With("a", "openai", "sk-secret-key").With("b", "openai", "sk-other-key");
        Http.Request.Headers["x-holdfast-provider"] = "b";
        Http.Request.Headers.Authorization = "Bearer sk-callers-own";
        Http.Request.Headers.Cookie = "session=1";
        Http.Request.Headers["x-holdfast-tags"] = "t";
        Http.Request.Headers["openai-organization"] = "org";
        Http.Request.Headers["openai-beta"] = "assistants=v2";
        Http.Request.Headers.Connection = "keep-alive, x-secret";
        Http.Request.Headers["x-secret"] = "1";
        Http.Request.Headers.Accept = "application/json";
        Http.Request.QueryString = new QueryString("?purpose=a%20b&after=x");
        var call = HandleAsync(Form, "multipart/form-data; boundary=x");
        var request = await Gateway["b"].RequestAsync();
        await request.AnswerAsync(201, "{\"id\":\"file-1\"}", "set-cookie: a=b", "openai-organization: o",
            "x-holdfast-provider: liar", "location: /elsewhere", "x-request-id: theirs");
        await call;

        Assert.StartsWith("POST /v1/files?purpose=a%20b&after=x HTTP/1.1", request.Head, StringComparison.Ordinal);
        Assert.Equal(Form, request.Body);
        Assert.Equal(("Bearer sk-other-key", "multipart/form-data; boundary=x", "application/json", "assistants=v2"),
            (request.Header("authorization"), request.Header("content-type"), request.Header("accept"),
                request.Header("openai-beta")));
        Assert.All(["cookie", "x-holdfast-tags", "x-holdfast-provider", "openai-organization", "x-secret"],
            name => Assert.Null(request.Header(name)));
        Assert.Equal((201, "{\"id\":\"file-1\"}", "application/json"),
            (Http.Response.StatusCode, Written, Http.Response.ContentType));
        Assert.All(["set-cookie", "openai-organization", "location"],
            name => Assert.False(Http.Response.Headers.ContainsKey(name), name));
        Assert.Equal(("b", "files", "theirs", "nosniff", "sandbox"), (Header("x-holdfast-provider"),
            Header("x-holdfast-model"), Header("x-holdfast-provider-request-id"), Header("x-content-type-options"),
            Header("content-security-policy")));
        Assert.Equal((Operation.PassThrough, Outcome.Ok, 201),
            (Seen.Last!.Request.Operation, Seen.Last.Outcome, Seen.Last.HttpStatus));
    }

    [Fact]
    public async Task A_body_names_its_provider_by_its_model()
    {
        Gateway.With("a").With("b");
        Http.Request.Path = "/v1/images/generations";
        var call = HandleAsync("""{"prompt":"a bridge","model":"b/draw-1"}""", "application/json");
        var request = await Gateway["b"].RequestAsync();
        await request.AnswerAsync(200, "{}");
        await call;

        Assert.StartsWith("POST /v1/images/generations HTTP/1.1", request.Head, StringComparison.Ordinal);
        Assert.Equal("""{"prompt":"a bridge","model":"draw-1"}""", request.Body);
        Assert.Equal(("b", "draw-1"), (Header("x-holdfast-provider"), Header("x-holdfast-model")));
    }

    [Fact]
    public async Task A_body_may_name_a_configured_model_and_fails_over_but_is_never_repeated()
    {
        Gateway.Retry = Gateway.Retry with { MaxRetries = 3 };
        Gateway.RouteChange = route => route with { Strategy = FailoverStrategy.Parallel };
        Gateway.With("a").With("b", "gemini").With("c");
        Http.Request.Path = "/v1/images/generations";
        Http.Request.Headers["x-holdfast-strategy"] = "fastest";
        var call = HandleAsync("""{"model":"m","prompt":"a bridge"}""", "application/json");
        await Gateway.AnswerAsync("a", 503);
        await Gateway.AnswerAsync("c", 500);
        await call;

        Assert.Equal((502, "a/x:server_error,c/x:server_error"),
            (Http.Response.StatusCode, Header("x-holdfast-attempted")));
    }

    [Theory]
    [InlineData("/v1/files/../models")]
    [InlineData("/v1/files/./x")]
    [InlineData("/v1/../../secret")]
    [InlineData("/v1/files/..")]
    [InlineData("/v1/files/..;/x")]
    [InlineData("/v1/files/..;a=b/models")]
    [InlineData("/v1/files/.;/x")]
    [InlineData("/v1/files/;/x")]
    [InlineData("/v1/files//x")]
    [InlineData("/v1/files/")]
    [InlineData("/v1/")]
    [InlineData("/v1/files/a%2Fb")]
    [InlineData("/v1/files/a%2e%2e")]
    [InlineData("/v1/files/a\\..\\b")]
    [InlineData("/v1/files/a?b")]
    [InlineData("/v1/files/a#b")]
    [InlineData("/v1/files/a b")]
    [InlineData("/v1/files/ä")]
    [InlineData("/v1/files/a\nb")]
    public async Task A_path_that_could_lead_elsewhere_leads_nowhere(string path)
    {
        Gateway.With("a");
        Http.Request.Path = new PathString(path);
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await HandleAsync("", null, "GET");

        Assert.Equal((404, 0), (Http.Response.StatusCode, Seen.Last!.Attempts.Count));
    }

    [Theory]
    [InlineData("?key=sk-secret", null)]
    [InlineData("?api-key=sk-secret", null)]
    [InlineData("?a=1&Access_Token=x", null)]
    [InlineData("?subscription-key=sk-secret", null)]
    [InlineData("?Ocp-Apim-Subscription-Key=sk-secret", null)]
    [InlineData("?x-goog-api-key=sk-secret", null)]
    [InlineData("?x-api%2Dkey=sk-secret", null)]
    [InlineData("?sv=2024&sig=sk-secret", null)]
    [InlineData("?X-Amz-Signature=sk-secret", null)]
    [InlineData("?Authorization=sk-secret", null)]
    [InlineData("?a=Bearer+sk-secret", null)]
    [InlineData("?a=b;key=sk-secret", null)]
    [InlineData("?a=b?key=sk-secret", null)]
    [InlineData("?auth%5Btoken%5D=sk-secret", null)]
    [InlineData("?client_secret=sk-secret", null)]
    [InlineData("?after=sk-secret-callers-own", null)]
    [InlineData("?sk-secret-callers-own", null)]
    [InlineData("?after=the%2Dadmins-own-key", null)]
    [InlineData("?a=Basic+dXNlcjpwYXNzd29yZA%3D%3D", null)]
    [InlineData("?a=basic%20dXNlcjpwYXNzd29yZA", null)]
    [InlineData("?a=Basic+w7w6Pz8+Pz8+", null)]
    [InlineData("", "nobody")]
    [InlineData("", "")]
    [InlineData("", "a/x")]
    public async Task What_is_wrong_is_refused_and_not_sent(string query, string? provider)
    {
        Gateway.With("a");
        Http.Request.QueryString = new QueryString(query);
        Http.Request.Headers["x-holdfast-provider"] = provider ?? "a";
        Http.Request.Headers.Authorization = "Bearer sk-secret-callers-own";

        await AssertRefusedAsync();
    }

    [Theory]
    [InlineData("/v1/files;api_key=sk-secret")]
    [InlineData("/v1/files/x;a=1;Token=sk-secret/content")]
    [InlineData("/v1/files/the-admins-own-key")]
    public async Task A_key_in_the_path_is_refused_and_not_sent(string path)
    {
        Gateway.With("a");
        Http.Request.Path = path;
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await AssertRefusedAsync();
    }

    [Theory]
    [InlineData("?page_token=a&next_page_token=b&pageToken=c&continuation_token=d")]
    [InlineData("?api_key_id=a&api_key_ids[]=b&group_by[]=api_key_id&keywords=k&keyterm=t")]
    [InlineData("?max_tokens=5&token_count=1&idempotency_key=i&sort_key=s&design=x")]
    [InlineData("?url=https%3A%2F%2Fexample.org%2Fa.mp3%3Fsig%3Dx%26key%3Dy")]
    [InlineData("?purpose=key&order=token&key")]
    [InlineData("?metadata[key]=v&metadata[auth]=v&metadata[token]=v")]
    [InlineData("?course=Basic+German&topic=Basic%20words&level=Basic+A1:2&a=Basic+&b=Basic+R2VybWFu")]
    [InlineData("?q=Bearer+bonds&q=bearer+of+good+news&r=Bearer%20")]
    [InlineData("?purpose=test&test")]
    public async Task What_only_looks_like_a_credential_goes_on(string query)
    {
        Gateway.With("a");
        Http.Request.Headers.Authorization = "Bearer test";
        Http.Request.QueryString = new QueryString(query);
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "GET");
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, "{}");
        await call;

        Assert.StartsWith($"GET /v1/files{query} HTTP/1.1", request.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", null, "")]
    [InlineData("POST", "multipart/form-data; boundary=x", "--x--")]
    [InlineData("POST", "application/json", "{}")]
    public async Task Without_a_providers_name_the_caller_hears_how_to_give_it(string method, string? type, string body)
    {
        Gateway.With("a");

        await HandleAsync(body, type, method);

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal((404, "unknown_path"),
            (Http.Response.StatusCode, error.GetProperty("code").GetString()));
        Assert.Contains("x-holdfast-provider", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_of_another_kind_offers_nothing_of_the_sort()
    {
        Gateway.With("a", "gemini", "key");
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await HandleAsync("", null, "GET");

        Assert.Equal(501, Http.Response.StatusCode);
    }

    [Theory]
    [InlineData(404, """{"error":{"message":"No such File","type":"invalid_request_error"}}""", 404, "provider_error")]
    [InlineData(400, """{"error":{"message":"bad","code":"bad_purpose"}}""", 400, "bad_purpose")]
    [InlineData(401, "{}", 502, "all_targets_failed")]
    [InlineData(429, "{}", 429, "upstream_rate_limited")]
    [InlineData(500, "{}", 502, "all_targets_failed")]
    [InlineData(302, "", 502, "all_targets_failed")]
    public async Task A_providers_error_becomes_ours_as_for_any_call(int status, string body, int told, string code)
    {
        Gateway.With("a", "openai", "sk-1", "sk-2");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("a file", "text/plain");
        await Gateway.AnswerAsync("a", status, body);
        await call;

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal((told, code, 1),
            (Http.Response.StatusCode, error.GetProperty("code").GetString(), Seen.Last!.Sent));
    }

    [Fact]
    public async Task A_page_of_HTML_is_no_answer()
    {
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "GET");
        await Gateway.AnswerAsync("a", 200, "<script>", "content-type: text/html; charset=utf-8");
        await call;

        Assert.Equal((502, "a/files:bad_answer"), (Http.Response.StatusCode, Header("x-holdfast-attempted")));
    }

    [Fact]
    public async Task An_answer_that_is_cut_ends_unclean_with_nothing_added()
    {
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "GET");
        var server = await Gateway["a"].RequestAsync();
        await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 10\r\n\r\nhalf");
        server.Fin();

        await Assert.ThrowsAsync<StreamCutException>(() => call);

        Assert.Equal(("half", 10L, Outcome.Cut),
            (Written, Http.Response.ContentLength, Seen.Last!.Outcome));
    }

    [Fact]
    public async Task Failures_open_the_circuit_of_the_area_and_of_no_other()
    {
        Gateway.Circuit = Gateway.Circuit with { FailureThreshold = 1 };
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "GET");
        await Gateway.AnswerAsync("a", 500);
        await call;

        Assert.Equal(["files"], Gateway.States.All.Where(state => !state.Breaker.IsAvailable)
            .Select(state => state.Model));
    }

    [Fact]
    public async Task A_path_cannot_stand_for_a_configured_model_whose_circuit_it_would_open()
    {
        Gateway.With("a");
        Http.Request.Path = "/v1/x/y";
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await HandleAsync("", null, "GET");

        Assert.Equal((404, 0), (Http.Response.StatusCode, Seen.Last!.Attempts.Count));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_key_that_may_not_go_down_some_path_stays_good_for_everything_else(int status)
    {
        Gateway.With("a", "openai", "sk-1");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "GET");
        await Gateway.AnswerAsync("a", status);
        await call;

        Assert.All(Gateway.Routes.Providers.Single().Keys.Keys, key => Assert.False(key.IsMarked));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_the_callers_fault_whether_announced_or_not(bool announced)
    {
        Server = Server with { MaxRequestBytes = 20 };
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        Http.Request.ContentLength = announced ? 30 : null;

        await HandleAsync(new string('x', 30), "text/plain");

        Assert.Equal((413, Outcome.CallerError, 0),
            (Http.Response.StatusCode, Seen.Last!.Outcome, Seen.Last.Attempts.Count));
        Assert.All(Gateway.States.All, state => Assert.True(state.Breaker.IsAvailable));
    }

    [Theory]
    [InlineData(408, "request_timeout")]
    [InlineData(400, "invalid_request")]
    public async Task A_body_that_breaks_on_its_way_is_the_callers_fault(int status, string code)
    {
        Gateway.Circuit = Gateway.Circuit with { FailureThreshold = 1 };
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await HandleAsync("half", "text/plain", content: new BreakingStream(status));

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal((status, code, Outcome.CallerError),
            (Http.Response.StatusCode, error.GetProperty("code").GetString(), Seen.Last!.Outcome));
        Assert.All(Gateway.States.All, state => Assert.True(state.Breaker.IsAvailable));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("POST")]
    public async Task The_method_is_the_callers(string method)
    {
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, method);
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, "{}");
        await call;

        Assert.StartsWith($"{method} /v1/files HTTP/1.1", request.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_asked_for_where_calls_need_one()
    {
        Server = Server with { RequireKeys = true };
        Gateway.With("a");
        Http.Request.Headers["x-holdfast-provider"] = "a";

        await HandleAsync("", null, "GET");

        Assert.Equal(401, Http.Response.StatusCode);
    }

    [Fact]
    public async Task Azures_paths_lie_below_its_own_version()
    {
        Gateway.With("a", "azure-openai", "key");
        Http.Request.Headers["x-holdfast-provider"] = "a";
        var call = HandleAsync("", null, "DELETE");
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, "{}");
        await call;

        Assert.StartsWith("DELETE /v1/openai/v1/files HTTP/1.1", request.Head, StringComparison.Ordinal);
        Assert.Equal(("key", ""), (request.Header("api-key"), request.Body));
    }

    private string Header(string name) => Http.Response.Headers[name].ToString();

    private async Task AssertRefusedAsync()
    {
        await HandleAsync("", null, "GET");

        Assert.Equal((400, 0), (Http.Response.StatusCode, Seen.Last!.Attempts.Count));
        Assert.DoesNotContain("sk-secret", Written, StringComparison.Ordinal);
    }

    private async Task HandleAsync(string body, string? type, string method = "POST", Stream? content = null)
    {
        Http.Request.Method = method;
        Http.Request.ContentType = type;
        Http.Request.Body = content ?? new MemoryStream(Encoding.UTF8.GetBytes(body));
        if (body.Length == 0)
        {
            Http.Request.ContentLength = 0;
        }
        else if (Server.MaxRequestBytes > 20 && content is null)
        {
            Http.Request.ContentLength = body.Length;
        }

        await HandleAsync(OpenAiFace.PassThrough);
    }

    /// <summary>Half a body, and then what Kestrel throws.</summary>
    private sealed class BreakingStream(int status) : MemoryStream("half"u8.ToArray())
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length
                ? base.ReadAsync(buffer, cancellationToken)
                : throw new BadHttpRequestException("it broke", status);
    }
}
