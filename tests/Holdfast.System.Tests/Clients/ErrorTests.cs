using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>What a caller's code catches when there is no answer.</summary>
public sealed class ErrorTests
{
    private const string OneTry = """
        models:
          smart: { targets: [openai/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
          two: { targets: [openai/gpt-4o, groq/llama-3.3-70b-versatile] }
        defaults: { retry: { maxRetries: 0 } }
        """;

    [Theory]
    [InlineData(Dotnet, "ClientResultException", false)]
    [InlineData(Dotnet, "ClientResultException", true)]
    [InlineData(Npm, "BadRequestError", false)]
    [InlineData(Npm, "BadRequestError", true)]
    public async Task Passes_on_what_a_provider_finds_wrong(string sdk, string exception, bool stream)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);
        var call = new ChatCall("two", "Nothing, please.") { MaxTokens = 0, Stream = stream };

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

        Assert.NotNull(outcome.Error);
        Assert.Equal((exception, 400), (outcome.Error.Name, outcome.Error.Status));
        Assert.Equal("invalid_request_error", outcome.Error.Type);
        Assert.Equal("invalid_value", outcome.Error.Code);
        Assert.Equal(sdk == Dotnet ? "max_completion_tokens" : "max_tokens", outcome.Error.Param);
        Assert.Contains("a whole number of 1 or more", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Simulator.Counters("groq").Requests);
    }

    [Theory]
    [InlineData(Dotnet, "ClientResultException")]
    [InlineData(Npm, "BadRequestError")]
    public async Task Says_which_field_the_gateway_refuses(string sdk, string exception)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);

        var outcome = await AskAsync(
            sdk, new ClientSettings(gateway.Url), new ChatCall(new string('m', 300), "Hello."));

        Assert.NotNull(outcome.Error);
        Assert.Equal((exception, 400), (outcome.Error.Name, outcome.Error.Status));
        Assert.Equal(("invalid_request_error", "invalid_value", "model"),
            (outcome.Error.Type, outcome.Error.Code, outcome.Error.Param));
    }

    [Theory]
    [InlineData(Dotnet, "ClientResultException", false)]
    [InlineData(Dotnet, "ClientResultException", true)]
    [InlineData(Npm, "NotFoundError", false)]
    [InlineData(Npm, "NotFoundError", true)]
    public async Task Says_that_a_model_is_unknown(string sdk, string exception, bool stream)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);

        var outcome = await AskAsync(
            sdk, new ClientSettings(gateway.Url), new ChatCall("clever", "Hello.") { Stream = stream });

        Assert.NotNull(outcome.Error);
        Assert.Equal((exception, 404), (outcome.Error.Name, outcome.Error.Status));
        Assert.Equal(("invalid_request_error", "model_not_found", "model"),
            (outcome.Error.Type, outcome.Error.Code, outcome.Error.Param));
        Assert.Contains("'clever'", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Dotnet, "ClientResultException")]
    [InlineData(Npm, "AuthenticationError")]
    public async Task Refuses_a_wrong_key_and_takes_the_right_one(string sdk, string exception)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry, server: "requireKeys: true");
        var settings = new ClientSettings(gateway.Url);

        var refused = await AskAsync(sdk, settings, new ChatCall("smart", "Hello."));
        var answered = await AskAsync(
            sdk, settings with { Key = RunningGateway.AdminKey }, new ChatCall("smart", "Hello."));

        Assert.NotNull(refused.Error);
        Assert.Equal((exception, 401), (refused.Error.Name, refused.Error.Status));
        Assert.Equal(("invalid_request_error", "invalid_api_key"), (refused.Error.Type, refused.Error.Code));
        Assert.Equal("Bearer", refused.Headers["www-authenticate"]);
        Assert.Null(answered.Error);
    }

    [Theory]
    [InlineData(Dotnet, "ClientResultException", "smart", "openai")]
    [InlineData(Npm, "RateLimitError", "smart", "openai")]
    [InlineData(Dotnet, "ClientResultException", "claude", "anthropic")]
    [InlineData(Npm, "RateLimitError", "claude", "anthropic")]
    public async Task Says_when_to_come_back_when_every_target_is_rate_limited(
        string sdk, string exception, string model, string provider)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);
        gateway.Fail(provider, "\"status429\": {\"share\": 1, \"retryAfter\": 7}");

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), new ChatCall(model, "Hello."));

        Assert.NotNull(outcome.Error);
        Assert.Equal((exception, 429), (outcome.Error.Name, outcome.Error.Status));
        Assert.Equal(("rate_limit_error", "upstream_rate_limited"), (outcome.Error.Type, outcome.Error.Code));
        Assert.Equal("7", outcome.Headers["retry-after"]);
        Assert.DoesNotContain("x-should-retry", outcome.Headers.Keys);
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Answers_a_caller_that_comes_back_when_it_was_told_to(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);
        gateway.Fail("openai", "\"status429\": {\"share\": 1, \"retryAfter\": 1}");

        var asking = AskAsync(
            sdk, new ClientSettings(gateway.Url) { MaxRetries = 1 }, new ChatCall("smart", "Hello."));
        await RunningGateway.UntilAsync(() => gateway.Simulator.Counters("openai").Requests == 1,
            "the first call", TimeSpan.FromSeconds(20));
        gateway.Fail("openai", "");
        var outcome = await asking;

        Assert.Null(outcome.Error);
        Assert.Equal(2, await gateway.MetricAsync(2, "llm_requests_total"));
    }

    [Theory]
    [InlineData(Dotnet, "ClientResultException", false)]
    [InlineData(Dotnet, "ClientResultException", true)]
    [InlineData(Npm, "InternalServerError", false)]
    [InlineData(Npm, "InternalServerError", true)]
    public async Task Says_that_every_target_failed_and_how_the_last_one_did(string sdk, string exception, bool stream)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);
        gateway.Fail("openai", "\"refuse\": 1");
        gateway.Fail("groq", "\"html502\": 1");

        var outcome = await AskAsync(
            sdk, new ClientSettings(gateway.Url), new ChatCall("two", "Hello.") { Stream = stream });

        Assert.NotNull(outcome.Error);
        Assert.Equal((exception, 502), (outcome.Error.Name, outcome.Error.Status));
        Assert.Equal(("upstream_error", "all_targets_failed"), (outcome.Error.Type, outcome.Error.Code));
        Assert.Null(outcome.Error.Param);
        Assert.Contains("server_error", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal("false", outcome.Headers["x-should-retry"]);
        Assert.Equal("openai/gpt-4o:refused,groq/llama-3.3-70b-versatile:server_error",
            outcome.Headers["x-holdfast-attempted"]);
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Hides_behind_a_502_that_its_own_keys_are_bad(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(
            OneTry, "openai: { type: openai, baseUrl: URL(openai), apiKey: bad-key }");

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), new ChatCall("smart", "Hello."));

        Assert.NotNull(outcome.Error);
        Assert.Equal((502, "all_targets_failed"), (outcome.Error.Status, outcome.Error.Code));
    }

    /// <summary>
    /// By default the npm client retries a 502 twice, the .NET client thrice; the gateway, which has retried already,
    /// asks them not to. The npm client complies, the .NET client (2.15.0) doesn't know the header: with it, one
    /// retry means a second call. Whoever wants none sets <c>new ClientRetryPolicy(0)</c>.
    /// </summary>
    [Theory]
    [InlineData(Npm, null, 1)]
    [InlineData(Dotnet, 1, 2)]
    public async Task Asks_the_caller_not_to_retry_what_the_gateway_has_retried(string sdk, int? retries, int calls)
    {
        await using var gateway = await RunningGateway.StartAsync(OneTry);
        gateway.Fail("openai", "\"status500\": 1");

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url) { MaxRetries = retries },
            new ChatCall("smart", "Hello."));

        Assert.Equal(502, outcome.Error?.Status);
        Assert.Equal(calls, gateway.Simulator.Counters("openai").Requests);
        Assert.Equal(calls, await gateway.MetricAsync(
            calls, "llm_requests_total", "status=\"error\"", "model=\"smart\""));
    }
}
