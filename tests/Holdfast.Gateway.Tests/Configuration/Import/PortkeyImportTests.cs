using Holdfast.Failover;
using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>What single keys of Portkey's become.</summary>
public class PortkeyImportTests
{
    [Fact]
    public void A_single_provider_takes_the_model_that_callers_send()
    {
        var options = Options("""{ "provider": "openai", "api_key": "k" }""", "c.json", "gpt-4o");

        var route = Assert.Single(options.Models);
        Assert.Equal(("gpt-4o", "gpt-4o"), (route.Name, Assert.Single(route.Targets).Model));
    }

    [Fact]
    public void A_draw_among_draws_multiplies_their_shares()
    {
        var route = Options("""
            { "strategy": { "mode": "loadbalance" }, "targets": [
              { "provider": "openai", "weight": 0.5, "override_params": { "model": "a" } },
              { "strategy": { "mode": "loadbalance" }, "weight": 0.5, "targets": [
                { "provider": "openai", "weight": 3, "override_params": { "model": "b" } },
                { "provider": "openai", "weight": 1, "override_params": { "model": "c" } } ] } ] }
            """, "c.json").Models[0];

        Assert.Equal(FailoverStrategy.Weighted, route.Strategy);
        Assert.Equal([0.5, 0.375, 0.125], route.Targets.Select(target => target.Weight));
    }

    [Fact]
    public void A_fallback_goes_by_priority()
    {
        var route = Options("""
            { "strategy": { "mode": "fallback", "onStatusCodes": [429] }, "requestTimeout": 5000, "targets": [
              { "provider": "openai", "overrideParams": { "model": "a" } },
              { "provider": "groq", "overrideParams": { "model": "b" }, "requestTimeout": 9000 } ] }
            """, "c.json").Models[0];

        Assert.Equal(FailoverStrategy.Sequential, route.Strategy);
        Assert.Equal([1, 2], route.Targets.Select(target => target.Priority));
        Assert.Equal([5, 9], route.Targets.Select(target => target.Timeouts.Attempt.TotalSeconds));
        Assert.Equal([Outcome.RateLimited], route.FailoverOn);
    }

    [Fact]
    public void A_stored_name_in_the_model_of_a_target_with_a_provider_is_left_away_and_reported()
    {
        var result = Result("""
            { "provider": "openai", "api_key": "k", "override_params": { "model": "@azure-prod/gpt-4o" } }
            """, "c.json", "gpt-4o");

        Assert.Contains("targets: [openai/gpt-4o]", result.Yaml);
        Assert.Contains(Notes(result), note => note.Contains(
            "override_params: changed: names '@azure-prod' in its model, and provider counts"));
    }

    [Theory]
    [InlineData("azure_resource_name", "azure_deployment_id", "azure_api_version")]
    [InlineData("resource_name", "deployment_id", "api_version")]
    [InlineData("resourceName", "deploymentId", "apiVersion")]
    public void Azures_resource_deployment_and_version_are_known_by_each_of_their_names(
        string resource, string deployment, string version)
    {
        var source = $$"""
            { "provider": "azure-openai", "api_key": "k", "override_params": { "model": "gpt-4o" },
              "{{resource}}": "example", "{{deployment}}": "prod", "{{version}}": "2025-01-01" }
            """;
        var provider = Assert.Single(Options(source, "c.json", "gpt-4o").Providers);

        Assert.Equal(("https://example.openai.azure.com/", "prod", "2025-01-01"),
            (provider.BaseUrl!.ToString(), provider.Deployments["gpt-4o"], provider.ApiVersion));
        Assert.DoesNotContain(Notes(Result(source, "c.json", "gpt-4o")), note => note.Contains("dropped"));
    }

    [Fact]
    public void Everything_that_a_target_which_is_left_out_says_is_reported()
    {
        var notes = Notes(Result("""
            { "strategy": { "mode": "fallback" }, "targets": [
              { "provider": "openai", "override_params": { "model": "a" } },
              { "provider": "no-such-provider", "api_key": "k", "retry": { "attempts": 2 } } ] }
            """, "c.json"));

        Assert.Contains(notes, note => note.Contains("targets[1].provider: dropped: 'no-such-provider' is not known"));
        Assert.Contains(notes, note => note.Contains(
            "targets[1].api_key: dropped: belongs to a target that is left out"));
    }

    [Fact]
    public void A_target_that_is_there_already_is_reported_at_its_place() =>
        Assert.Contains(Notes(Result("""
            { "strategy": { "mode": "fallback" }, "targets": [
              { "provider": "openai", "override_params": { "model": "a" } },
              { "provider": "openai", "override_params": { "model": "a" }, "request_timeout": 500 } ] }
            """, "c.json")),
            note => note.StartsWith("3: targets[1]: dropped: is 'openai/a' again; the first one counts"));

    [Fact]
    public void Every_key_of_the_source_is_mapped_or_in_the_report()
    {
        var result = Result("""
            { "strategy": { "mode": "fallback", "odd1": 1 }, "retry": { "odd2": 1 }, "cache": { "odd3": 1 }, "odd4": 1,
              "targets": [ { "provider": "openai", "override_params": { "model": "a", "odd5": 1 }, "odd6": 1 },
                           { "provider": "no-such-provider", "odd7": 1 } ] }
            """, "c.json");

        for (var i = 1; i <= 7; i++)
            Assert.Contains(result.Notes, note => note.Place.EndsWith($"odd{i}"));
    }
}
