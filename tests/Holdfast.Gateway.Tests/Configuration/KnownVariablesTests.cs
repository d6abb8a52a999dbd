using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>The variables with names of their own.</summary>
public class KnownVariablesTests
{
    private const string File = """
        providers:
          openai: { type: openai, apiKey: k }
          azure: { type: azure-openai, baseUrl: https://x.example, apiKey: k }
        models:
          smart: { targets: [openai/gpt-4o, azure/gpt-4o, openai/o3] }
          small: { targets: [openai/gpt-4o-mini] }
        """;

    [Fact]
    public void The_later_variable_of_a_row_wins_whatever_the_order_of_the_environment()
    {
        var options = Options(File, ("CIRCUIT_BREAKER_TIMEOUT", "45000"), ("CIRCUIT_BREAKER_RESET_TIMEOUT", "30"));

        Assert.Equal(TimeSpan.FromSeconds(45), options.Providers[0].CircuitBreaker.RecoveryTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30),
            Options(File, ("CIRCUIT_BREAKER_RESET_TIMEOUT", "30")).Providers[0].CircuitBreaker.RecoveryTimeout);
    }

    [Fact]
    public void The_file_loses_to_a_known_variable_and_that_to_one_that_names_the_key()
    {
        const string yaml = "defaults: { timeouts: { call: 1m } }\n" + File;
        var known = ("RESILIENCE_DEFAULT_TIMEOUT", "2000");

        Assert.Equal(TimeSpan.FromSeconds(2), Options(yaml, known).Models[0].Timeouts.Call);
        Assert.Equal(TimeSpan.FromSeconds(3),
            Options(yaml, known, ("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", "3s")).Models[0].Timeouts.Call);
    }

    [Fact]
    public void Attempts_are_counted_with_the_first_one() =>
        Assert.Equal(2, Options(File, ("RETRY_MAX_ATTEMPTS", "3")).Models[0].Retry.MaxRetries);

    [Theory]
    [InlineData("RETRY_MAX_ATTEMPTS", "0", "'0' is not a whole number from 1 to 101: all attempts, the first included")]
    [InlineData("RESILIENCE_DEFAULT_TIMEOUT", "soon", "'soon' is not a duration from 1ms to 1d")]
    [InlineData("RETRY_INITIAL_DELAY", "99999", "'99999s' is not a duration from 0 to 1h")]
    [InlineData("RELIABILITY_ENABLED", "off", "'off' is not true or false")]
    [InlineData("RESILIENCE_SMART_TIMEOUT", "soon", "'soon' is not a duration")]
    [InlineData("RESILIENCE_GPT_4O_FAILURE_THRESHOLD", "x", "'x' is not a whole number")]
    public void A_wrong_value_is_an_error_at_the_variable(string variable, string value, string says)
    {
        var result = Read(File, (variable, value));

        Assert.NotEmpty(result.Errors);
        Assert.All(result.Errors, error =>
            Assert.StartsWith($"environment: {variable}: {says}", error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_variable_set_to_nothing_is_as_good_as_not_set() =>
        Assert.Equal(TimeSpan.FromMinutes(10),
            Options(File, ("RESILIENCE_DEFAULT_TIMEOUT", ""), ("RESILIENCE_SMART_TIMEOUT", ""))
                .Models[0].Timeouts.Call);

    [Fact]
    public void A_model_of_the_callers_takes_its_limit_for_the_whole_call()
    {
        var options = Options(File, ("RESILIENCE_SMART_TIMEOUT", "7000"));

        Assert.Equal(TimeSpan.FromSeconds(7), options.Models[0].Timeouts.Call);
        Assert.Equal(TimeSpan.FromMinutes(10), options.Models[1].Timeouts.Call);
    }

    [Fact]
    public void A_providers_model_takes_its_limit_for_each_attempt_wherever_it_is_a_target()
    {
        var options = Options(File, ("RESILIENCE_GPT_4O_TIMEOUT", "7000"));

        Assert.Equal([7, 7, 120], options.Models[0].Targets.Select(target => target.Timeouts.Attempt.TotalSeconds));
        Assert.Equal(120, options.Models[1].Targets[0].Timeouts.Attempt.TotalSeconds);
    }

    [Fact]
    public void A_threshold_for_a_providers_model_goes_to_its_circuits_only()
    {
        var providers = Options(File, ("RESILIENCE_GPT_4O_FAILURE_THRESHOLD", "9")).Providers;

        Assert.Equal([9, 9], providers.Select(provider => provider.CircuitBreakerOf("gpt-4o").FailureThreshold));
        Assert.Equal(5, providers[0].CircuitBreakerOf("o3").FailureThreshold);
        Assert.Equal(5, providers[0].CircuitBreaker.FailureThreshold);
    }

    [Fact]
    public void A_threshold_for_a_model_of_the_callers_goes_to_the_circuits_of_all_its_targets()
    {
        var providers = Options(File, ("RESILIENCE_SMART_FAILURE_THRESHOLD", "9")).Providers;

        Assert.Equal(9, providers[0].CircuitBreakerOf("gpt-4o").FailureThreshold);
        Assert.Equal(9, providers[0].CircuitBreakerOf("o3").FailureThreshold);
        Assert.Equal(9, providers[1].CircuitBreakerOf("gpt-4o").FailureThreshold);
        Assert.Equal(5, providers[0].CircuitBreakerOf("gpt-4o-mini").FailureThreshold);
    }

    [Fact]
    public void Thresholds_that_contradict_each_other_are_an_error() =>
        Assert.Contains("set one of them",
            Error("""
                providers: { o: { type: ollama } }
                models: { a: { targets: [o/x] }, b: { targets: [o/x] } }
                """, ("RESILIENCE_A_FAILURE_THRESHOLD", "2"), ("RESILIENCE_B_FAILURE_THRESHOLD", "3")),
            StringComparison.Ordinal);

    [Fact]
    public void A_variable_of_a_model_that_is_not_there_is_a_warning_with_the_nearest() =>
        Assert.Equal("environment: RESILIENCE_GPT4_O_TIMEOUT: names no model of this configuration; " +
            "did you mean 'GPT_4O'?", Warning(File, ("RESILIENCE_GPT4_O_TIMEOUT", "1000")));

    [Fact]
    public void Models_that_variables_name_are_seen_by_variables_of_models() =>
        Assert.Equal(TimeSpan.FromSeconds(7),
            Options(File, ("HOLDFAST__MODELS__SMALL__TARGETS__0", "openai/o4"), ("RESILIENCE_O4_TIMEOUT", "7000"))
                .Models[1].Targets[0].Timeouts.Attempt);

    [Fact]
    public void Reliability_switched_off_makes_every_route_a_plain_proxy()
    {
        var options = Options(File, ("RELIABILITY_ENABLED", "False"));

        Assert.All(options.Models, model => Assert.False(model.Reliability));
        Assert.All(options.Providers, provider => Assert.False(provider.Reliability));
        Assert.True(Options(File, ("RELIABILITY_ENABLED", "False"), ("HOLDFAST__MODELS__SMART__RELIABILITY", "true"))
            .Models[0].Reliability);
    }

    [Theory]
    [InlineData("/var/queue", "Data Source=/var/queue/holdfast.db")]
    [InlineData("/var/queue.db", "Data Source=/var/queue.db")]
    [InlineData("/var/a;Mode=Memory", "Data Source=\"/var/a;Mode=Memory/holdfast.db\"")]
    [InlineData("/var/a\"b.db", "Data Source=\"/var/a\"\"b.db\"")]
    public void A_path_becomes_a_connection_that_it_cannot_add_settings_to(string path, string connection) =>
        Assert.Equal((connection, null), KnownVariables.Convert(VariableUnit.DatabasePath, path));
}
