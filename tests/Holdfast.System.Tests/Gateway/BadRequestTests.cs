using System.Globalization;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Requests whose method, path, host or headers are wrong, mostly over bare sockets.</summary>
public sealed class BadRequestTests : IAsyncLifetime
{
    private const string Post = "POST /v1/chat/completions HTTP/1.1\r\n";

    private static readonly string Body = GatewayFixture.Chat("smart");

    private GatewayFixture _gateway = null!;

    private string Host => $"Host: {_gateway.Url.Authority}\r\n";

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(GatewayFixture.Once);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("GET", "/v1/chat/completions", "POST")]
    [InlineData("PUT", "/v1/chat/completions", "POST")]
    [InlineData("DELETE", "/v1/models", "GET")]
    [InlineData("POST", "/v1/models/smart", "GET")]
    [InlineData("BREW", "/v1/chat/completions", "POST")]
    public async Task Says_which_methods_a_path_takes(string method, string path, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await _gateway.Client.SendAsync(request);

        (await ErrorAnswer.ReadAsync(response)).Is(405, "invalid_request_error", "method_not_allowed");
        Assert.Equal([allowed], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    [InlineData("OPTIONS")]
    [InlineData("BREW")]
    public async Task Nothing_passes_through_but_by_the_usual_methods(string method)
    {
        var answer = await RawClient.AskAsync(_gateway.Url,
            $"{method} /v1/files HTTP/1.1\r\n{Host}x-holdfast-provider: openai\r\ncontent-length: 0\r\n\r\n");

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(405, "invalid_request_error", "method_not_allowed");
        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE", answer.Headers["allow"]);
        Assert.Equal(0, _gateway.Simulator.Counters("openai").Requests);
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/v1/")]
    [InlineData("/v1/chat")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/chat/completions/more")]
    [InlineData("/v1/%0d%0aset-cookie:%20a=b")]
    public async Task Knows_no_other_paths(string path)
    {
        using var response = await _gateway.Client.PostAsync(path, new StringContent(Body));

        (await ErrorAnswer.ReadAsync(response)).Is(404, "invalid_request_error", "unknown_path");
    }

    [Theory]
    [InlineData("/v1/chat/completions", 405)]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/health/live", 200)]
    public async Task Answers_head_without_a_body(string path, int status)
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync($"HEAD {path} HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");

        var head = await client.ReadHeadAsync();

        Assert.Equal(status, head.Status);
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8080")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("169.254.169.254")]
    [InlineData("[::2]:80")]
    public async Task Serves_no_strange_host(string host)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request($"Host: {host}\r\n"));

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(403, "permission_error", "host_not_allowed");
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:1")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:4000")]
    public async Task Serves_its_own_hosts_on_any_port(string host)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request($"Host: {host}\r\n"));

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Serves_no_request_without_a_host_in_the_old_protocol()
    {
        var answer = await RawClient.AskAsync(_gateway.Url, "GET /v1/models HTTP/1.0\r\n\r\n");

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(403, "permission_error", "host_not_allowed");
    }

    // Not valid HTTP: the server refuses before anything of the gateway sees it.
    [Theory]
    [InlineData("", 400)]
    [InlineData("Host: 127.0.0.1\r\nHost: localhost\r\n", 400)]
    [InlineData("Host: a b\r\n", 400)]
    [InlineData("Host: 127.0.0.1\r\nx-request-id: a\rset-cookie: b\r\n", 400)]
    [InlineData("Host: 127.0.0.1\r\nx-request-id: a\r\n set-cookie: b\r\n", 400)]
    [InlineData("Host: 127.0.0.1\r\nbad header: a\r\n", 400)]
    [InlineData("Host: 127.0.0.1\r\nx-nul: a\0b\r\n", 400)]
    [InlineData("Host: 127.0.0.1\r\nContent-Length: 1\r\n", 400)]
    public async Task Closes_on_what_is_not_http(string headers, int status)
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync(Request(headers));

        var answer = await client.ReadAsync();

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(status, "invalid_request_error", "invalid_request");
        Assert.DoesNotContain("set-cookie", answer.Headers.Keys);
        Assert.True(await client.IsAtEndAsync());
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData("GET /v1/files/%00", "param", "error")]
    [InlineData("POST /v1/chat/completions%00?a=b", "param", "error")]
    [InlineData("GET /v1/messages/%00", "request_id", "type")]
    [InlineData("GET /health/%00", "status", "title")]
    [InlineData("BREW", "status", "title")]
    public async Task A_request_that_the_server_rejects_has_an_error_in_the_shape_of_its_face(
        string line, string member, string other)
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync($"{line} HTTP/1.1\r\n{Host}\r\n");

        var answer = await client.ReadAsync();

        Assert.Equal(400, answer.Status);
        Assert.Contains($"\"{member}\":", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"\"{other}\":", answer.Body, StringComparison.Ordinal);
        Assert.StartsWith("req_", answer.Headers["x-request-id"], StringComparison.Ordinal);
        Assert.Equal("close", answer.Headers["connection"]);
        Assert.True(await client.IsAtEndAsync());
    }

    [Fact]
    public async Task A_rejected_head_gets_no_body()
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync("HEAD /v1/models HTTP/1.1\r\nHost: a b\r\n\r\n");

        var head = await client.ReadHeadAsync();

        Assert.Equal(400, head.Status);
        Assert.True(await client.IsAtEndAsync());
    }

    [Fact]
    public async Task Closes_on_headers_without_end()
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync(Post + Host + "x-large: " + new string('a', 100_000) + "\r\n\r\n");

        var answer = await client.ReadAsync();

        Assert.Equal(431, answer.Status);
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("file://")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://app.example")]
    [InlineData("https://app.example.evil.example")]
    public async Task Serves_no_page_from_elsewhere(string origin)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request(Host + $"Origin: {origin}\r\n"));

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(403, "permission_error", "origin_not_allowed");
        Assert.DoesNotContain("access-control-allow-origin", answer.Headers.Keys);
        Assert.Equal(0, _gateway.Simulator.Counters("openai").Requests);
    }

    [Fact]
    public async Task Serves_a_page_of_its_own()
    {
        using var response = await _gateway.CallAsync("smart", headers: ("origin", $"http://{_gateway.Url.Authority}"));

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Lets_a_configured_origin_ask_first_and_call_then()
    {
        using var asking = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asking.Headers.Add("origin", "https://app.example");
        asking.Headers.Add("access-control-request-method", "POST");
        asking.Headers.Add("access-control-request-headers", "authorization,content-type");

        using var allowed = await _gateway.Client.SendAsync(asking);
        using var called = await _gateway.CallAsync("smart", headers: ("origin", "https://app.example"));

        Assert.Equal(204, (int)allowed.StatusCode);
        Assert.Equal(["https://app.example"], allowed.Headers.GetValues("access-control-allow-origin"));
        Assert.Contains("authorization", string.Join(",", allowed.Headers.GetValues("access-control-allow-headers")));
        Assert.Equal(200, (int)called.StatusCode);
        Assert.Equal(["https://app.example"], called.Headers.GetValues("access-control-allow-origin"));
    }

    [Fact]
    public async Task Lets_no_other_origin_ask()
    {
        using var asking = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asking.Headers.Add("origin", "https://evil.example");
        asking.Headers.Add("access-control-request-method", "POST");

        using var response = await _gateway.Client.SendAsync(asking);

        (await ErrorAnswer.ReadAsync(response)).Is(403, "permission_error", "origin_not_allowed");
        Assert.DoesNotContain(
            response.Headers, header => header.Key.StartsWith("access-control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Takes_the_absolute_form_of_a_request_line()
    {
        var answer = await RawClient.AskAsync(_gateway.Url,
            $"POST http://{_gateway.Url.Authority}/v1/chat/completions HTTP/1.1\r\n{Host}"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Answers_pipelined_requests_in_their_order()
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        string[] ids = ["first", "second", "third"];
        await client.SendAsync(string.Concat(ids.Select(id => Request(Host + $"x-request-id: {id}\r\n"))));

        foreach (var id in ids)
        {
            var answer = await client.ReadAsync();

            Assert.Equal((200, id), (answer.Status, answer.Headers["x-request-id"]));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("My-id_1.2")]
    public async Task Gives_a_good_request_id_back(string id)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request(Host + $"x-request-id: {id}\r\n"));

        Assert.Equal(id, answer.Headers["x-request-id"]);
    }

    [Theory]
    [InlineData("x-request-id: \r\n")]
    [InlineData("x-request-id: a b\r\n")]
    [InlineData("x-request-id: a,b\r\n")]
    [InlineData("x-request-id: <script>\r\n")]
    [InlineData("x-request-id: one\r\nx-request-id: two\r\n")]
    public async Task Replaces_a_bad_request_id(string header)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request(Host + header));

        Assert.Equal(200, answer.Status);
        Assert.Matches("^req_[0-9a-f]{32}$", answer.Headers["x-request-id"]);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task Takes_a_request_id_of_128_characters(int length, bool kept)
    {
        var id = new string('a', length);

        var answer = await RawClient.AskAsync(_gateway.Url, Request(Host + $"x-request-id: {id}\r\n"));

        Assert.Equal(kept, answer.Headers["x-request-id"] == id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("10s")]
    [InlineData("99999999999999999999")]
    public async Task Refuses_a_timeout_that_is_no_number_of_milliseconds(string timeout)
    {
        var answer = await RawClient.AskAsync(_gateway.Url, Request(Host + $"x-holdfast-timeout-ms: {timeout}\r\n"));

        ErrorAnswer.Parse(answer.Status, answer.Body)
            .Is(400, "invalid_request_error", "invalid_value", "x-holdfast-timeout-ms");
    }

    [Fact]
    public async Task Refuses_two_timeouts()
    {
        var answer = await RawClient.AskAsync(_gateway.Url,
            Request(Host + "x-holdfast-timeout-ms: 5000\r\nx-holdfast-timeout-ms: 1\r\n"));

        ErrorAnswer.Parse(answer.Status, answer.Body)
            .Is(400, "invalid_request_error", "invalid_value", "x-holdfast-timeout-ms");
    }

    private static string Request(string headers) => Post + headers + string.Create(CultureInfo.InvariantCulture,
        $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
}
