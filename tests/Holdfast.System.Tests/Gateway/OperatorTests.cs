using System.Text.Json;
using System.Text.RegularExpressions;

namespace Holdfast.System.Tests.Gateway;

/// <summary>What operators read: metrics and health.</summary>
public sealed partial class OperatorTests : IAsyncLifetime
{
    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(
        GatewayFixture.Brief.Replace("server:", "server:\n  shutdown: { delay: 5m, timeout: 5s }"));

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("metrics-of-these-test")]
    [InlineData("")]
    public async Task Metrics_are_for_who_has_a_key(string? key)
    {
        using var response = await _gateway.GetAsync("/metrics", key);

        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal(["Bearer"], response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("holdfast_", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GatewayFixture.AdminKey)]
    [InlineData(GatewayFixture.MetricsKey)]
    public async Task Metrics_have_the_families_and_labels_that_dashboards_rely_on(string key)
    {
        _gateway.Fail("openai", "\"status500\": 0.5");
        for (var i = 0; i < 12; i++)
        {
            using var call = await _gateway.CallAsync("smart", stream: i % 2 == 0);
        }

        await _gateway.App.BookedAsync();
        using var response = await _gateway.GetAsync("/metrics", key);
        var page = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var labels = Lines().Matches(page).GroupBy(line => line.Groups["name"].Value).ToDictionary(
            group => group.Key, group => NamesIn(group.First().Groups["labels"].Value));
        Dictionary<string, string> expected = new()
        {
            ["circuit_breaker_state"] = "provider",
            ["llm_requests_total"] = "status,model,operation",
            ["holdfast_circuit_state"] = "provider,model",
            ["holdfast_circuit_rejections_total"] = "provider,model",
            ["holdfast_attempts_total"] = "provider,model,outcome",
            ["holdfast_request_duration_seconds_bucket"] = "status,model,operation,le",
            ["holdfast_time_to_first_token_seconds_bucket"] = "model,le",
            ["holdfast_overhead_seconds_bucket"] = "operation,le",
            ["holdfast_tokens_total"] = "provider,model,kind",
            ["holdfast_fallbacks_total"] = "model",
            ["holdfast_build_info"] = "version",
        };
        foreach (var (family, names) in expected)
        {
            Assert.Equal((family, names), (family, labels.GetValueOrDefault(family)));
        }

        Assert.Contains("llm_requests_total{status=\"success\",model=\"smart\",operation=\"chat\"} 12\n", page);
        Assert.All(page.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Page(), line));
    }

    [Fact]
    public async Task No_label_takes_a_value_that_a_caller_chose()
    {
        string[] weird =
        [
            "weird-1", "weird\\\"} 1 weird", "weird/weird", "openai/weird-9", "openai/weird\\n2", "anthropic/weird",
            "WEIRD", "scripted/weird", "weird\u2028", "smart-weird",
        ];
        foreach (var model in weird)
        {
            using var response = await _gateway.CallAsync(model, headers:
                [("x-request-id", "weird"), ("user-agent", "weird"), ("x-holdfast-tags", "weird")]);
        }

        using var openai = await _gateway.CallAsync("openai/weird-9");
        var page = await _gateway.MetricsAsync();

        Assert.Equal(200, (int)openai.StatusCode);
        Assert.DoesNotContain("weird", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("llm_requests_total{status=\"error\",model=\"other\",operation=\"chat\"}", page);
        Assert.Contains("holdfast_attempts_total{provider=\"openai\",model=\"other\",outcome=\"ok\"}", page);
    }

    [Theory]
    [InlineData("live")]
    [InlineData("startup")]
    [InlineData("ready")]
    public async Task Health_tells_strangers_the_status_and_the_admin_the_reasons(string which)
    {
        _gateway.Fail("openai", "\"quota\": 1");
        using var call = await _gateway.CallAsync("smart");

        using var anonymous = await _gateway.GetAsync($"/health/{which}");
        using var metrics = await _gateway.GetAsync($"/health/{which}", GatewayFixture.MetricsKey);
        using var admin = await _gateway.GetAsync($"/health/{which}", GatewayFixture.AdminKey);

        Assert.Equal("""{"status":"ok"}""", await anonymous.Content.ReadAsStringAsync());
        Assert.Equal("""{"status":"ok"}""", await metrics.Content.ReadAsStringAsync());
        using var told = JsonDocument.Parse(await admin.Content.ReadAsStringAsync());
        var finding = Assert.Single(told.RootElement.GetProperty("findings").EnumerateArray()).GetString();
        Assert.Contains("openai: key 1 is out of quota", finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draining_node_is_not_ready_but_alive()
    {
        using var hurry = new CancellationTokenSource();
        var stopping = _gateway.App.StopAsync(hurry.Token);

        using var ready = await _gateway.GetAsync("/health/ready");
        using var live = await _gateway.GetAsync("/health/live");
        using var call = await _gateway.CallAsync("smart");

        Assert.False(stopping.IsCompleted);
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Equal("""{"status":"unavailable"}""", await ready.Content.ReadAsStringAsync());
        Assert.Equal(200, (int)live.StatusCode);
        Assert.Equal(200, (int)call.StatusCode);
        await hurry.CancelAsync();
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => _gateway.GetAsync("/health/live"));
    }

    private static string NamesIn(string labels) =>
        string.Join(",", Names().Matches(labels).Select(name => name.Groups[1].Value));

    [GeneratedRegex("^(?<name>[a-z_]+)(?:\\{(?<labels>.*)\\})? [0-9]", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex Names();

    [GeneratedRegex("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{([a-z_]+=\"[^\"]*\",?)+\\})? [0-9.E+-]+)$")]
    private static partial Regex Page();
}
