using System.Globalization;

namespace Holdfast.System.Tests.Gateway;

/// <summary>The circuit breaker as a caller and an operator see it.</summary>
public sealed class BreakerTests
{
    private const string Settings = GatewayFixture.Server + """
        defaults:
          retry: { maxRetries: 0, baseDelay: 1ms }
          timeouts: { firstToken: 20s, attempt: 20s, call: 30s }
        """;

    // By default, and in these tests only at a word: else a busy machine would be told of a probe.
    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(1);

    private readonly LeapingTime _time = new();

    [Fact]
    public async Task Opens_after_five_failures_turns_away_at_once_and_closes_after_two_successes()
    {
        await using var gateway = await GatewayFixture.StartAsync(Settings, time: _time);
        gateway.Fail("openai", "\"status500\": 1");

        for (var i = 0; i < 5; i++)
        {
            Assert.Contains(State(0), await gateway.MetricsAsync(), StringComparison.Ordinal);
            using var failed = await gateway.CallAsync("alone");
            (await ErrorAnswer.ReadAsync(failed)).Is(502, "upstream_error", "all_targets_failed");
        }

        Assert.Contains(State(2), await gateway.MetricsAsync(), StringComparison.Ordinal);
        gateway.Heal("openai");
        var started = TimeProvider.System.GetTimestamp();
        using (var refused = await gateway.CallAsync("alone"))
        {
            (await ErrorAnswer.ReadAsync(refused)).Is(503, "service_unavailable", "circuit_open");
            Assert.Equal(["false"], refused.Headers.GetValues("x-should-retry"));
            Assert.Equal(["0"], refused.Headers.GetValues("x-holdfast-attempts"));
            Assert.Equal(["openai/gpt-4o:circuit_open"], refused.Headers.GetValues("x-holdfast-attempted"));
            Assert.InRange(
                int.Parse(refused.Headers.GetValues("retry-after").Single(), CultureInfo.InvariantCulture), 1, 60);
        }

        // No target is waited for.
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15), "not at once");
        Assert.Equal(5, gateway.Simulator.Counters("openai").Requests);

        _time.Leap(Recovery);
        Assert.True(await AnswersAsync(gateway));
        Assert.Contains(State(1), await gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.True(await AnswersAsync(gateway));
        var metrics = await gateway.MetricsAsync();
        Assert.Contains(State(0), metrics, StringComparison.Ordinal);
        foreach (var to in new[] { "open", "half_open", "closed" })
        {
            Assert.Contains("holdfast_circuit_transitions_total{provider=\"openai\",model=\"gpt-4o\","
                + $"to=\"{to}\"}} 1\n", metrics, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_open_circuit_sends_the_call_to_the_next_target_without_an_attempt()
    {
        await using var gateway = await GatewayFixture.StartAsync(Settings, time: _time);
        gateway.Fail("openai", "\"status500\": 1");
        for (var i = 0; i < 5; i++)
        {
            using var failed = await gateway.CallAsync("alone");
        }

        using var response = await gateway.CallAsync("smart");

        Assert.Equal(
            ["openai/gpt-4o:circuit_open,groq/llama-3:ok"], response.Headers.GetValues("x-holdfast-attempted"));
        Assert.Equal(["1"], response.Headers.GetValues("x-holdfast-attempts"));
        Assert.Equal(["true"], response.Headers.GetValues("x-holdfast-fallback"));
    }

    [Fact]
    public async Task A_failed_probe_opens_it_again()
    {
        await using var gateway = await GatewayFixture.StartAsync(Settings, time: _time);
        gateway.Fail("openai", "\"status500\": 1");

        for (var i = 0; i < 5; i++)
        {
            using var failed = await gateway.CallAsync("alone");
        }

        _time.Leap(Recovery);
        using var probe = await gateway.CallAsync("alone");
        Assert.Equal(6, gateway.Simulator.Counters("openai").Requests);

        using var after = await gateway.CallAsync("alone");
        (await ErrorAnswer.ReadAsync(after)).Is(503, "service_unavailable", "circuit_open");
        Assert.Equal(6, gateway.Simulator.Counters("openai").Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callers_deadline_is_nobodys_failure(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync(Settings, time: _time);
        gateway.Fail("openai", "\"silent\": 1");

        for (var i = 0; i < 7; i++)
        {
            using var response = await gateway.CallAsync("alone", stream, ("x-holdfast-timeout-ms", "60"));

            (await ErrorAnswer.ReadAsync(response)).Is(504, "timeout_error", "deadline_exceeded");
            Assert.Equal(["false"], response.Headers.GetValues("x-should-retry"));
            Assert.Equal(["openai/gpt-4o:cancelled"], response.Headers.GetValues("x-holdfast-attempted"));
        }

        Assert.Contains(State(0), await gateway.MetricsAsync(), StringComparison.Ordinal);
        gateway.Heal("openai");
        Assert.True(await AnswersAsync(gateway));
    }

    [Theory]
    [InlineData("\"status400\": 1")]
    [InlineData("\"status404\": 1")]
    [InlineData("\"status409\": 1")]
    [InlineData("\"status401\": 1")]
    public async Task What_is_not_the_targets_failure_opens_nothing(string failure)
    {
        await using var gateway = await GatewayFixture.StartAsync(Settings, time: _time);
        gateway.Fail("openai", failure);
        for (var i = 0; i < 7; i++)
        {
            using var response = await gateway.CallAsync("alone");
        }

        Assert.Contains(State(0), await gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.Equal(7, gateway.Simulator.Counters("openai").Requests);
    }

    private static string State(int number) => string.Create(CultureInfo.InvariantCulture,
        $"holdfast_circuit_state{{provider=\"openai\",model=\"gpt-4o\"}} {number}\n");

    private static async Task<bool> AnswersAsync(GatewayFixture gateway)
    {
        using var response = await gateway.CallAsync("alone");
        return response.IsSuccessStatusCode;
    }
}
