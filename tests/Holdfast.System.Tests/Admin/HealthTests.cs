using System.Text.Json;

namespace Holdfast.System.Tests.Admin;

/// <summary>The health of providers over HTTP: by calls, by circuits, by checks.</summary>
public sealed class HealthTests : AdminFixture
{
    [Fact]
    public async Task A_forced_check_asks_each_provider_once_and_is_nobodys_call()
    {
        var before = (Requests("openai"), Requests("groq"), Requests("deepseek"));

        var health = await AskAsync("/admin/health/check", "");

        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.NotEqual(JsonValueKind.Null, Record(health, "openai").GetProperty("lastCheck").ValueKind);
        // Models are listed, so no call is counted; one that no route names isn't asked.
        Assert.Equal(before, (Requests("openai"), Requests("groq"), Requests("deepseek")));
        Assert.Equal(1, await Gateway.MetricAsync(1, "holdfast_health_checks_total", "provider=\"openai\""));
        Assert.Equal(0, await Gateway.MetricAsync("holdfast_attempts_total", "provider=\"openai\""));
    }

    [Fact]
    public async Task The_last_check_is_told_of_each_provider()
    {
        Assert.Equal(JsonValueKind.Null, LastCheck(await AskAsync("/failsafe/providers")).ValueKind);

        await AskAsync("/admin/health/check", "");

        Assert.Equal(JsonValueKind.String, LastCheck(await AskAsync("/failsafe/providers")).ValueKind);
    }

    [Fact]
    public async Task A_provider_that_is_gone_is_unhealthy_after_some_checks()
    {
        Gateway.Simulator.Set("openai", Holdfast.Simulator.Behaviour.Parse(
            """{"outages": [{"from": "0s", "to": "1h"}]}"""));
        for (var i = 0; i < 3; i++)
        {
            await AskAsync("/admin/health/check", "");
        }

        var health = await AskAsync("/admin/health");

        Assert.Equal(("critical", "unavailable"), (Record(health, "openai").GetProperty("status").GetString(),
            Record(health, "openai").GetProperty("health").GetString()));
        Assert.Equal((1, "degraded"),
            (health.GetProperty("unhealthy").GetInt32(), health.GetProperty("status").GetString()));
        Assert.Equal(2, await Gateway.MetricAsync("holdfast_target_health", "provider=\"openai\""));
    }

    [Fact]
    public async Task An_open_circuit_is_unhealthy_though_a_check_is_good()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart");
        await CallAsync("smart");

        var health = await AskAsync("/admin/health/check", "");

        var details = Record(health, "openai").GetProperty("details");
        Assert.Equal(("critical", "open", "server_error", "MODEL_ERROR", 2),
            (Record(health, "openai").GetProperty("status").GetString(),
                details.GetProperty("circuitBreakerState").GetString(), details.GetProperty("error").GetString(),
                details.GetProperty("errorType").GetString(), details.GetProperty("failureCount").GetInt32()));
    }

    [Fact]
    public async Task An_isolated_provider_is_in_maintenance_until_it_is_reset()
    {
        await AskAsync("/admin/circuits/isolate", """{"provider":"openai"}""");
        Assert.Equal("maintenance",
            Record(await AskAsync("/admin/health"), "openai").GetProperty("health").GetString());

        await AskAsync("/admin/circuits/reset", """{"provider":"openai"}""");

        Assert.Equal("available",
            Record(await AskAsync("/admin/health"), "openai").GetProperty("health").GetString());
    }

    [Theory]
    [InlineData("/admin/health", "GET")]
    [InlineData("/admin/health/check", "POST")]
    public async Task Health_is_for_the_administrator(string path, string method) => Assert.Equal(401,
        (await SendAsync(new HttpMethod(method), path, method == "POST" ? "" : null, key: null)).Status);

    [Fact]
    public async Task Readiness_stays_while_providers_are_down()
    {
        foreach (var provider in (string[])["openai", "groq", "mistral"])
        {
            Gateway.Fail(provider, "\"status500\": 1");
        }

        for (var i = 0; i < 3; i++)
        {
            await CallAsync("smart");
        }

        Assert.Equal("critical", (await AskAsync("/admin/health")).GetProperty("status").GetString());
        var (status, body, _) = await SendAsync(HttpMethod.Get, "/health/ready", key: null);
        Assert.Equal((200, """{"status":"ok"}"""), (status, body));
    }

    private long Requests(string provider) => Gateway.Simulator.Counters(provider).Requests;

    private static JsonElement Record(JsonElement health, string provider) => health.GetProperty("records")
        .EnumerateArray().Single(record => record.GetProperty("name").GetString() == "llm_provider_" + provider);

    private static JsonElement LastCheck(JsonElement answer) => answer.GetProperty("providers").EnumerateArray()
        .Single(provider => provider.GetProperty("name").GetString() == "openai").GetProperty("lastHealthCheck");
}
