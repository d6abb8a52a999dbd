using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Values that nobody expects: each is reported with its place, and the rest is imported.</summary>
public class OddValuesTests
{
    private const string One = "model_list: [{ model_name: a, litellm_params: { model: openai/x } }]\n";

    [Theory]
    [InlineData("callbacks: custom_callbacks.proxy_handler_instance", "callbacks", "custom_callbacks")]
    [InlineData("success_callback: langfuse", "success_callback", "langfuse")]
    [InlineData("failure_callback: [sentry]", "failure_callback[0]", "sentry")]
    public void A_callback_may_stand_alone_or_in_a_list(string setting, string place, string name) =>
        Assert.Contains(Notes(Imported(One + $"litellm_settings: {{ {setting} }}")),
            note => note.Contains($"litellm_settings.{place}: dropped: is a callback ('{name}"));

    [Theory]
    [InlineData("router_settings: { redis_host: h, redis_ssl: os.environ/X }", "router_settings.redis_ssl: dropped")]
    [InlineData("litellm_settings: { drop_params: os.environ/X }", "litellm_settings.drop_params: dropped")]
    [InlineData("litellm_settings: { drop_params: maybe }", "litellm_settings.drop_params: dropped: must be true")]
    [InlineData("litellm_settings: { num_retries: many }", "litellm_settings.num_retries: dropped: must be a number")]
    [InlineData("litellm_settings: { num_retries: 1.5 }", "litellm_settings.num_retries: dropped: must be a whole")]
    [InlineData("router_settings: { timeout: soon }", "router_settings.timeout: dropped: must be a duration")]
    [InlineData("router_settings: { fallbacks: { a: [b] } }", "router_settings.fallbacks: changed: is no list")]
    [InlineData("litellm_settings: 3", "litellm_settings: dropped: must be a mapping")]
    [InlineData("router_settings: { timeout: [1] }", "router_settings.timeout: dropped: must be a single value")]
    [InlineData("router_settings: { fallbacks: [3] }", "router_settings.fallbacks[0]: dropped: must be a mapping")]
    public void An_odd_setting_is_reported_and_the_rest_is_imported(string source, string note)
    {
        var result = Imported(One + source);

        Assert.Contains("targets: [openai/x]", result.Yaml);
        Assert.Contains(Notes(result), line => line.Contains(note));
    }

    [Theory]
    [InlineData("3", "model_list[1]: dropped: must be a mapping")]
    [InlineData("{ litellm_params: { model: openai/b } }", "model_list[1]: dropped: is left out: model_name")]
    [InlineData("{ model_name: b }", "model_list[1]: dropped: is left out: litellm_params.model is missing")]
    [InlineData("{ model_name: 'b ', litellm_params: { model: openai/b } }", "model_list[1].model_name: dropped")]
    [InlineData("{ model_name: b, litellm_params: { model: 'openai/b ' } }", "model_list[1].litellm_params.model: dro")]
    [InlineData("{ model_name: b, litellm_params: { model: openai/b, api_base: nowhere } }",
        "model_list[1].litellm_params.api_base: dropped: is not an absolute http:// or https:// address")]
    public void A_deployment_that_cannot_be_one_is_left_out_alone(string deployment, string note)
    {
        var result = Imported($$"""
            model_list:
              - { model_name: a, litellm_params: { model: openai/x } }
              - {{deployment}}
              - { model_name: c, litellm_params: { model: openai/z } }
            """);

        Assert.Contains("  a:\n    targets: [openai/x]\n  c:\n    targets: [openai/z]", result.Yaml);
        Assert.Contains(note, Assert.Single(Notes(result)));
        Assert.DoesNotContain("openai-2", result.Yaml);
    }

    [Fact]
    public void A_variable_with_an_odd_name_gets_another_one()
    {
        var result = Imported(
            "model_list: [{ model_name: a, litellm_params: { model: openai/x, api_key: os.environ/A-B } }]");

        Assert.Equal(["A_B"], result.Variables.Keys);
        Assert.Contains("api_key: changed: names a variable that can't be one here; it became A_B",
            Assert.Single(Notes(result)));
    }

    [Fact]
    public void What_our_own_loader_refuses_is_taken_out_and_reported()
    {
        var result = Imported("""
            model_list:
              - { model_name: a, litellm_params: { model: bedrock/a, aws_region_name: 'a/b' } }
              - { model_name: c, litellm_params: { model: openai/z } }
            """);

        Assert.Contains("  c:\n    targets: [openai/z]", result.Yaml);
        Assert.Contains(Notes(result), note => note.Contains("providers.bedrock.region: dropped"));
        Assert.Contains(Notes(result), note => note.Contains("models.a"));
    }

    [Fact]
    public void A_list_of_one_status_may_be_written_as_the_status() =>
        Assert.Contains("failoverOn: [rate_limited]", Result("""
            { "strategy": { "mode": "fallback", "on_status_codes": 429 },
              "targets": [{ "provider": "openai", "override_params": { "model": "a" } }] }
            """, "c.json").Yaml);

    [Fact]
    public void A_target_without_a_model_is_left_out_alone()
    {
        var result = Result("""
            { "strategy": { "mode": "fallback" }, "targets": [
              { "provider": "openai", "override_params": { "model": "a" } },
              { "provider": "openai" } ] }
            """, "c.json");

        Assert.Contains("targets: [openai/a]", result.Yaml);
        Assert.Contains(Notes(result), note => note.Contains("targets[1]: dropped: names no model"));
    }

    private static Holdfast.Gateway.Configuration.Import.ImportResult Imported(string source) => Result(source);
}
