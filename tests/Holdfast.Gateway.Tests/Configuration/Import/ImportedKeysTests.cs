using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Keys and other secrets of a source: never copied, and two of them never become one.</summary>
public class ImportedKeysTests
{
    [Fact]
    public void A_literal_key_never_takes_the_name_of_a_variable_that_is_used_after_it()
    {
        var result = Result("""
            model_list:
              - { model_name: smart, litellm_params: { model: openai/gpt-4o, api_key: sk-literal-of-team-a } }
              - { model_name: smart, litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY } }
            """);

        Assert.Equal(["OPENAI_API_KEY", "OPENAI_API_KEY_2"], result.Variables.Keys);
        Assert.Contains("targets: [openai/gpt-4o, openai-2/gpt-4o]", result.Yaml);
        Assert.Contains("set the environment variable OPENAI_API_KEY_2 to it", Assert.Single(Notes(result)));
    }

    [Fact]
    public void A_deployment_without_a_key_never_gets_the_literal_key_of_another_one()
    {
        var options = Options("""
            model_list:
              - { model_name: smart, litellm_params: { model: openai/gpt-4o, api_key: sk-literal-of-team-a } }
              - { model_name: cheap, litellm_params: { model: openai/gpt-4o-mini } }
            """);

        Assert.Equal(["openai", "openai-2"], options.Models.Select(model => model.Targets[0].Provider));
        Assert.Equal(2, options.Providers.SelectMany(provider => provider.ApiKeys).Distinct().Count());
    }

    [Fact]
    public void A_variable_that_the_source_sets_itself_is_no_name_for_a_literal_key() =>
        Assert.Equal(["OPENAI_API_KEY_2"], Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_key: literal } }
            environment_variables: { OPENAI_API_KEY: another }
            """).Variables.Keys);

    [Fact]
    public void A_variable_in_a_place_without_a_counterpart_is_no_name_for_a_literal_key() =>
        Assert.Equal(["OPENAI_API_KEY_2"], Result("""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_key: literal } }
            odd: [os.environ/OPENAI_API_KEY]
            """).Variables.Keys);

    [Fact]
    public void A_virtual_key_and_the_providers_own_are_two_keys()
    {
        var result = Result("""
            { "strategy": { "mode": "loadbalance" }, "targets": [
              { "virtual_key": "openai-team-a", "weight": 0.7, "override_params": { "model": "gpt-4o" } },
              { "provider": "openai", "weight": 0.3, "override_params": { "model": "gpt-4o" } } ] }
            """, "c.json");

        Assert.Equal(["OPENAI_API_KEY", "OPENAI_API_KEY_2"], result.Variables.Keys);
        Assert.Contains("apiKey: \"${OPENAI_API_KEY_2}\"", result.Yaml);
        Assert.Contains(Notes(result), note => note.Contains("targets[0].virtual_key: secret: names a key that " +
            "Portkey keeps; set the environment variable OPENAI_API_KEY_2 to that key"));
    }

    [Fact]
    public void Providers_under_different_stored_names_have_different_keys()
    {
        var result = Result("""
            { "strategy": { "mode": "fallback" }, "targets": [
              { "provider": "@openai-prod", "override_params": { "model": "gpt-4o" } },
              { "provider": "@openai-backup", "override_params": { "model": "gpt-4o" } },
              { "override_params": { "model": "@openai-prod/gpt-4o-mini" } } ] }
            """, "c.json");

        Assert.Equal(["OPENAI_BACKUP_API_KEY", "OPENAI_PROD_API_KEY"], result.Variables.Keys);
        Assert.Contains("- openai-prod/gpt-4o\n", result.Yaml);
        Assert.Contains("provider: openai-backup", result.Yaml);
        Assert.Contains("provider: openai-prod\n        model: gpt-4o-mini", result.Yaml);
        Assert.Contains(Notes(result), note => note.Contains("targets[1].provider: secret: names a key that Portkey " +
            "keeps; set the environment variable OPENAI_BACKUP_API_KEY to that key"));
    }

    [Theory]
    [InlineData("x-custom", "Bearer sk-abc")]
    [InlineData("x-custom", "sk-abc")]
    [InlineData("x-custom", "a1b2c3d4e5")]
    [InlineData("x-tenant", "3f2b8c1d-77aa-4b1e-9d0f-000000000000")]
    [InlineData("user-agent", "Basic dXNlcjpwdw==")]
    public void A_header_that_may_be_a_key_is_never_copied(string header, string value)
    {
        var result = Result(Header(header, value));

        Assert.DoesNotContain(value, result.Yaml);
        Assert.DoesNotContain(value, string.Join('\n', Notes(result)));
        Assert.Contains($"extra_headers.{header}: secret:", Assert.Single(Notes(result)));
    }

    [Theory]
    [InlineData("x-team", "search and ranking")]
    [InlineData("x-version", "2024-10-21")]
    [InlineData("anthropic-beta", "prompt-caching-2024-07-31")]
    public void A_header_that_is_no_key_is_copied(string header, string value) =>
        Assert.Equal(value, Options(Header(header, value)).Providers[0].Headers[header]);

    [Theory]
    [InlineData("https://gw.example/v1/key-sk-123/openai")]
    [InlineData("https://gw.example/v1/0f1e2d3c4b5a69788796/openai")]
    [InlineData("https://gw.example/token/openai")]
    public void An_address_that_may_hold_a_key_is_never_copied(string address)
    {
        var result = Result($$"""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_key: os.environ/K, api_base: "{{address}}" } }
              - { model_name: b, litellm_params: { model: openai/y, api_key: os.environ/K, api_base: "{{address}}" } }
            """);

        Assert.DoesNotContain("gw.example", result.Yaml);
        Assert.DoesNotContain("gw.example", string.Join('\n', Notes(result)));
        Assert.Equal(["K", "OPENAI_API_BASE"], result.Variables.Keys);
        Assert.Contains("baseUrl: \"${OPENAI_API_BASE}\"", result.Yaml);
        Assert.All(Notes(result), note => Assert.EndsWith("set the environment variable OPENAI_API_BASE to it", note));
    }

    [Fact]
    public void An_address_with_a_key_gets_the_end_that_its_provider_needs()
    {
        var result = Result("""
            model_list:
              - { model_name: a, litellm_params: { model: anthropic/x, api_base: "https://gw.example/sk-1/" } }
            """);

        Assert.Contains("baseUrl: \"${ANTHROPIC_API_BASE}/v1\"", result.Yaml);
        Assert.Contains("set the environment variable ANTHROPIC_API_BASE to it, without the slash at its end",
            Assert.Single(Notes(result)));
    }

    [Theory]
    [InlineData("https://eu-1.example.com/openai/v1")]
    [InlineData("https://example.com/v1beta/openai")]
    public void An_ordinary_address_is_copied(string address) =>
        Assert.Contains(address, Result($$"""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x, api_base: "{{address}}" } }
            """).Yaml);

    [Fact]
    public void A_default_of_a_secret_is_not_copied()
    {
        var result = Result("""
            models: { a: { provider: openai, model: gpt-4o, apiKey: "${AZURE_KEY:-sk-hush}" } }
            """);

        Assert.Equal(["AZURE_KEY"], result.Variables.Keys);
        Assert.DoesNotContain("hush", result.Yaml + string.Join('\n', Notes(result)));
        Assert.Contains("models.a.apiKey: secret: has a default", Assert.Single(Notes(result)));
    }

    private static string Header(string name, string value) => $$"""
        model_list:
          - model_name: a
            litellm_params: { model: openai/x, api_key: os.environ/K, extra_headers: { {{name}}: "{{value}}" } }
        """;
}
