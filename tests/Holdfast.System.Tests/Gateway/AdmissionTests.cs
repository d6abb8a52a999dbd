using System.Text.Json;
using Holdfast.Admission;
using Holdfast.Gateway.Admission;
using Holdfast.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Limits over real sockets.</summary>
public sealed class AdmissionTests
{
    private const string Keys = """
        server: { urls: http://127.0.0.1:0, metricsKey: metrics-of-these-tests }
        logging: { level: none }
        # Until a server has spoken of a new period, it is taken for a minute: nobody is refused for that here.
        defaults: { queue: { timeout: 5m } }
        providers:
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKeys: [ key-one, key-two ] }
          anthropic: { type: anthropic, baseUrl: "${SIM}/anthropic/v1", apiKeys: [ key-one, key-two ] }
        models:
          alone: { targets: [ openai/gpt-4o ] }
          claude: { targets: [ anthropic/claude-sonnet-4-5 ] }

        """;

    [Theory]
    [InlineData("openai", "alone", "steady")]
    [InlineData("openai", "alone", "window")]
    [InlineData("anthropic", "claude", "steady")]
    [InlineData("anthropic", "claude", "window")]
    public async Task A_crowd_is_kept_below_the_limits_that_a_provider_announces(
        string provider, string model, string fill)
    {
        await using var gateway = await GatewayFixture.StartAsync(Keys);
        gateway.Simulator.Set(provider, Behaviour.Parse(
            $$"""{"limits": {"requests": 20, "period": "2s", "fill": "{{fill}}"} }"""));
        // That there are limits is known when the crowd comes; those of the second key are not.
        using var known = await gateway.CallAsync(model);
        Assert.Equal(200, (int)known.StatusCode);

        var calls = Enumerable.Range(0, 70).Select(_ => gateway.CallAsync(model)).ToList();
        var answers = await Task.WhenAll(calls);

        var counters = gateway.Simulator.Counters(provider);
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
        Assert.Equal(71, counters.Succeeded);
        // In virtual time it is never one. Here a busy machine may send calls in another order than they were let in,
        // so that one arrives after a reset; a gateway that learned nothing would be refused thirty times and more.
        Assert.InRange(counters.Failures.GetValueOrDefault("limits"), 0, 5);
    }

    [Fact]
    public async Task A_full_gateway_refuses_at_once_and_says_when_to_come_again()
    {
        await using var gateway = await GatewayFixture.StartAsync(
            GatewayFixture.Server + "limits: { maxConcurrency: 1, maxQueueSize: 0 }\n");
        gateway.Fail("openai", "\"silent\": 1");
        using var leaving = new CancellationTokenSource();
        var running = gateway.Client.SendAsync(GatewayFixture.Request(GatewayFixture.Chat("alone")), leaving.Token);
        await Waiting.UntilAsync(() => gateway.Simulator.Counters("openai").InFlight == 1, "a call under way");

        using var refused = await gateway.CallAsync("alone");

        Assert.Equal((429, "1", false), ((int)refused.StatusCode, refused.Headers.RetryAfter!.ToString(),
            refused.Headers.Contains("x-should-retry")));
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(("rate_limit_error", "queue_full"),
            (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        gateway.Heal("openai");
        await Waiting.UntilAsync(async () => (await gateway.CallAsync("alone")).IsSuccessStatusCode, "a free place");
    }

    [Fact]
    public async Task In_an_emergency_only_urgent_calls_are_answered()
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Server);
        gateway.App.Services.GetRequiredService<GatewayAdmission>().Restriction =
            new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };

        using var normal = await gateway.CallAsync("alone");
        using var urgent = await gateway.CallAsync("alone", headers: ("x-holdfast-priority", "high"));

        Assert.Equal((503, 200), ((int)normal.StatusCode, (int)urgent.StatusCode));
        Assert.Contains("\"code\":\"emergency\"", await normal.Content.ReadAsStringAsync());
    }
}
