using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Only listed headers pass, both ways.</summary>
public sealed class HeaderPolicyTests
{
    private const string Answer =
        """{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"""
        + """ "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""";

    private static readonly (string, string)[] FromTheCaller =
    [
        ("authorization", "Bearer callers-own-key"), ("x-api-key", "callers-other-key"), ("cookie", "session=callers"),
        ("x-holdfast-priority", "high"), ("x-holdfast-tags", "team"), ("x-holdfast-anything", "secret"),
        ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-host", "a.example"), ("forwarded", "for=10.0.0.1"),
        ("x-real-ip", "10.0.0.1"), ("via", "1.1 proxy"), ("openai-organization", "org-callers"),
        ("openai-project", "proj-callers"), ("x-request-id", "callers-id"), ("accept-encoding", "gzip"),
        ("accept-language", "de"), ("proxy-authorization", "Basic eA=="), ("referer", "https://a.example"),
        ("idempotency-key", "callers"), ("baggage", "user=1"), ("tracestate", "a=b"), ("te", "trailers"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("openai-beta", "assistants=v2"), ("anthropic-beta", "files-api-2025-04-14"), ("user-agent", "my-app/1.0"),
    ];

    [Theory]
    [InlineData("alone", "openai", "authorization", "Bearer " + GatewayFixture.OpenAiKey,
        "accept,authorization,content-length,content-type,host,openai-beta,traceparent,user-agent")]
    [InlineData("claude", "anthropic", "x-api-key", "sk-ant-a-secret",
        "accept,anthropic-beta,anthropic-version,content-length,content-type,host,traceparent,user-agent,x-api-key")]
    public async Task Only_listed_headers_go_up(
        string model, string provider, string keyHeader, string key, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once);

        using var response = await gateway.CallAsync(model, headers: FromTheCaller);

        Assert.Equal(200, (int)response.StatusCode);
        using var last = JsonDocument.Parse(
            await gateway.Client.GetStringAsync(new Uri(gateway.Simulator.BaseUrl, $"/control/{provider}/last")));
        var headers = last.RootElement.GetProperty("headers");
        Assert.Equal(expected,
            string.Join(",", headers.EnumerateObject().Select(header => header.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(key, headers.GetProperty(keyHeader).GetString());
        Assert.Matches("^holdfast.* my-app/1\\.0$", headers.GetProperty("user-agent").GetString());
        Assert.DoesNotContain("callers", last.RootElement.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_headers_of_ours_come_down(bool stream)
    {
        string[] theirs =
        [
            "set-cookie: __cf_bm=tracking", "openai-organization: org-of-the-house", "openai-version: 2020-10-01",
            "x-holdfast-provider: somebody-else", "x-holdfast-cost-usd: 0", "x-request-id: req_of_the_provider",
            "server: cloudflare", "cf-ray: 9e3-SEA", "x-ratelimit-remaining-requests: 5", "alt-svc: h3=\":443\"",
            "access-control-allow-origin: *", "location: https://evil.example", "content-language: en",
            "www-authenticate: Basic", "strict-transport-security: max-age=1", "date: Thu, 01 Jan 1970 00:00:00 GMT",
        ];
        await using var server = new ScriptedServer(
            _ => stream ? Stream(theirs) : ScriptedAnswer.Json(200, Answer, theirs));
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);

        using var response = await gateway.CallAsync("scripted", stream);

        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        var names = response.Headers.Concat(response.Content.Headers).Select(header => header.Key.ToLowerInvariant());
        string[] always =
        [
            "content-type", "date", "x-holdfast-attempted", "x-holdfast-attempts", "x-holdfast-cache",
            "x-holdfast-fallback", "x-holdfast-model", "x-holdfast-provider", "x-holdfast-provider-request-id",
            "x-request-id",
        ];
        string[] framing = stream ? ["cache-control", "transfer-encoding", "x-accel-buffering"] : ["content-length"];
        Assert.Equal(always.Concat(framing).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(["scripted"], response.Headers.GetValues("x-holdfast-provider"));
        Assert.Equal(["req_of_the_provider"], response.Headers.GetValues("x-holdfast-provider-request-id"));
        Assert.Matches("^req_[0-9a-f]{32}$", response.Headers.GetValues("x-request-id").Single());
        Assert.NotEqual(1970, response.Headers.Date?.Year);
    }

    [Fact]
    public async Task No_header_of_a_failed_provider_comes_down()
    {
        await using var server = new ScriptedServer(_ => ScriptedAnswer.Json(400, """{"error":{"message":"no"}}""",
            "set-cookie: a=b", "openai-organization: org", "x-should-retry: true", "retry-after: 900"));
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);

        using var response = await gateway.CallAsync("scripted");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.ToLowerInvariant()
            is "set-cookie" or "openai-organization" or "x-should-retry" or "retry-after");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = new ScriptedServer(request =>
            request.Head.Contains("/elsewhere", StringComparison.Ordinal) ? ScriptedAnswer.Json(200, Answer)
            : ScriptedAnswer.Json(307, "{}", "location: /elsewhere"));
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);

        using var response = await gateway.CallAsync("scripted");

        (await ErrorAnswer.ReadAsync(response)).Is(502, "upstream_error", "all_targets_failed");
        Assert.Single(server.Requests);
    }

    private static ScriptedAnswer Stream(string[] headers) => new(global::System.Text.Encoding.UTF8.GetBytes(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" + string.Concat(headers.Select(line => line + "\r\n"))
        + "\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n"
        + "data: [DONE]\n\n"), Close: true);
}
