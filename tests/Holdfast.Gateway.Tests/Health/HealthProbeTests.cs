using Holdfast.Gateway.Health;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Health;

namespace Holdfast.Gateway.Tests.Health;

/// <summary>What is sent to a provider to see whether it is there, and what its answer means.</summary>
public sealed class HealthProbeTests : IDisposable
{
    private readonly Watching _watching = new();

    public void Dispose() => _watching.Dispose();

    [Theory]
    [InlineData("openai", "GET /v1/models HTTP/1.1", "authorization", "Bearer sk-secret")]
    [InlineData("anthropic", "GET /v1/models HTTP/1.1", "x-api-key", "sk-secret")]
    [InlineData("azure-openai", "GET /v1/openai/models?api-version=2024-10-21 HTTP/1.1", "api-key", "sk-secret")]
    public async Task Asks_for_the_list_of_models_with_the_providers_key(
        string type, string line, string header, string value)
    {
        _watching.Type = type;

        Assert.Null(await _watching.AskAsync(200));

        Assert.StartsWith(line, _watching.Request.Head, StringComparison.Ordinal);
        Assert.Equal(value, _watching.Request.Header(header));
        Assert.Equal("", _watching.Request.Body);
    }

    [Theory]
    [InlineData(
        "perplexity", "/v1/chat/completions",
        """{"model":"x","max_tokens":1,"messages":[{"role":"user","content":"ping"}]}""", ClientFixture.Good)]
    [InlineData(
        "cohere", "/v1/chat",
        """{"model":"x","messages":[{"role":"user","content":"ping"}],"max_tokens":1}""",
        """{"message":{"content":[{"type":"text","text":"p"}]},"finish_reason":"MAX_TOKENS"}""")]
    public async Task Asks_for_one_token_where_there_is_no_list(
        string type, string path, string body, string answer)
    {
        _watching.Type = type;

        Assert.Null(await _watching.AskAsync(200, answer));

        Assert.StartsWith($"POST {path} HTTP/1.1", _watching.Request.Head, StringComparison.Ordinal);
        Assert.Equal(body, _watching.Request.Body);
    }

    [Fact]
    public async Task Asks_for_the_endpoint_that_is_configured_and_looks_for_the_text_that_is_expected()
    {
        _watching.Check = _watching.Check with { Endpoint = "/health", ExpectedResponse = "all fine" };

        Assert.Null(await _watching.AskAsync(200, "we are all fine here"));
        Assert.StartsWith("GET /health HTTP/1.1", _watching.Request.Head, StringComparison.Ordinal);
        Assert.Equal("bad_answer", await _watching.AskAsync(200, "we are not"));
    }

    [Fact]
    public async Task A_page_in_the_providers_place_is_no_list() =>
        Assert.Equal("bad_answer", await _watching.AskAsync(200, "<html>Welcome to nginx</html>"));

    [Theory]
    [InlineData(429, null)]
    [InlineData(403, null)]
    [InlineData(404, null)]
    [InlineData(405, null)]
    [InlineData(401, "auth: status 401")]
    [InlineData(402, "quota: status 402")]
    [InlineData(500, "server_error: status 500")]
    [InlineData(503, "server_error: status 503")]
    public async Task Who_turns_a_check_away_for_its_own_sake_is_there(int status, string? error) =>
        Assert.Equal(error, await _watching.AskAsync(status, """{"error":{"message":"sk-secret is wrong"}}"""));

    [Theory]
    [InlineData(404, "not_found: status 404")]
    [InlineData(403, "auth: status 403")]
    [InlineData(405, "caller_error: status 405")]
    [InlineData(429, null)]
    public async Task An_endpoint_that_somebody_named_has_to_be_there(int status, string? error)
    {
        _watching.Check = _watching.Check with { Endpoint = "/health" };

        Assert.Equal(error, await _watching.AskAsync(status, "{}"));
    }

    [Theory]
    [InlineData(400, null)]
    [InlineData(404, "not_found: status 404")]
    public async Task A_model_that_takes_no_such_field_is_there_and_one_that_nobody_knows_is_not(
        int status, string? error)
    {
        _watching.Type = "perplexity";

        Assert.Equal(error, await _watching.AskAsync(status, "{}"));
    }

    [Fact]
    public async Task Another_key_is_tried_when_one_is_refused_and_none_is_marked()
    {
        _watching.Keys = ["sk-bad", "sk-good"];
        var target = _watching.Target();
        var asked = _watching.Probe.AskAsync(target, CancellationToken.None).AsTask();

        await (await _watching.Server.RequestAsync()).AnswerAsync(401, "{}");
        var second = await _watching.Server.RequestAsync();
        await second.AnswerAsync(200, "{}");

        Assert.True(await asked.SoonAsync());
        Assert.Equal("Bearer sk-good", second.Header("authorization"));
        Assert.DoesNotContain(target.Provider.Keys.Keys, key => key.IsMarked);
    }

    [Fact]
    public async Task A_provider_whose_keys_are_all_held_is_not_asked()
    {
        var target = _watching.Target();
        target.Provider.Keys.Keys.Single().Hold();

        var failed = await Assert.ThrowsAsync<CheckFailedException>(
            () => _watching.Probe.AskAsync(target, CancellationToken.None).AsTask().SoonAsync());

        Assert.Equal("held", failed.Message);
    }

    [Fact]
    public async Task A_check_takes_no_permit_of_a_breaker()
    {
        var target = _watching.Target();
        for (var i = 0; i < 5; i++)
        {
            target.Breaker.TryAcquire(out var permit);
            permit.Failed();
        }

        _watching.Time.Advance(TimeSpan.FromSeconds(61));
        var asked = _watching.Probe.AskAsync(target, CancellationToken.None).AsTask();
        await (await _watching.Server.RequestAsync()).AnswerAsync(200, "{}");
        Assert.True(await asked.SoonAsync());

        Assert.Equal(Holdfast.CircuitBreaking.CircuitState.Open, target.Breaker.State);
        Assert.True(target.Breaker.TryAcquire(out _));
    }

    [Fact]
    public async Task What_comes_back_is_read_up_to_a_limit()
    {
        using var client = new ProviderClient(_watching.Time, new ProviderClientOptions { MaxProbeBytes = 4096 });
        var probe = new HealthProbe(client, _watching.Time, _watching.Meter);
        var asked = probe.AskAsync(_watching.Target(), CancellationToken.None).AsTask();
        var request = await _watching.Server.RequestAsync();

        // More is announced than ever comes: who waits for it all never has an answer.
        await request.SendAsync("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + new string('[', 16 * 1024));

        Assert.True(await asked.SoonAsync());
    }

    [Fact]
    public async Task Nobody_there_is_a_failure()
    {
        var target = _watching.Target();
        _watching.Server.Dispose();

        var failed = await Assert.ThrowsAsync<CheckFailedException>(
            () => _watching.Probe.AskAsync(target, CancellationToken.None).AsTask().SoonAsync());

        Assert.Equal("refused", failed.Message);
    }

    [Theory]
    [InlineData("/health", "http://a:81/health")]
    [InlineData("http://a:81/x?y=1", "http://a:81/x?y=1")]
    [InlineData("http://a/x", null)]
    [InlineData("https://a:81/x", null)]
    [InlineData("//evil/x", null)]
    [InlineData("/\\evil/x", "http://a:81//evil/x")]
    [InlineData("http://a:81@evil/x", null)]
    [InlineData("http://user@a:81/x", null)]
    public void A_check_never_leaves_the_providers_own_host(string endpoint, string? address) => Assert.Equal(
        address, HealthCheckOptions.AddressOf(endpoint, new Uri("http://a:81/v1"))?.AbsoluteUri);
}
