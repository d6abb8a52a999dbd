using System.Globalization;
using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>Each line of the table of variables, set for once, and what a random environment does.</summary>
public class VariableTableTests
{
    public static TheoryData<string> Names => [.. KnownVariables.All.Select(known => known.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_variable_of_the_table_arrives_at_its_key(string name)
    {
        var known = KnownVariables.All.Single(known => known.Name == name);
        var (set, arrives) = known switch
        {
            { Key: "alerts.webhookUrl" } => ("https://hooks.example/x", null),
            { Key: "redis.connection" } => ("redis://cache.example:6379", null),
            { Key: "storage.connection", Unit: VariableUnit.AsWritten } => ("postgres://db.example/holdfast", null),
            { Unit: VariableUnit.DatabasePath } => ("/var/queue", null),
            { Unit: VariableUnit.Milliseconds } => ("7001", "7001ms"),
            { Unit: VariableUnit.Seconds } => ("17", "17s"),
            { Unit: VariableUnit.Attempts } => ("7", "6"),
            { Unit: VariableUnit.Flag } => ("FALSE", "false"),
            _ => ("7", "7"),
        };

        var result = Read("", (name, set));

        Assert.Empty(Lines(result.Errors));
        var value = Assert.Single(result.Values!.List(), value => value.Key == known.Key);
        Assert.Equal((arrives, name), (value.Text, value.Source.ToString()));
        Assert.NotEqual(arrives, Read("").Values!.List().Single(value => value.Key == known.Key).Text ?? "none");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_variable_of_the_table_loses_to_the_one_that_names_its_key(string name)
    {
        var known = KnownVariables.All.Single(known => known.Name == name);
        var own = VariableReader.Prefix + VariableOverride.PathOf(known.Key.Split('.'));
        var text = known.Key switch
        {
            "alerts.webhookUrl" => "https://hooks.example/y",
            "defaults.reliability" => "true",
            _ when known.Unit is VariableUnit.Milliseconds or VariableUnit.Seconds => "19s",
            _ => "19",
        };

        var result = Read("", (name, known.Unit == VariableUnit.Flag ? "false" : "3"), (own, text));

        Assert.Empty(Lines(result.Errors));
        Assert.Equal(own, result.Values!.List().Single(value => value.Key == known.Key).Source.ToString());
    }

    [Fact]
    public void What_is_built_goes_by_the_variables()
    {
        var options = Options(
            "providers: { o: { type: ollama } }\nmodels: { m: { targets: [o/x] } }",
            ("RESILIENCE_DEFAULT_TIMEOUT", "1000"), ("RESILIENCE_MAX_CONCURRENT_REQUESTS", "12"),
            ("RESILIENCE_HEALTH_CHECK_INTERVAL", "2000"), ("HEALTH_CHECK_INTERVAL", "3000"),
            ("HEALTH_CHECK_TIMEOUT", "4000"), ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "13"),
            ("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "14"), ("CIRCUIT_BREAKER_RESET_TIMEOUT", "5"),
            ("RETRY_MAX_ATTEMPTS", "4"), ("RETRY_INITIAL_DELAY", "0.5"), ("RETRY_MAX_DELAY", "7"),
            ("RETRY_BACKOFF_FACTOR", "1.5"), ("QUEUE_MAX_CONCURRENCY", "15"), ("QUEUE_THROTTLE_RATE", "16"),
            ("METRICS_EXPORT_INTERVAL", "8000"));

        var (provider, route) = (options.Providers[0], options.Models[0]);
        Assert.Equal(1000, route.Timeouts.Call.TotalMilliseconds);
        Assert.Equal(12, options.Limits.MaxConcurrency);
        Assert.Equal((3000, 4000), (route.Targets[0].HealthCheck.Interval.TotalMilliseconds,
            route.Targets[0].HealthCheck.Timeout.TotalMilliseconds));
        Assert.Equal((13, 14, 5.0), (provider.CircuitBreaker.FailureThreshold,
            provider.CircuitBreaker.SuccessThreshold, provider.CircuitBreaker.RecoveryTimeout.TotalSeconds));
        Assert.Equal((3, 0.5, 7.0, 1.5), (route.Retry.MaxRetries, route.Retry.BaseDelay.TotalSeconds,
            route.Retry.MaxDelay.TotalSeconds, route.Retry.BackoffMultiplier));
        Assert.Equal((15, 16.0), (route.Targets[0].Queue.MaxConcurrency, route.Targets[0].Queue.ThrottleRate));
        Assert.Equal(8, options.MetricsExportInterval.TotalSeconds);
    }

    [Fact]
    public void Any_environment_gives_options_or_errors_and_never_an_exception()
    {
        const int seed = 20261121;
        var random = new Random(seed);
        string[] files =
        [
            "", "server: ~", "defaults: { retry: [a] }\nproviders: x",
            """
            server: { hosts: [a, b], urls: "http://127.0.0.1:1" }
            providers: { o-1: { type: openai, apiKeys: ["${K}", b], headers: { x-a: b } }, o_1: { type: ollama } }
            models:
              a b: { targets: [o-1/gpt-4o, { provider: o_1, model: m }], validate: { schema: { type: object } } }
              "": { targets: [] }
            """,
        ];
        string[] parts =
        [
            "SERVER", "HOSTS", "URLS", "DEFAULTS", "TIMEOUTS", "CALL", "RETRY", "MAXRETRIES", "PROVIDERS", "O_1",
            "APIKEYS", "APIKEY", "HEADERS", "X_A", "MODELS", "A_B", "TARGETS", "0", "1", "2", "00", "99999999999",
            "VALIDATE", "SCHEMA", "TYPE", "CIRCUITBREAKERS", "GPT_4O", "", "_", "x", "é", "\u0130", "=", "${K}", "\n",
        ];
        string[] values =
        [
            "", "1", "-1", "30s", "1e999", "true", "null", "~", "[a]", "{a: b}", "${K}", "a,b;c", "\0", "\uD800",
            "http://x", "/nowhere", "/", "o_1/x", new string('9', 400), "Ω\r\n",
        ];
        string[] known = [.. KnownVariables.All.Select(variable => variable.Name), "K", "RESILIENCE__TIMEOUT",
            "RESILIENCE_A_B_TIMEOUT", "RESILIENCE_GPT_4O_FAILURE_THRESHOLD",
            "RESILIENCE_" + new string('X', 300) + "_TIMEOUT"];

        for (var round = 0; round < 6_000; round++)
        {
            var environment = new Dictionary<string, string>();
            for (var i = random.Next(1, 8); i > 0; i--)
            {
                var name = random.Next(3) == 0
                    ? Pick(known)
                    : "HOLDFAST__" + string.Join("__", Enumerable.Range(0, random.Next(0, 6)).Select(_ => Pick(parts)));
                environment[random.Next(6) == 0 ? name + "_FILE" : name] = Pick(values);
            }

            var pairs = string.Join(", ", environment.Select(pair => $"{pair.Key}={pair.Value}"));
            var set = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}: {pairs}");
            try
            {
                var result = ConfigurationFile.Parse(Pick(files), "f", EnvironmentVariables.Of(environment));
                Assert.True(result.Options is null == result.Errors.Count > 0, set);
                Assert.NotNull(result.Values?.List());
            }
            catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{set}\n{failure}");
            }
        }

        string Pick(string[] from) => from[random.Next(from.Length)];
    }
}
