using System.Globalization;

namespace Holdfast.System.Tests.Gateway;

/// <summary>CONTRACT's table of failures, over HTTP, one failing target before a healthy one and then alone.</summary>
public sealed class FailureTableTests : IAsyncLifetime
{
    private GatewayFixture _gateway = null!;

    /// <summary>The simulator's failure; for streams; the word; whether another target may answer.</summary>
    public static TheoryData<string, bool, string> FailedOver => new()
    {
        { "\"refuse\": 1", false, "refused" },
        { "\"refuse\": 1", true, "refused" },
        { "\"silent\": 1", false, "timeout" },
        { "\"silent\": 1", true, "timeout" },
        { "\"silentAfterHeaders\": 1", false, "timeout" },
        { "\"silentAfterHeaders\": 1", true, "timeout" },
        { "\"pingsOnly\": {\"share\": 1, \"intervalMs\": 50}", true, "timeout" },
        { "\"status408\": 1", false, "server_error" },
        { "\"status424\": 1", false, "server_error" },
        { "\"status500\": 1", false, "server_error" },
        { "\"status500\": 1", true, "server_error" },
        { "\"status500\": {\"share\": 1, \"shouldRetry\": false}", false, "server_error" },
        { "\"status503\": 1", false, "server_error" },
        { "\"status520\": 1", false, "server_error" },
        { "\"status529\": 1", true, "server_error" },
        { "\"html502\": 1", false, "server_error" },
        { "\"html200\": 1", false, "bad_answer" },
        { "\"html200\": 1", true, "bad_answer" },
        { "\"errorIn200\": 1", false, "bad_answer" },
        { "\"errorIn200\": 1", true, "bad_answer" },
        { "\"emptyChoices\": 1", false, "bad_answer" },
        { "\"emptyChoices\": 1", true, "bad_answer" },
        { "\"doneOnly\": 1", false, "bad_answer" },
        { "\"doneOnly\": 1", true, "bad_answer" },
        { "\"badChunk\": 1", false, "bad_answer" },
        { "\"badChunk\": {\"share\": 1, \"chunks\": 0}", true, "bad_answer" },
        { "\"cutAfter\": {\"share\": 1, \"chunks\": 0, \"how\": \"fin\"}", false, "bad_answer" },
        { "\"cutAfter\": {\"share\": 1, \"chunks\": 0, \"how\": \"rst\"}", true, "bad_answer" },
        { "\"cutAfter\": {\"share\": 1, \"chunks\": 0, \"how\": \"clean\"}", true, "bad_answer" },
        { "\"status409\": 1", false, "conflict" },
        { "\"status425\": 1", false, "conflict" },
        { "\"status429\": {\"share\": 1, \"retryAfter\": 30}", false, "rate_limited" },
        { "\"status429\": {\"share\": 1, \"retryAfter\": 30}", true, "rate_limited" },
        { "\"quota\": 1", false, "quota" },
        { "\"status402\": 1", false, "quota" },
        { "\"status401\": 1", false, "auth" },
        { "\"status403\": 1", true, "auth" },
        { "\"status404\": 1", false, "not_found" },
    };

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(GatewayFixture.Once);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory, MemberData(nameof(FailedOver))]
    public async Task A_healthy_target_answers_for_one_that_fails(string failure, bool stream, string word)
    {
        Fail(failure, isSilent: word == "timeout");

        using var response = await _gateway.CallAsync("smart", stream);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal($"openai/gpt-4o:{word},groq/llama-3:ok", Header(response, "x-holdfast-attempted"));
        Assert.Equal("groq", Header(response, "x-holdfast-provider"));
        Assert.Equal("llama-3", Header(response, "x-holdfast-model"));
        Assert.Equal("true", Header(response, "x-holdfast-fallback"));
        Assert.Equal("2", Header(response, "x-holdfast-attempts"));
        Assert.Contains("\"llama-3\"", body, StringComparison.Ordinal);
        Assert.Equal(1, _gateway.Simulator.Counters("openai").Requests);
        Assert.Contains($"holdfast_attempts_total{{provider=\"openai\",model=\"gpt-4o\",outcome=\"{word}\"}} 1\n",
            await _gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_of_provider_and_model_goes_to_that_target_and_to_no_other(bool stream)
    {
        using var response = await _gateway.CallAsync("groq/any-model", stream);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("groq/any-model:ok", Header(response, "x-holdfast-attempted"));
        Assert.Equal("false", Header(response, "x-holdfast-fallback"));
        Assert.Contains("\"any-model\"", body, StringComparison.Ordinal);
        Assert.Equal(0, _gateway.Simulator.Counters("openai").Requests);
    }

    [Theory, MemberData(nameof(FailedOver))]
    public async Task A_target_that_fails_alone_makes_a_complete_error(string failure, bool stream, string word)
    {
        Fail(failure, isSilent: word == "timeout");

        using var response = await _gateway.CallAsync("alone", stream);

        var error = await ErrorAnswer.ReadAsync(response);
        Assert.Equal($"openai/gpt-4o:{word}", Header(response, "x-holdfast-attempted"));
        Assert.Equal("false", Header(response, "x-holdfast-fallback"));
        switch (word)
        {
            case "rate_limited":
                error.Is(429, "rate_limit_error", "upstream_rate_limited");
                Assert.InRange(RetryAfter(response), 29, 30);
                Assert.False(response.Headers.Contains("x-should-retry"));
                break;
            case "not_found":
                Assert.Equal(404, error.Status);
                break;
            default:
                error.Is(502, "upstream_error", "all_targets_failed");
                Assert.Equal("false", Header(response, "x-should-retry"));
                break;
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(415)]
    [InlineData(422)]
    public async Task The_callers_own_error_is_passed_on_and_nobody_else_is_asked(int status)
    {
        _gateway.Fail("openai", $"\"status{status}\": 1");

        using var response = await _gateway.CallAsync("smart");

        Assert.Equal(status, (await ErrorAnswer.ReadAsync(response)).Status);
        Assert.Equal("openai/gpt-4o:caller_error", Header(response, "x-holdfast-attempted"));
        Assert.Equal(0, _gateway.Simulator.Counters("groq").Requests);
    }

    [Theory]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"fin\"}")]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"rst\"}")]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"clean\"}")]
    [InlineData("\"stallAfter\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"errorMidStream\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 3}")]
    public async Task A_stream_that_breaks_later_says_so_and_never_ends_cleanly(string failure)
    {
        Fail(failure, isSilent: failure.Contains("stall", StringComparison.Ordinal));
        // One token after another, so that the failure does not come with the first.
        _gateway.Simulator.Set("openai", Holdfast.Simulator.Behaviour.Parse(
            "{\"tokensPerSecond\": 40, \"failures\": {" + failure + "}}"));
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        var body = GatewayFixture.Chat("smart", stream: true);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        var text = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        Assert.Contains("data: {\"error\":{", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"stream_cut\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the cut stream ended as if it were whole");
        Assert.Contains("outcome=\"cut\"} 1\n", await _gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_target_rate_limited_is_the_callers_429()
    {
        _gateway.Fail("openai", "\"status429\": {\"share\": 1, \"retryAfter\": 40}");
        _gateway.Fail("groq", "\"status429\": {\"share\": 1, \"retryAfter\": 20}");

        // Nobody has the time to wait for either.
        var hurry = ("x-holdfast-timeout-ms", "15000");
        using var first = await _gateway.CallAsync("smart", headers: hurry);
        using var second = await _gateway.CallAsync("smart", headers: hurry);

        (await ErrorAnswer.ReadAsync(first)).Is(429, "rate_limit_error", "upstream_rate_limited");
        (await ErrorAnswer.ReadAsync(second)).Is(429, "rate_limit_error", "upstream_rate_limited");
        Assert.Equal("openai/gpt-4o:rate_limited,groq/llama-3:rate_limited", Header(first, "x-holdfast-attempted"));
        Assert.Equal("openai/gpt-4o:held,groq/llama-3:held", Header(second, "x-holdfast-attempted"));
        Assert.InRange(RetryAfter(first), 19, 20);
        Assert.InRange(RetryAfter(second), 18, 20);
        Assert.Equal(1, _gateway.Simulator.Counters("openai").Requests);
        Assert.Equal(1, _gateway.Simulator.Counters("groq").Requests);
    }

    [Theory]
    [InlineData("\"quota\": 1", "quota")]
    [InlineData("\"status402\": 1", "quota")]
    public async Task A_key_without_credit_is_held_from_then_on(string failure, string word)
    {
        _gateway.Fail("openai", failure);

        using var first = await _gateway.CallAsync("smart");
        using var second = await _gateway.CallAsync("smart");
        using var alone = await _gateway.CallAsync("alone");

        Assert.Equal($"openai/gpt-4o:{word},groq/llama-3:ok", Header(first, "x-holdfast-attempted"));
        Assert.Equal("openai/gpt-4o:held,groq/llama-3:ok", Header(second, "x-holdfast-attempted"));
        (await ErrorAnswer.ReadAsync(alone)).Is(503, "service_unavailable", "held");
        Assert.InRange(RetryAfter(alone), 1, 60);
        Assert.Equal(1, _gateway.Simulator.Counters("openai").Requests);
    }

    [Theory]
    [InlineData(0.2, 1)]
    [InlineData(3600, 60)]
    public async Task Retry_after_is_whole_seconds_between_one_and_sixty(double theirs, int ours)
    {
        var milliseconds = (theirs * 1000).ToString(CultureInfo.InvariantCulture);
        _gateway.Fail("openai", $"\"status429\": {{\"share\": 1, \"retryAfterMs\": {milliseconds}}}");

        using var response = await _gateway.CallAsync("alone");

        Assert.Equal(ours, RetryAfter(response));
    }

    /// <summary>Only who is silent is waited for briefly: what else happens takes its time on a busy machine.</summary>
    private void Fail(string failure, bool isSilent)
    {
        _gateway.Fail("openai", failure);
        if (!isSilent)
        {
            return;
        }

        var brief = TimeSpan.FromSeconds(1);
        _gateway.Reconfigure(options => options with
        {
            Models =
            [
                .. options.Models.Select(model => model with
                {
                    Targets = [.. model.Targets.Select(target => target.Provider != "openai" ? target : target with
                    {
                        Timeouts = target.Timeouts with { FirstToken = brief, Idle = brief, Attempt = brief },
                    })],
                }),
            ],
        });
    }

    private static string Header(HttpResponseMessage response, string name) =>
        Assert.Single(response.Headers.GetValues(name));

    private static int RetryAfter(HttpResponseMessage response) =>
        int.Parse(Header(response, "retry-after"), CultureInfo.InvariantCulture);
}
