using System.Text;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Configuration.Import;
using static Holdfast.Gateway.Tests.Configuration.Import.ImportedText;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Sources that are broken, or meant to break the import: an error with its place, and no result.</summary>
public class HostileImportTests
{
    private const string Secret = "hush-hush-never-show";

    [Theory]
    [InlineData("")]
    [InlineData("# nothing")]
    [InlineData("[1, 2]")]
    [InlineData("hello")]
    [InlineData("a: 1")]
    [InlineData("providers: {}\nmodels: {}")]
    [InlineData("model_list: ~")]
    public void A_file_of_no_known_kind_is_refused_with_the_known_ones(string source)
    {
        var error = Error(source);

        Assert.Contains("LiteLLM", error);
        Assert.Contains("Portkey", error);
        Assert.Contains("reliability", error);
    }

    [Theory]
    [InlineData("model_list: [", 1)]
    [InlineData("model_list:\n\t- a", 2)]
    [InlineData("model_list: !!python/object x", 1)]
    [InlineData("model_list: *nowhere", 1)]
    [InlineData("model_list: []\n---\nmodel_list: []", 2)]
    [InlineData("model_list: []\0", 1)]
    [InlineData("? [a]\n: b", 1)]
    public void Broken_yaml_is_one_error_with_its_line(string source, int line) =>
        Assert.StartsWith($"source.yaml:{line}: ", Error(source));

    [Theory]
    [InlineData("{", 1)]
    [InlineData("{\n\"targets\": [1,]}", 2)]
    [InlineData("{\"targets\": []} {}", 1)]
    [InlineData("{\"provider\": \"\\ud800\"}", 1)]
    public void Broken_json_is_one_error_with_its_line(string source, int line) =>
        Assert.StartsWith($"config.json:{line}: ", Error(source, "config.json"));

    [Theory]
    [InlineData("model_list: []\nmodel_list: []", "source.yaml", "source.yaml:2: model_list: is written twice")]
    [InlineData("{\"provider\": \"openai\",\n\"provider\": \"x\", \"override_params\": {\"model\": \"m\"}}", "c.json",
        "c.json:2: provider: is written twice")]
    public void A_key_written_twice_is_an_error(string source, string name, string error) =>
        Assert.StartsWith(error, Error(source, name));

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_do()
    {
        var bomb = new StringBuilder("model_list: []\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");

        Assert.Contains("holds more than 100000 values", Error(bomb.ToString()));
    }

    [Theory]
    [InlineData("source.yaml")]
    [InlineData("source.json")]
    public void Deep_nesting_is_refused(string name)
    {
        var deep = "{\"targets\": " + new string('[', 5000) + new string(']', 5000) + "}";

        Assert.Contains("is nested deeper than 32 levels", Error(deep, name));
    }

    [Fact]
    public void Fallbacks_that_multiply_are_refused()
    {
        var names = Enumerable.Range(0, 1000).Select(i => $"m{i}").ToList();
        var source = "model_list:\n" +
            string.Concat(names.Select(n => $"  - {{ model_name: {n}, litellm_params: {{ model: openai/{n} }} }}\n")) +
            $"router_settings: {{ default_fallbacks: [{string.Join(", ", names)}] }}";

        Assert.Contains("more than 20000 targets", Error(source));
    }

    [Fact]
    public void A_large_file_is_refused() =>
        Assert.Contains("is larger than", Error("model_list: []\n#" + new string('x', ConfigurationFile.LargestBytes)));

    [Theory]
    [InlineData("model_list: 3")]
    [InlineData("model_list: { a: b }")]
    public void A_list_of_models_that_is_none_is_an_error(string source) =>
        Assert.Contains("source.yaml:1: model_list: must be a list", Error(source));

    [Theory]
    [InlineData("""{ "provider": "openai" }""", "names no model")]
    [InlineData("""{ "strategy": { "mode": "loadbalance", "on_status_codes": ["x"] }, "targets": [] }""", "100 to 599")]
    [InlineData("""{ "strategy": { "mode": "conditional", "default": "x" }, "targets": [] }""", "names no target")]
    public void A_config_of_portkeys_without_a_usable_target_is_an_error_that_says_why(string source, string error)
    {
        var errors = ConfigurationText.Lines(ConfigurationImport.Parse(source, "config.json").Errors);

        Assert.Contains(errors, line => line.Contains(error));
        Assert.Contains("config.json: has no target that could be imported", errors);
    }

    [Theory]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: SECRET } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: { SECRET: 1 } } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, api_base: 'http://u:SECRET@x/' } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, api_base: 'http://x/?k=SECRET' } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, api_base: 'SECRET' } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, timeout: SECRET } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: openai/a, headers: { x-key: SECRET } } }]")]
    [InlineData("model_list: [{ model_name: a, litellm_params: { model: bedrock/a, aws_secret_access_key: SECRET } }]")]
    [InlineData("model_list: []\ngeneral_settings: { master_key: SECRET, database_url: 'postgres://SECRET' }")]
    [InlineData("model_list: []\nrouter_settings: { redis_host: h, redis_password: SECRET }")]
    [InlineData("model_list: []\nlitellm_settings: { cache_params: { type: redis, host: h, password: SECRET } }")]
    [InlineData("model_list: []\nenvironment_variables: { NAME: SECRET }")]
    [InlineData("models: { gpt-4o: { apiKey: SECRET } }")]
    [InlineData("models: { gpt-4o: { apiKey: 'a${b}SECRET' } }")]
    [InlineData("""{ "provider": "openai", "api_key": "SECRET", "override_params": { "model": "m" } }""")]
    [InlineData("""{ "virtual_key": "openai-SECRET", "override_params": { "model": "m" } }""")]
    public void No_secret_is_ever_shown_or_copied(string source)
    {
        var result = ConfigurationImport.Parse(source.Replace("SECRET", Secret), "source.yaml");

        Assert.DoesNotContain(Secret, result.Yaml ?? "");
        Assert.DoesNotContain(Secret, string.Join('\n', result.Notes));
        Assert.DoesNotContain(Secret, string.Join('\n', result.Errors));
        Assert.True(result.Notes.Count > 0 || result.Errors.Count > 0);
    }

    [Theory]
    [InlineData("gpt: 4 #o")]
    [InlineData("a ${HOME} b")]
    [InlineData("yes")]
    [InlineData("null")]
    [InlineData("'\"\\")]
    public void A_name_that_means_something_to_yaml_or_to_variables_stays_itself(string name)
    {
        var quoted = name.Replace("'", "''");
        var options = Options(
            $"model_list: [{{ model_name: '{quoted}', litellm_params: {{ model: 'openai/{quoted}', order: 2 }} }}]");

        var route = Assert.Single(options.Models);
        Assert.Equal(name, route.Name);
        Assert.Equal(name, Assert.Single(route.Targets).Model);
    }

    [Fact]
    public void Any_cut_of_a_source_is_a_result_or_an_error()
    {
        const string whole = """
            model_list:
              - { model_name: a, litellm_params: { model: azure/x, api_base: "https://a.example", rpm: 3 } }
            router_settings: { fallbacks: [{ a: [a] }], model_group_alias: { b: a }, cooldown_time: 5 }
            """;
        for (var length = 0; length < whole.Length; length++)
        {
            var result = ConfigurationImport.Parse(whole[..length], "source.yaml");

            Assert.Equal(result.Yaml is null, result.Errors.Count > 0);
        }
    }
}
