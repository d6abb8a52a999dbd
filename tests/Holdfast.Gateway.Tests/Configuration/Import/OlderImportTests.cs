using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>What single keys of the older shapes become.</summary>
public class OlderImportTests
{
    [Fact]
    public void A_plain_number_is_milliseconds_and_a_unit_is_kept()
    {
        var provider = Options("models: { gpt-4o: { circuitBreaker: { timeout: 1500, monitoringPeriod: 3m } } }")
            .Providers[0];

        Assert.Equal(TimeSpan.FromMilliseconds(1500), provider.CircuitBreaker.RecoveryTimeout);
        Assert.Equal(TimeSpan.FromMinutes(3), provider.CircuitBreaker.MonitoringPeriod);
    }

    [Theory]
    [InlineData("reliability: { metrics: { exportInterval: 15000 } }", 15_000)]
    [InlineData("reliability: { metrics: { exportInterval: 1 } }", 100)]
    [InlineData("global: { metrics: { exportInterval: 2m } }", 120_000)]
    public void How_often_metrics_are_sent_is_kept(string source, double milliseconds) =>
        Assert.Equal(milliseconds, Options(source).MetricsExportInterval.TotalMilliseconds);

    [Fact]
    public void Different_circuits_are_different_providers()
    {
        var options = Options("""
            models:
              gpt-4o: { circuitBreaker: { failureThreshold: 3 } }
              gpt-4o-mini: { circuitBreaker: { failureThreshold: 9 } }
              gpt-5: { circuitBreaker: { failureThreshold: 3 } }
            """);

        Assert.Equal([3, 9], options.Providers.Select(provider => provider.CircuitBreaker.FailureThreshold));
        Assert.Equal(["openai", "openai-2", "openai"], options.Models.Select(model => model.Targets[0].Provider));
    }

    [Fact]
    public void All_attempts_are_one_more_than_the_repeats() =>
        Assert.Equal(3, Options("models: { gpt-4o: { retry: { maxAttempts: 4 } } }").Models[0].Retry.MaxRetries);

    [Fact]
    public void A_single_fallback_that_does_not_exist_is_reported() =>
        Assert.Contains(Notes(Result("models: { gpt-4o: { fallback: lost } }")),
            note => note.Contains("models.gpt-4o.fallback: dropped: names 'lost'"));

    [Fact]
    public void A_circuit_breaker_that_is_off_never_opens()
    {
        var breaker = Options("models: { gpt-4o: { circuitBreaker: { enabled: false, failureThreshold: 5 } } }")
            .Providers[0].CircuitBreaker;

        Assert.Equal((0, 0, 0), (breaker.FailureThreshold, breaker.WindowThreshold, breaker.FailureRatio));
    }

    [Fact]
    public void A_model_that_cannot_be_a_target_is_left_out_with_everything_it_says()
    {
        var result = Result("""
            models:
              a:
                provider: openai
                model: "gpt-4o "
                retry: { maxRetries: 7 }
                circuitBreaker: { failureThreshold: 9 }
              b: { provider: anthropic, model: claude-3-opus, fallbacks: [a] }
            """);

        Assert.Equal(
            [
                "2: models.a: dropped: is left out: its model is not a name that a model can have here; choose " +
                    "another name",
                "3: models.a.provider: dropped: belongs to a model that is left out",
                "4: models.a.model: dropped: belongs to a model that is left out",
                "5: models.a.retry: dropped: belongs to a model that is left out",
                "6: models.a.circuitBreaker: dropped: belongs to a model that is left out",
                "7: models.b.fallbacks[0]: dropped: names 'a', which is left out",
            ],
            Notes(result));
        Assert.DoesNotContain("openai", result.Yaml);
    }

    [Fact]
    public void A_variable_may_be_a_part_of_an_address()
    {
        var result = Result("""
            models: { local: { provider: custom, model: llama, baseUrl: "https://${LLM_HOST}:${PORT:-80}/v1" } }
            """);

        Assert.Contains("baseUrl: \"https://${LLM_HOST}:${PORT:-80}/v1\"", result.Yaml);
        Assert.Equal(["LLM_HOST"], result.Variables.Keys);
        Assert.Empty(Notes(result));
    }

    [Fact]
    public void A_variable_may_be_the_beginning_of_an_address()
    {
        var result = Result("""
            models:
              a: { provider: custom, model: llama, baseUrl: "${A_URL}/v1" }
              b: { provider: custom, model: llama, baseUrl: "${SCHEME}://b.example/${PART}" }
            """);

        Assert.Contains("baseUrl: \"${A_URL}/v1\"", result.Yaml);
        Assert.Equal(["A_URL", "PART", "SCHEME"], result.Variables.Keys);
    }

    [Fact]
    public void A_version_and_a_deployment_of_azure_are_kept()
    {
        var result = Result("""
            models:
              gpt: { provider: azure, model: gpt-4, endpoint: "${AZURE_URL}", apiVersion: "2024-06-01", deployment: d1 }
            """);

        Assert.Contains("apiVersion: 2024-06-01\n    deployments:\n      gpt-4: d1\n", result.Yaml);
        Assert.Empty(Notes(result));
    }

    [Fact]
    public void A_version_and_a_deployment_elsewhere_are_reported() =>
        Assert.Equal(2, Notes(Result("models: { a: { provider: openai, model: x, apiVersion: '1', deployment: d1 } }"))
            .Count(note => note.Contains("dropped: belongs to Azure only")));

    [Fact]
    public void A_fallback_may_be_a_list()
    {
        var result = Result("""
            global: { retry: { maxRetries: 3 } }
            models:
              gpt-4: { provider: openai, fallback: [claude], fallbacks: [gemini], fallbackModels: [claude, lost] }
              claude: { provider: anthropic, model: claude-3-opus }
              gemini: { provider: gemini, model: gemini-2.5-pro }
            """);

        Assert.Contains("provider: gemini\n        model: gemini-2.5-pro\n        priority: 2", result.Yaml);
        Assert.Contains("provider: anthropic\n        model: claude-3-opus\n        priority: 3", result.Yaml);
        Assert.Equal(
            [
                "3: models.gpt-4.fallbackModels[1]: dropped: names 'lost', which is none of the models",
                "3: models.gpt-4.fallback[0]: dropped: names 'claude', which is in the route already",
            ],
            Notes(result));
    }

    [Fact]
    public void One_queue_for_all_calls_is_the_whole_gateways()
    {
        var result = Result("""
            global:
              queue: { maxConcurrency: 10, maxSize: 500, throttleRate: 5, timeout: 20000 }
              maxConcurrentRequests: 50
            models: { gpt-4: { provider: openai } }
            """);

        Assert.Contains("limits:\n  maxConcurrency: 10\n  maxQueueSize: 500\n  throttleRate: 5\n  timeout: 20s\n",
            result.Yaml);
        Assert.Contains("global.maxConcurrentRequests: dropped: stands beside queue.maxConcurrency, which counts",
            Assert.Single(Notes(result)));
    }

    [Fact]
    public void A_rate_that_is_too_low_becomes_the_lowest()
    {
        var result = Result("reliability: { queue: { throttleRate: 0.0001 } }");

        Assert.Contains("throttleRate: 0.001", result.Yaml);
        Assert.Contains("throttleRate: changed", Assert.Single(Notes(result)));
    }

    [Fact]
    public void A_strategy_for_all_fallbacks_is_the_default_one()
    {
        const string source = """
            global: { fallback: { strategy: parallel, maxConcurrent: 5, odd: 1 } }
            models: { gpt-4: { provider: openai } }
            """;

        var route = Options(source).Models[0];
        Assert.Equal((FailoverStrategy.Parallel, 5), (route.Strategy, route.MaxConcurrent));
        Assert.Contains("global.fallback.odd: dropped", Assert.Single(Notes(Result(source))));
    }

    [Fact]
    public void A_health_check_keeps_its_endpoint_and_what_is_expected()
    {
        var result = Result("""
            global: { healthCheck: { enabled: false, unhealthyThreshold: 4, healthyThreshold: 1 } }
            models:
              a: { provider: openai, healthCheck: { endpoint: /up, expectedResponse: ok } }
              b: { provider: openai, baseUrl: "https://x.example/v1", healthCheck: { endpoint: "https://x.example/up" } }
              c: { provider: openai, healthCheck: { endpoint: "https://elsewhere.example/up" } }
            """);

        Assert.Contains("interval: 0\n    unavailableAfter: 4\n    betterAfter: 1", result.Yaml);
        Assert.Contains("endpoint: \"/up\"\n      expectedResponse: ok", result.Yaml);
        Assert.Contains("endpoint: \"https://x.example/up\"", result.Yaml);
        Assert.Equal(
            [
                "1: global.healthCheck.enabled: changed: became interval: 0; a target is checked when somebody asks",
                "5: models.c.healthCheck.endpoint: dropped: is an address that is not the provider's own; a check " +
                    "goes to the provider's host only, with its key",
            ],
            Notes(result));
    }

    [Fact]
    public void Every_key_of_the_source_is_mapped_or_in_the_report()
    {
        var result = Result("""
            reliability:
              backoff: { odd1: 1 }
              circuitBreaker: { odd2: 1 }
              health: { odd3: 1 }
              queue: { odd4: 1 }
              metrics: { odd5: 1 }
              shutdown: { odd6: 1 }
              odd7: 1
            odd8: 1
            """);
        var other = Result("""
            global: { odd9: 1, healthCheck: { odd10: 1 } }
            models:
              gpt-4o: { odd11: 1, retry: { odd12: 1 }, circuitBreaker: { odd13: 1 }, healthCheck: { odd14: 1 } }
              nobody: { odd15: 1 }
            odd16: 1
            """);

        for (var i = 1; i <= 16; i++)
            Assert.Contains(result.Notes.Concat(other.Notes), note => note.Place.EndsWith($"odd{i}"));
    }
}
