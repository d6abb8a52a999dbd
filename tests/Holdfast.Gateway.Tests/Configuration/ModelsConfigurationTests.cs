using Holdfast.Gateway.Configuration;
using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class ModelsConfigurationTests
{
    private const string Two = "providers: { openai: { type: ollama }, anthropic: { type: ollama } }\n";

    [Fact]
    public void A_target_whose_provider_is_not_defined_is_named_with_the_nearest_and_all() =>
        Assert.Equal(
            "holdfast.yaml:2: models.fast.targets[1]: provider 'antropic' is not defined; " +
            "did you mean 'anthropic'? (defined: openai, anthropic)",
            Error(Two + "models: { fast: { targets: [openai/x, antropic/y] } }"));

    [Fact]
    public void A_provider_that_is_nowhere_near_is_named_with_all() =>
        Assert.Equal(
            "holdfast.yaml:2: models.fast.targets[0].provider: provider 'mistral' is not defined " +
            "(defined: openai, anthropic)",
            Error(Two + "models: { fast: { targets: [{ provider: mistral, model: y }] } }"));

    [Fact]
    public void A_target_without_any_provider_defined_says_so() =>
        Assert.Equal("holdfast.yaml:1: models.m.targets[0]: provider 'a' is not defined (none is defined)",
            Error("models: { m: { targets: [a/b] } }"));

    [Fact]
    public void A_target_is_split_at_its_first_slash()
    {
        var route = Options(Two + "models: { m: { targets: [openai/meta-llama/Llama-3.3-70B] } }").Models[0];

        var target = Assert.Single(route.Targets);
        Assert.Equal(("openai", "meta-llama/Llama-3.3-70B"), (target.Provider, target.Model));
    }

    [Theory]
    [InlineData("gpt-4o", "'gpt-4o' is not provider/model, such as openai/gpt-4o")]
    [InlineData("/gpt-4o", "'/gpt-4o' is not provider/model, such as openai/gpt-4o")]
    [InlineData("openai/", "'openai/' is not provider/model, such as openai/gpt-4o")]
    [InlineData("'openai/ x'", "'openai/ x' is not provider/model, such as openai/gpt-4o")]
    [InlineData("[openai]", "must be provider/model, or a mapping with provider and model")]
    [InlineData("~", "must be provider/model, or a mapping with provider and model")]
    [InlineData("{ model: x }", "provider is missing")]
    [InlineData("{ provider: openai }", "model is missing")]
    public void A_target_that_is_none_is_told_what_it_must_be(string target, string error) =>
        Assert.Equal($"holdfast.yaml:2: models.m.targets[0]: {error}",
            Error(Two + $"models: {{ m: {{ targets: [{target}] }} }}"));

    [Theory]
    [InlineData("{}")]
    [InlineData("~")]
    [InlineData("{ targets: [] }")]
    [InlineData("{ targets: ~ }")]
    public void A_model_needs_targets(string model) =>
        Assert.Equal(
            "holdfast.yaml:2: models.m: has no targets; write at least one, such as targets: [provider/model]",
            Error(Two + $"models: {{ m: {model} }}"));

    [Fact]
    public void Targets_are_a_list() =>
        Assert.Equal("holdfast.yaml:2: models.m.targets: must be a list, not a single value",
            Error(Two + "models: { m: { targets: openai/x } }"));

    [Fact]
    public void The_same_target_twice_is_an_error() =>
        Assert.Equal("holdfast.yaml:2: models.m.targets[1]: is the same provider and model as a target before it",
            Error(Two + "models: { m: { targets: [openai/x, { provider: openai, model: x, priority: 9 }] } }"));

    [Theory]
    [InlineData("''", "models[\"\"]")]
    [InlineData("' a'", "models[\" a\"]")]
    [InlineData("'a '", "models[\"a \"]")]
    [InlineData("\"a\\tb\"", "models[\"a?b\"]")]
    [InlineData("'ä'", "models[\"ä\"]")]
    public void A_name_is_printable_ascii(string name, string place)
    {
        Assert.Equal(
            $"holdfast.yaml:2: {place}: " +
            "is not a model's name: 1 to 256 printable ASCII characters without spaces at the ends",
            Error(Two + $"models: {{ {name}: {{ targets: [openai/x] }} }}"));
        Options(Two + "models: { 'openai/gpt 4.1 (eu)': { targets: [openai/x] } }");
    }

    [Fact]
    public void A_name_has_at_most_256_characters()
    {
        Options(Two + $"models: {{ {new string('m', 256)}: {{ targets: [openai/x] }} }}");
        Error(Two + $"models: {{ ? {new string('m', 257)}\n : {{ targets: [openai/x] }} }}");
    }

    [Theory]
    [InlineData("circuitBreaker: {}, targets: [openai/x]", "models.m")]
    [InlineData("targets: [{ provider: openai, model: x, circuitBreaker: { failureThreshold: 1 } }]",
        "models.m.targets[0]")]
    public void A_circuit_breaker_at_a_route_is_refused_with_the_reason(string model, string place) =>
        Assert.Equal(
            $"holdfast.yaml:2: {place}.circuitBreaker: does not belong here: a circuit breaker belongs to a " +
            "provider's model and all routes share it; write it under defaults or under the provider",
            Error(Two + $"models: {{ m: {{ {model} }} }}"));

    [Fact]
    public void A_target_inherits_from_its_model_then_its_provider_then_the_defaults()
    {
        var options = Options("""
            defaults: { timeouts: { connect: 1s, idle: 1s, attempt: 1s, firstToken: 1s }, retry: { maxDelay: 40s } }
            providers:
              p: { type: ollama, timeouts: { idle: 2s, attempt: 2s, firstToken: 2s }, retry: { baseDelay: 2s } }
              q: { type: ollama, priority: 7, weight: 3 }
            models:
              m:
                timeouts: { attempt: 3s, firstToken: 3s }
                targets:
                  - { provider: p, model: x, timeouts: { firstToken: 4s }, retry: { jitter: false } }
                  - p/y
                  - q/z
            """);

        var route = options.Models[0];
        Assert.Equal([1, 2, 3, 4], Seconds(route.Targets[0].Timeouts));
        Assert.Equal([1, 2, 3, 3], Seconds(route.Targets[1].Timeouts));
        Assert.Equal([1, 1, 3, 3], Seconds(route.Targets[2].Timeouts));
        Assert.Equal([1, 1, 3, 3], Seconds(route.Timeouts));
        Assert.Equal([1, 2, 2, 2], Seconds(options.Providers[0].Timeouts));
        var retry = route.Targets[0].Retry;
        Assert.Equal((40, 2, false), (retry.MaxDelay.Seconds, retry.BaseDelay.Seconds, retry.Jitter));
        Assert.Equal((7, 3d), (route.Targets[2].Priority, route.Targets[2].Weight));

        static int[] Seconds(Holdfast.Timeouts.TimeoutOptions timeouts) =>
            [timeouts.Connect.Seconds, timeouts.Idle.Seconds, timeouts.Attempt.Seconds, timeouts.FirstToken.Seconds];
    }

    [Fact]
    public void A_provider_lays_its_circuit_breaker_over_the_defaults()
    {
        var options = Options("""
            defaults: { circuitBreaker: { failureThreshold: 9, successThreshold: 4 } }
            providers: { p: { type: ollama, circuitBreaker: { failureThreshold: 2 } } }
            """);

        var breaker = options.Providers[0].CircuitBreaker;
        Assert.Equal((2, 4), (breaker.FailureThreshold, breaker.SuccessThreshold));
    }

    [Fact]
    public void A_models_strategy_and_outcomes_replace_those_of_the_defaults()
    {
        var models = Options(Two + """
            defaults: { strategy: random, failoverOn: [timeout, quota] }
            models:
              a: { targets: [openai/x] }
              b: { targets: [openai/x], strategy: sequential, failoverOn: [refused] }
              c: { targets: [openai/x], failoverOn: [] }
            """).Models;

        Assert.Equal([FailoverStrategy.Random, FailoverStrategy.Sequential, FailoverStrategy.Random],
            models.Select(model => model.Strategy));
        Assert.Equal([Outcome.Timeout, Outcome.Quota], models[0].FailoverOn);
        Assert.Equal([Outcome.Refused], models[1].FailoverOn);
        Assert.Empty(models[2].FailoverOn);
    }

    [Fact]
    public void Retryable_errors_are_named_by_outcome_or_by_category()
    {
        var options = Options("""
            defaults: { retry: { retryableErrors: [timeout, NETWORK_ERROR] } }
            providers: { p: { type: ollama, retry: { retryableErrors: [not_found] } } }
            models: { m: { targets: [p/x], retry: { retryableErrors: [] } } }
            """);

        Assert.Equal([Outcome.NotFound], options.Providers[0].Retry.RetryableErrors);
        Assert.Empty(options.Models[0].Targets[0].Retry.RetryableErrors);
        Assert.Empty(options.Models[0].Retry.RetryableErrors);
    }

    [Fact]
    public void A_category_of_errors_stands_for_its_outcomes()
    {
        var options = Options("providers: { p: { type: ollama, retry: { retryableErrors: [MODEL_ERROR] } } }");

        Assert.Equal([Outcome.ServerError, Outcome.Conflict, Outcome.RateLimited, Outcome.Quota, Outcome.Auth,
            Outcome.NotFound], options.Providers[0].Retry.RetryableErrors);
    }

    [Theory]
    [InlineData("retry: { retryableErrors: [caller_error] }", "retry.retryableErrors[0]: 'caller_error' is no outcome")]
    [InlineData("retry: { baseDelay: 50s }", "retry: baseDelay is longer than maxDelay")]
    [InlineData("retry: { maxDelay: 10ms }", "retry: baseDelay is longer than maxDelay")]
    [InlineData("retry: { maxRetries: -1 }", "retry.maxRetries: '-1' is not a whole number from 0 to 100")]
    [InlineData("retry: { backoffMultiplier: 0.5 }", "retry.backoffMultiplier: '0.5' is not a number from 1 to 100")]
    [InlineData("retry: { jitterFactor: 1.1 }", "retry.jitterFactor: '1.1' is not a number from 0 to 1")]
    [InlineData("retry: { maxDelay: 2h }", "retry.maxDelay: '2h' is not a duration from 0 to 1h")]
    [InlineData("timeouts: { call: 0 }", "timeouts.call: '0' is not a duration from 1ms to 1d")]
    [InlineData("timeouts: { connect: 2d }", "timeouts.connect: '2d' is not a duration from 0 to 1d")]
    [InlineData("timeouts: { minThroughput: -1 }", "timeouts.minThroughput: '-1' is not a number from 0 to 1000000000")]
    public void Ranges_hold_on_every_level(string section, string error)
    {
        foreach (var (yaml, place) in new[]
        {
            ($"defaults: {{ {section} }}", "defaults"),
            ($"providers: {{ openai: {{ type: ollama, {section} }} }}", "providers.openai"),
            (Two + $"models: {{ m: {{ {section}, targets: [openai/x, anthropic/x] }} }}", "models.m"),
            (Two + $"models: {{ m: {{ targets: [{{ provider: openai, model: x, {section} }}] }} }}",
                "models.m.targets[0]"),
        })
        {
            Assert.Contains($": {place}.{error}", Error(yaml), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{ recoveryTimeout: 20m }", ": recoveryTimeout is longer than maxRecoveryTime")]
    [InlineData("{ maxRecoveryTime: 5s }", ": recoveryTimeout is longer than maxRecoveryTime")]
    [InlineData("{ failureRatio: 1.5 }", ".failureRatio: '1.5' is not a number from 0 to 1")]
    [InlineData("{ failureRatio: 0.5, minimumCalls: 1 }", ".minimumCalls: '1' is not a whole number from 2 to 1000000")]
    [InlineData("{ monitoringPeriod: 10ms }", ".monitoringPeriod: '10ms' is not a duration from 100ms to 1d")]
    [InlineData("{ recoveryTimeout: 0 }", ".recoveryTimeout: '0' is not a duration from 1ms to 1d")]
    [InlineData("{ successThreshold: 0 }", ".successThreshold: '0' is not a whole number from 1 to 1000000")]
    [InlineData("{ halfOpenProbes: 0 }", ".halfOpenProbes: '0' is not a whole number from 1 to 1000")]
    [InlineData("{ failureThreshold: -1 }", ".failureThreshold: '-1' is not a whole number from 0 to 1000000")]
    public void A_circuit_breakers_values_are_checked(string breaker, string error)
    {
        Assert.Contains($"defaults.circuitBreaker{error}", Error($"defaults: {{ circuitBreaker: {breaker} }}"),
            StringComparison.Ordinal);
        Assert.Contains($"providers.p.circuitBreaker{error}",
            Error($"providers: {{ p: {{ type: ollama, circuitBreaker: {breaker} }} }}"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_in_a_parent_is_not_said_again_of_its_children() =>
        Assert.StartsWith("holdfast.yaml:1: defaults.retry: baseDelay",
            Error("defaults: { retry: { baseDelay: 50s } }\n" + Two +
                "models: { m: { retry: { jitter: false }, targets: [openai/x] } }"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("providers: { p: { type: ollama, circuitBreaker: { failureThreshold: 0 } } }",
        "providers.p.circuitBreaker: failureThreshold, windowThreshold and failureRatio are all 0: " +
        "the circuit never opens")]
    [InlineData("providers: { p: { type: ollama, timeouts: { attempt: 2m, call: 1m } } }",
        "providers.p.timeouts.attempt: is longer than call, so it never strikes")]
    [InlineData("providers: { p: { type: ollama, timeouts: { firstToken: 2m, call: 1m } } }",
        "providers.p.timeouts.firstToken: is longer than call, so it never strikes")]
    public void What_loads_and_surprises_is_warned_about(string yaml, string warning) =>
        Assert.Equal($"holdfast.yaml:1: {warning}", Warning(yaml));

    [Theory]
    [InlineData("targets: [openai/x]")]
    [InlineData("reliability: false, targets: [openai/x, anthropic/x]")]
    public void Streams_that_have_nowhere_to_go_on_are_warned_about(string route) => Assert.Contains(
        "models.m.continueStreams: does nothing here",
        Warning(Two + $"models: {{ m: {{ continueStreams: true, {route} }} }}"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("parallel")]
    [InlineData("fastest")]
    public void A_hedge_beside_a_race_is_warned_about(string strategy) => Assert.Contains(
        "models.m.hedge: does nothing with this strategy",
        Warning(Two + $"models: {{ m: {{ strategy: {strategy}, hedge: {{}}, targets: [openai/x, anthropic/x] }} }}"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("retry: { maxRetries: 1 }", "retry.maxRetries")]
    [InlineData("timeouts: { call: 1m }", "timeouts.call")]
    public void What_counts_over_the_whole_call_does_nothing_at_a_target(string section, string place) =>
        Assert.Equal(
            $"holdfast.yaml:2: models.m.targets[0].{place}: does nothing at a target: " +
            "it is counted over the whole call; write it at the model",
            Warning(Two + $"models: {{ m: {{ targets: [{{ provider: openai, model: x, {section} }}] }} }}"));

    [Fact]
    public void A_shorter_call_over_an_inherited_limit_is_no_surprise() =>
        Assert.Empty(Read(Two + "models: { m: { timeouts: { call: 10s }, targets: [openai/x] } }").Warnings);

    [Fact]
    public void Everything_wrong_with_a_target_is_said_at_once() =>
        Assert.Equal(
            ["models.m.targets[0].provider", "models.m.targets[0].retry.jitter", "models.m.targets[0].wait"],
            Read(Two + "models: { m: { targets: [{ provider: x, model: y, retry: { jitter: 1 }, wait: 5 }] } }")
                .Errors.Select(error => error.Place).Order());
}
