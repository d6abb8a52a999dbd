using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary><c>healthCheck</c>: target over model over provider over defaults.</summary>
public sealed class HealthCheckConfigurationTests
{
    [Fact]
    public void A_check_is_inherited_from_defaults_to_the_target()
    {
        var options = Options("""
            defaults: { healthCheck: { interval: 20s, timeout: 4s, retries: 1, critical: false } }
            providers: { o: { type: ollama, healthCheck: { timeout: 3s, degradedResponseTime: 2s } } }
            models:
              m:
                healthCheck: { retries: 0 }
                targets:
                  - { provider: o, model: a, healthCheck: { critical: true, expectedResponse: ok } }
                  - o/b
            """);

        var (a, b) = (options.Models[0].Targets[0].HealthCheck, options.Models[0].Targets[1].HealthCheck);
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3), 0, true, "ok", TimeSpan.FromSeconds(2)),
            (a.Interval, a.Timeout, a.Retries, a.Critical, a.ExpectedResponse, a.DegradedResponseTime));
        Assert.Equal((0, false, ""), (b.Retries, b.Critical, b.ExpectedResponse));
    }

    [Fact]
    public void By_default_a_target_is_checked_every_thirty_seconds_and_a_check_has_five_and_two_retries()
    {
        var check = Options("providers: { o: { type: ollama } }").Providers[0].HealthCheck;

        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 2, false),
            (check.Interval, check.Timeout, check.Retries, check.Critical));
    }

    [Fact]
    public void An_interval_of_0_switches_checks_off() => Assert.Equal(TimeSpan.Zero, Options(
        "defaults: { healthCheck: { interval: 0 } }\nproviders: { o: { type: ollama } }").Providers[0]
        .HealthCheck.Interval);

    [Theory]
    [InlineData("interval: 1ms", "interval: is shorter than 10ms, and not 0 (checked only when somebody asks)")]
    [InlineData("timeout: 0", "timeout: '0' is not a duration from 10ms to 1d, such as 500ms, 30s, 2m, 1h")]
    [InlineData("retries: -1", "retries: '-1' is not a whole number from 0 to 1000")]
    [InlineData("critical: yes", "critical: 'yes' is not true or false")]
    [InlineData("unavailableAfter: 0", "unavailableAfter: '0' is not a whole number from 1 to 1000")]
    [InlineData("betterAfter: 0", "betterAfter: '0' is not a whole number from 1 to 1000")]
    [InlineData("degradedErrorRate: 2", "degradedErrorRate: '2' is not a number from 0 to 1")]
    [InlineData("endpoint: health",
        "endpoint: is neither a path, such as /health, nor an http or https address (value not shown)")]
    public void A_wrong_value_is_named(string written, string problem) => Assert.Equal(
        $"holdfast.yaml:1: defaults.healthCheck.{problem}",
        Error("defaults: { healthCheck: { " + written + " } }\nproviders: { o: { type: ollama } }"));

    [Theory]
    [InlineData("https://api.openai.com/health", true)]
    [InlineData("/health", true)]
    [InlineData("https://elsewhere.example/health?key=secret", false)]
    [InlineData("//elsewhere.example/health", false)]
    [InlineData("http://api.openai.com/health", false)]
    public void An_endpoint_is_on_the_providers_own_host(string endpoint, bool isAllowed)
    {
        var yaml = "providers: { o: { type: openai, apiKey: k, healthCheck: { endpoint: '" + endpoint + "' } } }";

        var problems = Read(yaml).Errors.Select(error => $"{error.Place}: {error.Message}");

        Assert.Equal(isAllowed ? [] : ["providers.o: healthCheck.endpoint is not on the host of provider o "
            + "(a path, such as /health, or an address there)"], problems);
    }

    [Fact]
    public void An_endpoint_of_a_target_is_on_its_providers_host_too() => Assert.StartsWith(
        "holdfast.yaml:1: models.m.targets[0]: healthCheck.endpoint is not on the host of provider o",
        Error("models: { m: { targets: [ { provider: o, model: a, healthCheck: { endpoint: 'http://x/y' } } ] } }\n"
            + "providers: { o: { type: ollama } }"), StringComparison.Ordinal);
}
