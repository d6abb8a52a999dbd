using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>What <c>check --effective</c> shows: why is this 30 s?</summary>
public class EffectiveValuesTests
{
    private const string File = """
        defaults:
          retry: { maxRetries: 2 }
          timeouts: { call: 5m, attempt: 30s }
        providers:
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
            timeouts: { idle: "${IDLE}" }
            circuitBreaker: { failureThreshold: 3 }
        models:
          smart:
            timeouts: { firstToken: 20s }
            targets:
              - openai/gpt-4o
              - { provider: openai, model: o3, timeouts: { attempt: 9000 } }
        """;

    private static readonly (string, string)[] Environment = [("OPENAI_API_KEY", "sk-secret"), ("IDLE", "15s")];

    [Theory]
    [InlineData("defaults.timeouts.call", "5m", "holdfast.yaml:3")]
    [InlineData("defaults.timeouts.connect", "5s", "default")]
    [InlineData("defaults.retry.jitter", "true", "default")]
    [InlineData("providers.openai.type", "openai", "holdfast.yaml:6")]
    [InlineData("providers.openai.timeouts.idle", "15s", "holdfast.yaml:8, IDLE")]
    [InlineData("providers.openai.timeouts.attempt", "30s", "holdfast.yaml:3 (defaults.timeouts.attempt)")]
    [InlineData("models.smart.timeouts.call", "5m", "holdfast.yaml:3 (defaults.timeouts.call)")]
    [InlineData("models.smart.retry.maxRetries", "2", "holdfast.yaml:2 (defaults.retry.maxRetries)")]
    [InlineData("models.smart.targets[0]", "openai/gpt-4o", "holdfast.yaml:14")]
    [InlineData("models.smart.targets[0].timeouts.firstToken", "20s",
        "holdfast.yaml:12 (models.smart.timeouts.firstToken)")]
    [InlineData("models.smart.targets[0].timeouts.idle", "15s",
        "holdfast.yaml:8, IDLE (providers.openai.timeouts.idle)")]
    [InlineData("models.smart.targets[0].timeouts.attempt", "30s", "holdfast.yaml:3 (defaults.timeouts.attempt)")]
    [InlineData("models.smart.targets[0].timeouts.connect", "5s", "default")]
    [InlineData("models.smart.targets[1].timeouts.attempt", "9000", "holdfast.yaml:15")]
    [InlineData("server.urls", "http://127.0.0.1:8080", "default")]
    [InlineData("server.hosts", "[]", "default")]
    [InlineData("storage.connection", "Data Source=holdfast.db", "default")]
    [InlineData("logging.level", "information", "default")]
    public void Each_value_says_where_it_came_from(string key, string text, string from) =>
        Assert.Equal((text, from), Shown(File, key, Environment));

    [Theory]
    [InlineData("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", "30s", "defaults.timeouts.call", "30s",
        "HOLDFAST__DEFAULTS__TIMEOUTS__CALL")]
    [InlineData("RESILIENCE_DEFAULT_TIMEOUT", "30000", "models.smart.timeouts.call", "30000ms",
        "RESILIENCE_DEFAULT_TIMEOUT (defaults.timeouts.call)")]
    [InlineData("RETRY_MAX_ATTEMPTS", "6", "defaults.retry.maxRetries", "5", "RETRY_MAX_ATTEMPTS")]
    [InlineData("RESILIENCE_O3_TIMEOUT", "4000", "models.smart.targets[1].timeouts.attempt", "4000ms",
        "RESILIENCE_O3_TIMEOUT")]
    [InlineData("RESILIENCE_O3_FAILURE_THRESHOLD", "7", "providers.openai.circuitBreakers.o3.failureThreshold", "7",
        "RESILIENCE_O3_FAILURE_THRESHOLD")]
    [InlineData("RESILIENCE_O3_TIMEOUT", "4000", "providers.openai.circuitBreaker.failureThreshold", "3",
        "holdfast.yaml:9")]
    [InlineData("HOLDFAST__SERVER__DATADIRECTORY", "/x", "server.dataDirectory", "/x",
        "HOLDFAST__SERVER__DATADIRECTORY")]
    public void A_variable_is_named_where_its_value_is_in_force(
        string variable, string value, string key, string text, string from) =>
        Assert.Equal((text, from), Shown(File, key, [.. Environment, (variable, value)]));

    [Fact]
    public void A_circuit_of_one_model_inherits_from_its_provider_and_then_from_the_defaults() =>
        Assert.Equal(("45s", "CIRCUIT_BREAKER_TIMEOUT (defaults.circuitBreaker.recoveryTimeout)"),
            Shown(File.Replace("circuitBreaker: {",
                    "circuitBreakers: { o3: { failureThreshold: 1 } }\n    circuitBreaker: {",
                    StringComparison.Ordinal), "providers.openai.circuitBreakers.o3.recoveryTimeout",
                [.. Environment, ("CIRCUIT_BREAKER_TIMEOUT", "45s")]));

    [Theory]
    [InlineData("models.smart.queue.maxConcurrency", "0", "default")]
    [InlineData("models.smart.healthCheck.interval", "30s", "default")]
    [InlineData("models.smart.targets[0].queue.maxConcurrency", "100",
        "holdfast.yaml:4 (providers.openai.queue.maxConcurrency)")]
    [InlineData("models.smart.targets[0].healthCheck.interval", "7s",
        "holdfast.yaml:5 (providers.openai.healthCheck.interval)")]
    public void What_a_provider_says_is_in_force_at_its_targets_and_not_at_the_model(
        string key, string text, string from)
    {
        const string yaml = """
            providers:
              openai:
                type: openai
                queue: { maxConcurrency: 100 }
                healthCheck: { interval: 7s }
            models: { smart: { targets: [openai/gpt-4o] } }
            """;

        Assert.Equal((text, from), Shown(yaml, key));
    }

    [Theory]
    [InlineData("3-5", "11")]
    [InlineData("3-7", "22")]
    public void Long_names_that_differ_at_their_end_are_told_apart(string version, string text)
    {
        const string arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-";
        const string yaml = $$"""
            providers:
              bed:
                type: openai-compatible
                baseUrl: http://127.0.0.1:1/v1
                circuitBreakers:
                  "{{arn}}3-5": { failureThreshold: 11 }
                  "{{arn}}3-7": { failureThreshold: 22 }
            models: { smart: { targets: ["bed/{{arn}}3-5", "bed/{{arn}}3-7"] } }
            """;

        Assert.Equal(text, Shown(yaml, $"providers.bed.circuitBreakers[\"{arn}{version}\"].failureThreshold").Text);
    }

    [Theory]
    [InlineData("/health", "/health")]
    [InlineData("/health?token=SECRET", null)]
    [InlineData("https://api.openai.com/health?token=SECRET", null)]
    public void An_address_that_may_hold_a_secret_is_not_shown(string endpoint, string? text)
    {
        var yaml = $$"""
            providers:
              openai: { type: openai, healthCheck: { endpoint: "{{endpoint}}" } }
            models: { smart: { targets: [openai/gpt-4o] } }
            """;

        Assert.Equal(text, Shown(yaml, "providers.openai.healthCheck.endpoint").Text);
        Assert.DoesNotContain(Values(yaml, []), value => value.Text?.Contains("SECRET") == true);
    }

    [Fact]
    public void Secrets_and_texts_from_the_environment_are_not_shown()
    {
        const string yaml = File + "\nserver: { adminKey: sk-secret-of-the-admin, dataDirectory: \"${IDLE}\" }";

        Assert.Equal((null, "holdfast.yaml:7, OPENAI_API_KEY"), Shown(yaml, "providers.openai.apiKey", Environment));
        Assert.Equal((null, "holdfast.yaml:16"), Shown(yaml, "server.adminKey", Environment));
        Assert.Equal((null, "holdfast.yaml:16, IDLE"), Shown(yaml, "server.dataDirectory", Environment));
        Assert.Equal((null, "REDIS_URL"),
            Shown(yaml, "redis.connection", [.. Environment, ("REDIS_URL", "redis://:secret@x")]));
        Assert.DoesNotContain(Values(yaml, Environment), value => value.Text?.Contains("secret") == true);
    }

    [Fact]
    public void What_a_target_cannot_have_of_its_own_is_not_shown_there() =>
        Assert.DoesNotContain(Values(File, Environment), value => value.Key.StartsWith("models.smart.targets[") &&
            (value.Key.EndsWith(".timeouts.call") || value.Key.EndsWith(".retry.maxRetries")));

    [Fact]
    public void What_is_shown_as_in_force_is_what_the_options_say()
    {
        (string, string)[] environment = [.. Environment, ("RESILIENCE_GPT_4O_TIMEOUT", "8000"), ("IDLE_", "x")];
        var options = Options(File, environment);
        var values = Values(File, environment).ToDictionary(value => value.Key, value => value.Text);

        for (var i = 0; i < 2; i++)
        {
            var target = options.Models[0].Targets[i].Timeouts;
            var place = $"models.smart.targets[{i}].timeouts";
            Assert.Equal(target.Attempt, Duration(values[$"{place}.attempt"]));
            Assert.Equal(target.FirstToken, Duration(values[$"{place}.firstToken"]));
            Assert.Equal(target.Idle, Duration(values[$"{place}.idle"]));
            Assert.Equal(target.Connect, Duration(values[$"{place}.connect"]));
        }
    }

    private static TimeSpan Duration(string? text) =>
        DurationText.TryParse(text!, out var duration) ? duration : throw new FormatException(text);

    private static (string? Text, string From) Shown(string yaml, string key, params (string, string)[] environment)
    {
        var value = Assert.Single(Values(yaml, environment), value => value.Key == key);
        return (value.Text, value.Source.ToString());
    }

    private static IReadOnlyList<EffectiveValue> Values(string yaml, (string, string)[] environment)
    {
        var result = Read(yaml, environment);
        Assert.Empty(Lines(result.Errors));
        return result.Values!.List();
    }
}
