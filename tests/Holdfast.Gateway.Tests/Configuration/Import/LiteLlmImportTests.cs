using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>What single keys of LiteLLM's become.</summary>
public class LiteLlmImportTests
{
    private const string Two = """
        model_list:
          - { model_name: a, litellm_params: { model: openai/x } }
          - { model_name: a, litellm_params: { model: groq/x } }
          - { model_name: b, litellm_params: { model: openai/y } }

        """;

    [Theory]
    [InlineData("simple-shuffle", FailoverStrategy.Random, false)]
    [InlineData("least-busy", FailoverStrategy.Random, true)]
    [InlineData("usage-based-routing", FailoverStrategy.Random, true)]
    [InlineData("latency-based-routing", FailoverStrategy.Weighted, true)]
    [InlineData("cost-based-routing", FailoverStrategy.Sequential, true)]
    public void A_strategy_becomes_the_nearest_and_a_difference_is_said(
        string strategy, FailoverStrategy expected, bool differs)
    {
        var source = Two + $"router_settings: {{ routing_strategy: {strategy} }}";

        Assert.Equal(expected, Options(source).Models[0].Strategy);
        Assert.Equal(differs, Notes(Result(source)).Exists(note => note.Contains("routing_strategy: changed")));
    }

    [Fact]
    public void Fallbacks_of_a_drawn_group_stay_out_of_the_draw()
    {
        var route = Options(Two + "litellm_settings: { fallbacks: [{ a: [b] }] }").Models[0];

        Assert.Equal(FailoverStrategy.Weighted, route.Strategy);
        Assert.Equal([(1, 1), (1, 1), (2, 0)], route.Targets.Select(target => (target.Priority, (int)target.Weight)));
    }

    [Fact]
    public void A_group_with_its_own_fallbacks_takes_no_default_ones()
    {
        var options = Options(Two + "litellm_settings: { fallbacks: [{ b: [a] }], default_fallbacks: [b] }");

        Assert.Equal(["openai/x", "groq/x", "openai/y"],
            options.Models[0].Targets.Select(target => $"{target.Provider}/{target.Model}"));
        Assert.Equal(["openai/y", "openai/x", "groq/x"],
            options.Models[1].Targets.Select(target => $"{target.Provider}/{target.Model}"));
    }

    [Fact]
    public void More_failures_than_allowed_open_the_circuit_for_the_cooldown()
    {
        var breaker = Options(Two + "router_settings: { allowed_fails: 3, cooldown_time: 30 }").Providers[0]
            .CircuitBreaker;

        Assert.Equal((0, 4), (breaker.FailureThreshold, breaker.WindowThreshold));
        Assert.Equal(TimeSpan.FromMinutes(1), breaker.MonitoringPeriod);
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)),
            (breaker.RecoveryTimeout, breaker.MaxRecoveryTime));
    }

    [Theory]
    [InlineData("simple-shuffle", 3, false)]
    [InlineData("latency-based-routing", 1, true)]
    public void A_weight_counts_where_it_counted_and_is_reported_elsewhere(string strategy, double weight, bool isLost)
    {
        var source = $$"""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, weight: 3 } }
              - { model_name: a, litellm_params: { model: groq/x, weight: 1 } }
            router_settings: { routing_strategy: {{strategy}} }
            """;

        Assert.Equal(weight, Options(source).Models[0].Targets[0].Weight);
        Assert.Equal(isLost, Notes(Result(source)).Exists(note => note.Contains("has a weight")));
    }

    [Fact]
    public void Limits_of_failures_beside_a_breaker_that_is_off_are_reported()
    {
        var source = Two + "router_settings: { disable_cooldowns: true, allowed_fails: 3, cooldown_time: 30 }";

        var breaker = Options(source).Providers[0].CircuitBreaker;
        Assert.Equal((0, 0), (breaker.FailureThreshold, breaker.WindowThreshold));
        Assert.Equal(2, Notes(Result(source)).Count(note => note.Contains("does nothing beside")));
    }

    [Fact]
    public void A_deployment_at_an_unknown_provider_is_left_out_and_reported_as_a_whole()
    {
        var notes = Notes(Result(
            "model_list: [{ model_name: a, litellm_params: { model: replicate/x, api_key: k } }]"));

        Assert.Contains("model_list[0]: dropped: is left out: provider 'replicate' is not known here",
            Assert.Single(notes));
    }

    [Fact]
    public void Different_keys_are_different_providers_and_the_same_key_is_one_variable()
    {
        var result = Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_key: one } }
              - { model_name: a, litellm_params: { model: openai/x, api_key: two } }
              - { model_name: b, litellm_params: { model: openai/y, api_key: one } }
              - { model_name: c, litellm_params: { model: mistral/z, api_key: one } }
            """);

        Assert.Equal(["OPENAI_API_KEY", "OPENAI_API_KEY_2"], result.Variables.Keys);
        Assert.Contains("targets: [openai/x, openai-2/x]", result.Yaml);
        Assert.Contains("targets: [openai/y]", result.Yaml);
    }

    [Fact]
    public void A_literal_key_never_takes_the_name_of_a_variable_that_the_source_uses()
    {
        var result = Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_key: os.environ/OPENAI_API_KEY } }
              - { model_name: a, litellm_params: { model: openai/x, api_key: literal } }
            """);

        Assert.Equal(["OPENAI_API_KEY", "OPENAI_API_KEY_2"], result.Variables.Keys);
    }

    [Fact]
    public void No_name_stands_for_two_deployments_of_azure()
    {
        var options = Options("""
            model_list:
              - { model_name: a, litellm_params: { model: azure/one, api_base: "https://x.example" }, model_info: { base_model: gpt-4o } }
              - { model_name: a, litellm_params: { model: azure/two, api_base: "https://x.example" }, model_info: { base_model: gpt-4o } }
              - { model_name: b, litellm_params: { model: azure/gpt-4o, api_base: "https://x.example" } }
            """);

        var deployments = Assert.Single(options.Providers).Deployments;
        var called = options.Models.SelectMany(route => route.Targets)
            .Select(target => deployments.GetValueOrDefault(target.Model, target.Model));
        Assert.Equal(["one", "two", "gpt-4o"], called);
    }

    [Theory]
    [InlineData("anthropic", "https://a.example", "https://a.example/v1")]
    [InlineData("anthropic", "https://a.example/v1/messages", "https://a.example/v1")]
    [InlineData("ollama", "http://a.example:11434/", "http://a.example:11434/v1")]
    [InlineData("openai", "https://a.example/v1/", "https://a.example/v1")]
    public void An_address_becomes_what_the_type_takes(string provider, string written, string expected)
    {
        var options = Options($$"""
            model_list:
              - { model_name: a, litellm_params: { model: {{provider}}/x, api_base: "{{written}}" } }
            """);

        Assert.Equal(new Uri(expected), options.Providers[0].BaseUrl);
    }

    [Fact]
    public void A_duration_from_a_variable_keeps_its_unit()
    {
        var result = Result(Two + "router_settings: { timeout: os.environ/LIMIT }");

        Assert.Contains("attempt: \"${LIMIT}s\"", result.Yaml);
    }

    [Fact]
    public void Every_key_of_the_source_is_mapped_or_in_the_report()
    {
        var result = Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, odd1: 1 }, model_info: { odd2: 1 }, odd3: 1 }
            litellm_settings: { odd4: 1, cache_params: { odd5: 1 } }
            router_settings: { odd6: 1, model_group_alias: { c: { model: a, odd7: 1 } } }
            general_settings: { odd8: 1 }
            odd9: 1
            """);

        for (var i = 1; i <= 9; i++)
            Assert.Contains(result.Notes, note => note.Place.EndsWith($"odd{i}"));
    }

    [Fact]
    public void A_merged_mapping_gives_what_is_not_written_beside_it()
    {
        var options = Options("""
            base: &base { timeout: 7, model: openai/x }
            model_list:
              - { model_name: a, litellm_params: { <<: *base, timeout: 8 } }
            """);

        var target = Assert.Single(options.Models[0].Targets);
        Assert.Equal(("x", TimeSpan.FromSeconds(8)), (target.Model, target.Timeouts.Attempt));
    }
}
