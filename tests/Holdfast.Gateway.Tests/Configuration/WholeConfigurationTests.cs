using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Microsoft.Extensions.Logging;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class WholeConfigurationTests
{
    private const string EveryKey = """
        # Every key there is; ${NOT_SET} in a comment means nothing.
        server:
          urls: http://127.0.0.1:8181
          managementUrls: "http://127.0.0.1:8182"
          adminKey: ${TEST_ADMIN_KEY:-}
          metricsKey: "scrape-me"
          requireKeys: false
          anonymous: false
          hosts: [gateway.example.org]
          origins: ["https://app.example.org:8443"]
          maxRequestBytes: 1000000
          dataDirectory: /var/lib/holdfast
          shutdown: { timeout: 20s, forceKillTimeout: 3s, delay: 1s }
        storage: { connection: "Data Source=holdfast.db", replicas: [] }
        redis: { connection: "" }
        defaults:
          strategy: sequential
          maxConcurrent: 3
          circuitBreaker:
            failureThreshold: 4
            windowThreshold: 9
            failureRatio: 0.5
            minimumCalls: 10
            monitoringPeriod: 1m
            recoveryTimeout: 30s
            maxRecoveryTime: 5m
            successThreshold: 3
            halfOpenProbes: 2
          retry: { maxRetries: 2, baseDelay: 250, maxDelay: 10s, backoffMultiplier: 1.5, jitter: false,
                   jitterFactor: 0.2, retryableErrors: [] }
          timeouts: { connect: 2s, firstToken: 20s, idle: 15s, minThroughput: 3.5, attempt: 1m, call: 4m,
                      adaptive: false }
          queue: { maxConcurrency: 0, maxQueueSize: 1000, throttleRate: 0, timeout: 30s }
          healthCheck: { interval: 30s, timeout: 5s, retries: 2, critical: false }
          failoverOn: []
        limits: { maxConcurrency: 0 }
        providers:
          openai: { type: openai, apiKey: "${TEST_OPENAI_KEY}", priority: 1, weight: 1 }
          anthropic:
            { type: anthropic, apiKeys: ["${TEST_KEY_1}", "${TEST_KEY_2}"], priority: 2, defaultMaxTokens: 2048 }
          azure: { type: azure-openai, baseUrl: https://x.openai.azure.com, apiVersion: 2024-10-21,
                   deployments: { gpt-4o: my-deployment } }
          bedrock: { type: bedrock, region: eu-central-1 }
          vertex: { type: vertex, region: europe-west4, project: my-project }
          local: { type: openai-compatible, baseUrl: http://127.0.0.1:8000/v1, dropUnsupported: true,
                   rateLimitScope: key, unsupportedFields: [logit_bias, seed],
                   headers: { x-team: a } }
        models:
          smart:
            strategy: sequential
            hedge: { after: p95, maxShare: 0.05 }
            continueStreams: false
            targets:
              - openai/gpt-4o
              - { provider: anthropic, model: claude-sonnet-4-5, priority: 5, weight: 2 }
        cache: { enabled: false, memoryEntries: 1000, memoryBytes: 256000000, diskDirectory: "", ttl: 1h,
                 staleOnError: 24h }
        batches: { minSuccessful: 8, timeout: 15m, maxTemporalVariance: 5m, criticalTemporalVariance: 10m,
                   allOrNothing: true }
        alerts: { webhookUrl: "${TEST_WEBHOOK:-}", webhookSecret: "" }
        costs: { chargebackRate: 1.2, priceFile: "" }
        asyncQueue: { maxSize: 1000, workers: 5 }
        logging: { level: debug, content: none }
        """;

    private static readonly (string, string)[] Keys =
        [("TEST_OPENAI_KEY", "k-open"), ("TEST_KEY_1", "k-one"), ("TEST_KEY_2", "k-two")];

    [Fact]
    public void A_file_with_every_key_loads()
    {
        var options = Options(EveryKey, Keys);

        Assert.Equal(["http://127.0.0.1:8181"], options.Server.Urls);
        Assert.Equal(["http://127.0.0.1:8182"], options.Server.ManagementUrls);
        Assert.Equal("scrape-me", options.Server.MetricsKey);
        Assert.Equal(["gateway.example.org"], options.Server.Hosts);
        Assert.Equal(["https://app.example.org:8443"], options.Server.Origins);
        Assert.Equal(1_000_000, options.Server.MaxRequestBytes);
        Assert.Equal("/var/lib/holdfast", options.Server.DataDirectory);
        Assert.Equal(TimeSpan.FromSeconds(20), options.Server.Shutdown.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(3), options.Server.Shutdown.ForceKillTimeout);
        Assert.Equal(TimeSpan.FromSeconds(1), options.Server.Shutdown.Delay);
        Assert.Equal(LogLevel.Debug, options.LogLevel);
    }

    [Fact]
    public void Providers_keep_the_order_of_the_file_and_their_own_values()
    {
        var providers = Options(EveryKey, Keys).Providers;

        Assert.Equal(["openai", "anthropic", "azure", "bedrock", "vertex", "local"],
            providers.Select(provider => provider.Name));
        Assert.Equal(["k-open"], providers[0].ApiKeys);
        Assert.Equal(["k-one", "k-two"], providers[1].ApiKeys);
        Assert.Equal(2, providers[1].Priority);
        Assert.Equal(2048, providers[1].DefaultMaxTokens);
        Assert.Equal(new Uri("https://x.openai.azure.com"), providers[2].BaseUrl);
        Assert.Equal("2024-10-21", providers[2].ApiVersion);
        Assert.Equal("my-deployment", providers[2].Deployments["gpt-4o"]);
        Assert.Equal("eu-central-1", providers[3].Region);
        Assert.Equal("my-project", providers[4].Project);
        Assert.True(providers[5].DropUnsupported);
        Assert.Equal(["logit_bias", "seed"], providers[5].UnsupportedFields);
        Assert.Equal(RateLimitScope.Key, providers[5].RateLimitScope);
        Assert.Equal("a", providers[5].Headers["X-Team"]);
    }

    [Fact]
    public void Defaults_reach_providers_routes_and_targets()
    {
        var options = Options(EveryKey, Keys);

        var breaker = options.Providers[0].CircuitBreaker;
        Assert.Equal((4, 9, 0.5, 10), (breaker.FailureThreshold, breaker.WindowThreshold, breaker.FailureRatio,
            breaker.MinimumCalls));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
            (breaker.MonitoringPeriod, breaker.RecoveryTimeout, breaker.MaxRecoveryTime));
        Assert.Equal((3, 2), (breaker.SuccessThreshold, breaker.HalfOpenProbes));
        var retry = options.Models[0].Retry;
        Assert.Equal((2, 1.5, false, 0.2),
            (retry.MaxRetries, retry.BackoffMultiplier, retry.Jitter, retry.JitterFactor));
        Assert.Equal((TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10)), (retry.BaseDelay, retry.MaxDelay));
        var timeouts = options.Models[0].Targets[1].Timeouts;
        Assert.Equal((2, 20, 15), (timeouts.Connect.Seconds, timeouts.FirstToken.Seconds, timeouts.Idle.Seconds));
        Assert.Equal((3.5, 1, 4), (timeouts.MinThroughput, timeouts.Attempt.Minutes, timeouts.Call.Minutes));
    }

    [Fact]
    public void Targets_are_read_short_and_long()
    {
        var route = Assert.Single(Options(EveryKey, Keys).Models);

        Assert.Equal("smart", route.Name);
        Assert.Equal(("openai", "gpt-4o", 1, 1d), Essence(0));
        Assert.Equal(("anthropic", "claude-sonnet-4-5", 5, 2d), Essence(1));

        (string, string, int, double) Essence(int i) => (route.Targets[i].Provider, route.Targets[i].Model,
            route.Targets[i].Priority, route.Targets[i].Weight);
    }

    [Fact]
    public void Only_what_was_written_with_another_value_than_the_default_is_warned_about()
    {
        var warnings = Read(EveryKey, Keys).Warnings;

        Assert.Empty(warnings.Select(warning => $"{warning.Place}: {warning.Message}"));
    }

    [Theory]
    [InlineData("storage: { connection: Host=db }", "storage.connection")]
    [InlineData("storage: { replicas: [Host=db] }", "storage.replicas")]
    [InlineData("redis: { connection: redis://r }", "redis.connection")]
    [InlineData("cache: { enabled: true }", "cache.enabled")]
    [InlineData("cache: { memoryEntries: 1 }", "cache.memoryEntries")]
    [InlineData("cache: { memoryBytes: 1 }", "cache.memoryBytes")]
    [InlineData("cache: { diskDirectory: d }", "cache.diskDirectory")]
    [InlineData("cache: { ttl: 90d }", "cache.ttl")]
    [InlineData("cache: { staleOnError: 1h }", "cache.staleOnError")]
    [InlineData("batches: { minSuccessful: 3 }", "batches.minSuccessful")]
    [InlineData("batches: { timeout: 1m }", "batches.timeout")]
    [InlineData("batches: { attemptTimeout: 1m }", "batches.attemptTimeout")]
    [InlineData("batches: { maxTemporalVariance: 1m }", "batches.maxTemporalVariance")]
    [InlineData("batches: { criticalTemporalVariance: 1m }", "batches.criticalTemporalVariance")]
    [InlineData("batches: { allOrNothing: false }", "batches.allOrNothing")]
    [InlineData("alerts: { webhookUrl: https://hooks }", "alerts.webhookUrl")]
    [InlineData("alerts: { webhookSecret: s }", "alerts.webhookSecret")]
    [InlineData("costs: { chargebackRate: 1.5 }", "costs.chargebackRate")]
    [InlineData("costs: { priceFile: p.json }", "costs.priceFile")]
    [InlineData("asyncQueue: { maxSize: 5 }", "asyncQueue.maxSize")]
    [InlineData("asyncQueue: { workers: 9 }", "asyncQueue.workers")]
    [InlineData("logging: { content: prompts }", "logging.content")]
    public void What_is_not_built_is_accepted_with_a_warning(string yaml, string place) =>
        Assert.Equal($"holdfast.yaml:1: {place}: is accepted but does nothing in this version",
            Warning(yaml + "\nproviders: { o: { type: ollama } }"));

    [Theory]
    [InlineData("storage: { replicas: { a: b } }", "storage.replicas: must be a list, not a mapping")]
    [InlineData("cache: { enabled: yes }", "cache.enabled: 'yes' is not true or false")]
    [InlineData("cache: on", "cache: must be a mapping of keys, not a single value")]
    [InlineData("costs: { chargebackRate: NaN }", "costs.chargebackRate: 'NaN' is not a number from 0 to 1000")]
    [InlineData("alerts: { webhookUrl: hooks }",
        "alerts.webhookUrl: is not an absolute http:// or https:// address (value not shown)")]
    [InlineData("logging: { level: verbose }",
        "logging.level: 'verbose' is not known here " +
        "(allowed: trace, debug, information, warning, error, critical, none)")]
    [InlineData("models: { m: { hedge: { after: p42 }, targets: [o/m] } }",
        "models.m.hedge.after: 'p42' is neither p50, p90, p95 or p99 nor a duration such as 500ms")]
    public void What_is_not_built_is_checked_all_the_same(string yaml, string error) =>
        Assert.Equal($"holdfast.yaml:1: {error}", Error(yaml + "\nproviders: { o: { type: ollama } }"));

    [Fact]
    public void Every_error_is_reported_at_once_in_the_order_of_lines()
    {
        var result = Read("""
            server:
              requireKeys: maybe
              urls: nowhere
            models:
              fast: { targets: [a/b] }
              slow: {}
            defaults:
              retry: { maxRetries: many }
            sever: {}
            """);

        Assert.Null(result.Options);
        Assert.Equal([2, 3, 5, 6, 8, 9], result.Errors.Select(error => error.Line));
    }

    [Fact]
    public void Unknown_keys_come_with_what_was_meant_and_what_is_allowed()
    {
        Assert.Equal(
            "holdfast.yaml:1: server.shutdown.time_out: is not known here; did you mean 'timeout'? " +
            "(allowed: timeout, forceKillTimeout, delay)",
            Error("server: { shutdown: { time_out: 5s } }\nproviders: { o: { type: ollama } }"));
        Assert.StartsWith("holdfast.yaml:2: provider: is not known here; did you mean 'providers'? (allowed: server, ",
            Error("\nprovider: {}"), StringComparison.Ordinal);
        Assert.DoesNotContain("did you mean", Error("zebra: 1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout", Outcome.Timeout)]
    [InlineData("server_error", Outcome.ServerError)]
    [InlineData("rate_limited", Outcome.RateLimited)]
    internal void FailoverOn_takes_the_words_of_outcomes(string word, Outcome outcome)
    {
        var route = Options(
            $"defaults: {{ failoverOn: [{word}] }}\n" +
            "providers: { o: { type: ollama } }\nmodels: { m: { targets: [o/x] } }").Models[0];

        Assert.Equal([outcome], route.FailoverOn);
    }

    [Theory]
    [InlineData("ok", "")]
    [InlineData("cancelled", "")]
    [InlineData("cut", "")]
    [InlineData("caller_error", "; did you mean 'server_error'?")]
    [InlineData("circuit_open", "")]
    [InlineData("held", "")]
    [InlineData("isolated", "")]
    [InlineData("saturated", "")]
    [InlineData("server_eror", "; did you mean 'server_error'?")]
    public void FailoverOn_refuses_other_words(string word, string nearest) =>
        Assert.StartsWith(
            $"holdfast.yaml:1: defaults.failoverOn[1]: '{word}' is no outcome that can fail over{nearest} " +
            "(allowed: refused, timeout, server_error, ",
            Error($"defaults: {{ failoverOn: [timeout, {word}] }}"), StringComparison.Ordinal);

    [Fact]
    public void A_misspelt_strategy_is_an_error_with_a_suggestion()
    {
        const string providers = "providers: { o: { type: ollama } }";

        Assert.Contains("did you mean 'parallel'?", Error($"defaults: {{ strategy: paralel }}\n{providers}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_can_answer_nothing_is_warned_about() =>
        Assert.Equal("holdfast.yaml: has no providers and no models: there is nothing that could answer a call",
            Warning(""));

    [Fact]
    public void Providers_without_models_are_fine_because_targets_can_be_addressed_directly() =>
        Assert.Empty(Read("providers: { o: { type: ollama } }").Warnings);
}
