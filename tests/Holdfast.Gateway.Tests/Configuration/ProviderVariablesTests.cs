using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>The environment variables that each provider's own tools use.</summary>
public class ProviderVariablesTests
{
    public static IEnumerable<object[]> All => ProviderTypes.Names.SelectMany(name =>
        ProviderTypes.Find(name)!.Variables.Select(variable => (object[])[name, variable.Key, variable.Variable]));

    [Theory]
    [MemberData(nameof(All))]
    public void Each_sets_its_key_where_the_file_does_not(string type, string key, string variable)
    {
        var value = key == "baseUrl" ? "https://x.openai.azure.com" : "a-value";
        var others = new[] { ("region", "AWS_REGION"), ("region", "GOOGLE_CLOUD_REGION"),
            ("project", "GOOGLE_CLOUD_PROJECT"), ("baseUrl", "AZURE_OPENAI_ENDPOINT") }
            .Where(other => other.Item1 != key)
            .Select(other => (other.Item2, other.Item1 == "baseUrl" ? "https://y.openai.azure.com" : "r-1"));

        var result = Read($"providers: {{ p: {{ type: {type} }} }}", [(variable, value), .. others]);

        Assert.Empty(Lines(result.Errors));
        var provider = result.Options!.Providers[0];
        Assert.Equal(value, key switch
        {
            "apiKey" => provider.ApiKeys.Single(),
            "region" => provider.Region,
            "project" => provider.Project,
            _ => provider.BaseUrl!.AbsoluteUri.TrimEnd('/'),
        });
        Assert.Equal(
            variable, result.Values!.List().Single(one => one.Key == $"providers.p.{key}").Source.ToString());
    }

    [Theory]
    [InlineData("apiKey: mine")]
    [InlineData("apiKeys: [mine]")]
    public void The_file_comes_first(string written)
    {
        var options = Options($"providers: {{ p: {{ type: openai, {written} }} }}", ("OPENAI_API_KEY", "theirs"));

        Assert.Equal("mine", options.Providers[0].ApiKeys.Single());
    }

    [Fact]
    public void A_variable_that_names_the_key_comes_first()
    {
        var options = Options("providers: { p: { type: openai } }",
            ("OPENAI_API_KEY", "theirs"), ("HOLDFAST__PROVIDERS__P__APIKEYS", "mine"));

        Assert.Equal("mine", options.Providers[0].ApiKeys.Single());
    }

    [Theory]
    [InlineData("baseUrl: http://a.example/v1", "X")]
    [InlineData("priority: 1", "HOLDFAST__PROVIDERS__P__BASEURL")]
    public void A_key_is_never_taken_for_an_address_that_is_written(string written, string variable)
    {
        var options = Options($"providers: {{ p: {{ type: openai, {written} }} }}",
            ("OPENAI_API_KEY", "theirs"), (variable, "http://a.example/v1"));

        Assert.Empty(options.Providers[0].ApiKeys);
    }

    [Fact]
    public void Of_several_for_one_key_the_first_that_is_set_counts()
    {
        var options = Options("providers: { p: { type: bedrock } }",
            ("AWS_DEFAULT_REGION", "eu-west-2"), ("AWS_REGION", "eu-west-1"), ("AWS_BEARER_TOKEN_BEDROCK", ""));

        Assert.Equal("eu-west-1", options.Providers[0].Region);
        Assert.Empty(options.Providers[0].ApiKeys);
    }

    [Fact]
    public void A_value_that_is_wrong_is_an_error_at_the_variable_and_never_shown()
    {
        var result = Read("providers: { p: { type: openai } }", ("OPENAI_API_KEY", "a secret\nkey"));

        var error = Assert.Single(Lines(result.Errors));
        Assert.Contains("OPENAI_API_KEY", error);
        Assert.DoesNotContain("secret", error);
    }

    [Fact]
    public void Other_types_take_nothing_from_them() => Assert.Empty(Options(
        "providers: { p: { type: openai-compatible, baseUrl: http://a.example/v1 }, q: { type: ollama } }",
        ("OPENAI_API_KEY", "theirs")).Providers.SelectMany(provider => provider.ApiKeys));
}
