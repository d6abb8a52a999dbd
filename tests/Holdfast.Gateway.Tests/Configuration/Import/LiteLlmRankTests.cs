using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Which deployments of LiteLLM's follow which, and what of them is said.</summary>
public class LiteLlmRankTests
{
    private const string Three = """
        model_list:
          - { model_name: a, litellm_params: { model: openai/x } }
          - { model_name: b, litellm_params: { model: groq/y } }
          - { model_name: c, litellm_params: { model: mistral/z } }

        """;

    [Fact]
    public void A_deployment_without_an_order_comes_after_all_that_have_one()
    {
        const string source = """
            model_list:
              - { model_name: a, litellm_params: { model: openai/x } }
              - { model_name: a, litellm_params: { model: groq/y, order: 2 } }
              - { model_name: a, litellm_params: { model: mistral/z }, model_info: { order: 5 } }
            """;

        Assert.Equal([6, 2, 5], Options(source).Models[0].Targets.Select(target => target.Priority));
        Assert.Contains("2: model_list[0]: changed: has no order, which puts it behind all of 'a' that have one; " +
            "it became priority 6", Notes(Result(source)));
    }

    [Theory]
    [InlineData("usage-based-routing-v2")]
    [InlineData("latency-based-routing")]
    [InlineData("cost-based-routing")]
    public void A_strategy_is_reported_as_what_became_of_it_where_deployments_have_an_order(string strategy)
    {
        var source = $$"""
            router_settings: { routing_strategy: {{strategy}} }
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, order: 1 } }
              - { model_name: a, litellm_params: { model: groq/y, order: 2 } }

            """;
        const string more = """
              - { model_name: b, litellm_params: { model: openai/z } }
              - { model_name: b, litellm_params: { model: groq/w } }
            """;

        Assert.Equal("1: router_settings.routing_strategy: changed: chooses among deployments of the same order; " +
            "those of a are tried one after the other (sequential), by their order",
            Assert.Single(Notes(Result(source))));
        Assert.Equal(FailoverStrategy.Sequential, Options(source).Models[0].Strategy);
        Assert.Equal(2, Notes(Result(source + more)).Count(note => note.Contains("routing_strategy: changed: ")));
    }

    [Fact]
    public void An_order_in_the_parameters_counts_before_one_in_the_information()
    {
        const string source = """
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, order: 3 }, model_info: { order: 1 } }
            """;

        Assert.Equal(3, Options(source).Models[0].Targets[0].Priority);
        Assert.Contains("model_info.order: dropped: stands beside litellm_params.order, which counts",
            Assert.Single(Notes(Result(source))));
    }

    [Fact]
    public void Fallbacks_of_fallbacks_follow_in_the_order_in_which_they_would_be_asked() =>
        Assert.Equal(["openai/x", "groq/y", "mistral/z"],
            Targets(Three + "litellm_settings: { fallbacks: [{ a: [b] }, { b: [c] }] }"));

    [Fact]
    public void A_fallbacks_own_fallbacks_come_before_the_next_one()
    {
        const string source = """
            model_list:
              - { model_name: a, litellm_params: { model: openai/x } }
              - { model_name: b, litellm_params: { model: groq/y } }
              - { model_name: c, litellm_params: { model: mistral/z } }
              - { model_name: d, litellm_params: { model: xai/w } }
            router_settings: { fallbacks: [{ a: [b, d] }, { b: [c] }] }
            """;

        Assert.Equal(["openai/x", "groq/y", "mistral/z", "xai/w"], Targets(source));
    }

    [Fact]
    public void Fallbacks_in_a_circle_end_where_it_began() =>
        Assert.Equal(["openai/x", "groq/y", "mistral/z"],
            Targets(Three + "litellm_settings: { fallbacks: [{ a: [b] }, { b: [c] }, { c: [a] }] }"));

    [Fact]
    public void A_fallback_without_its_own_takes_the_default_ones() =>
        Assert.Equal(["openai/x", "groq/y", "mistral/z"],
            Targets(Three + "litellm_settings: { fallbacks: [{ a: [b] }], default_fallbacks: [c] }"));

    [Fact]
    public void Fallbacks_of_fallbacks_end_at_the_number_that_is_allowed()
    {
        const string source = Three + "router_settings: { fallbacks: [{ a: [b] }, { b: [c] }], max_fallbacks: 1 }";

        Assert.Equal(["openai/x", "groq/y"], Targets(source));
        Assert.Empty(Notes(Result(source)));
    }

    [Fact]
    public void A_fallback_may_be_an_alias()
    {
        const string source = Three +
            "router_settings: { fallbacks: [{ a: [other] }], model_group_alias: { other: c } }";

        Assert.Equal(["openai/x", "mistral/z"], Targets(source));
        Assert.Empty(Notes(Result(source)));
    }

    [Fact]
    public void Fallbacks_of_an_alias_are_reported_as_what_they_are() =>
        Assert.Contains("fallbacks[0].other: dropped: are fallbacks of an alias, which has those of its model here; " +
            "write a route of its own for 'other'", Assert.Single(Notes(Result(Three +
            "router_settings: { fallbacks: [{ other: [a] }], model_group_alias: { other: c } }"))));

    [Fact]
    public void A_fallback_that_is_in_the_route_already_is_reported()
    {
        var notes = Notes(Result("""
            model_list:
              - { model_name: smart, litellm_params: { model: openai/x, api_key: os.environ/K1 } }
              - { model_name: smart, litellm_params: { model: openai/x, api_key: os.environ/K2 } }
              - { model_name: backup, litellm_params: { model: openai/x, api_key: os.environ/K1, timeout: 5 } }
            litellm_settings:
              fallbacks: [{ smart: [backup] }]
            """));

        Assert.Equal("6: litellm_settings.fallbacks[0].smart: dropped: leads to model_list[2], whose provider, key " +
            "and model are in the route of 'smart' already; its own timeout and limits don't count there",
            Assert.Single(notes));
    }

    [Fact]
    public void Everything_that_a_wildcard_says_of_a_target_is_reported()
    {
        var notes = Notes(Result("""
            model_list:
              - model_name: "openai/*"
                litellm_params: { model: "openai/*", rpm: 60, timeout: 20, stream_timeout: 5, max_parallel_requests: 7,
                  num_retries: 2, max_retries: 3, weight: 3, tpm: 1000, order: 2 }
                model_info: { order: 4 }
            """));

        foreach (var key in (string[])["rpm", "timeout", "stream_timeout", "max_parallel_requests", "num_retries",
            "max_retries", "weight", "tpm", "order"])
        {
            Assert.Contains(notes, note => note.Contains(
                $"litellm_params.{key}: dropped: is a target's, and a name for many models has none here"));
        }

        Assert.Contains(notes, note => note.Contains("model_info.order: dropped: is a target's"));
        Assert.DoesNotContain(notes, note => note.Contains("tpm: changed"));
    }

    [Theory]
    [InlineData("simple-shuffle", "rpm: changed: became queue.throttleRate, 1.5 a second, and limits; with this " +
        "routing it only weighs there")]
    [InlineData("usage-based-routing-v2", "rpm: changed: became queue.throttleRate, 1.5 a second: a minute's " +
        "calls are spread over it")]
    public void Requests_a_minute_become_a_rate_and_the_difference_is_said(string strategy, string note)
    {
        var result = Result($$"""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, rpm: 90, max_parallel_requests: 7 } }
            router_settings: { routing_strategy: {{strategy}} }
            """);

        Assert.Contains("queue:\n          maxConcurrency: 7\n          throttleRate: 1.5\n", result.Yaml);
        Assert.Contains(Notes(result), line => line.Contains(note));
    }

    [Fact]
    public void Requests_a_minute_that_allow_nothing_are_no_limit_and_reported()
    {
        var result = Result("model_list: [{ model_name: a, litellm_params: { model: openai/x, rpm: 0 } }]");

        Assert.DoesNotContain("throttleRate", result.Yaml);
        Assert.Contains("rpm: dropped: is 0, which lets nothing through there and is no limit here",
            Assert.Single(Notes(result)));
    }

    [Fact]
    public void The_calls_at_once_of_the_whole_proxy_are_refused_beyond_as_they_were() =>
        Assert.Contains("limits:\n  maxConcurrency: 200\n  maxQueueSize: 0\n",
            Result(Three + "general_settings: { global_max_parallel_requests: 200 }").Yaml);

    [Fact]
    public void A_target_that_two_deployments_limit_differently_is_reported()
    {
        var notes = Notes(Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, max_parallel_requests: 7 } }
              - { model_name: b, litellm_params: { model: openai/x, max_parallel_requests: 9 } }
              - { model_name: c, litellm_params: { model: openai/x, max_parallel_requests: 7 } }
            """));

        Assert.Equal("3: model_list[1]: changed: is the same target as model_list[0] with other limits; a target has " +
            "one queue here, and the lowest of each limit holds", Assert.Single(notes));
    }

    [Fact]
    public void Health_checks_that_are_off_are_made_when_somebody_asks() =>
        Assert.Contains("healthCheck:\n    interval: 0\n", Result(Three +
            "general_settings: { background_health_checks: false, health_check_interval: 300 }").Yaml);

    [Theory]
    [InlineData("bedrock/us-west-2/anthropic.claude-instant-v1", "us-west-2", "anthropic.claude-instant-v1")]
    [InlineData("bedrock/converse/us-gov-west-1/meta.llama3", "us-gov-west-1", "meta.llama3")]
    [InlineData("bedrock/us-east-1/6-month-commitment/cohere.command", "us-east-1", "cohere.command")]
    public void A_region_in_a_model_of_bedrocks_is_a_region(string written, string region, string model)
    {
        var options = Options($"model_list: [{{ model_name: a, litellm_params: {{ model: '{written}' }} }}]");

        Assert.Equal(model, options.Models[0].Targets[0].Model);
        Assert.Contains(region, options.Providers[0].Address!.ToString());
    }

    [Fact]
    public void A_region_that_is_written_twice_is_reported()
    {
        const string source = """
            model_list:
              - { model_name: a, litellm_params: { model: bedrock/us-west-2/m, aws_region_name: eu-west-1 } }
            """;

        Assert.Contains("eu-west-1", Options(source).Providers[0].Address!.ToString());
        Assert.Contains("litellm_params.model: changed: names the region us-west-2, and aws_region_name counts",
            Assert.Single(Notes(Result(source))));
    }

    private static IEnumerable<string> Targets(string source) =>
        Options(source).Models[0].Targets.Select(target => $"{target.Provider}/{target.Model}");
}
