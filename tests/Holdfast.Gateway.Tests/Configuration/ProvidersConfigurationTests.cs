using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.SignIn;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class ProvidersConfigurationTests
{
    private static readonly string Allowed = string.Join(", ", ProviderTypes.Names);

    [Fact]
    public void An_unknown_type_comes_with_the_nearest_and_all_others() =>
        Assert.Equal(
            $"holdfast.yaml:1: providers.a.type: 'antropic' is not a provider type; did you mean 'anthropic'? " +
            $"(allowed: {Allowed})",
            Error("providers: { a: { type: antropic } }"));

    [Theory]
    [InlineData("{}")]
    [InlineData("~")]
    [InlineData("{ priority: 2 }")]
    public void A_provider_needs_a_type(string provider) =>
        Assert.Equal($"holdfast.yaml:1: providers.a: type is missing (one of: {Allowed})",
            Error($"providers: {{ a: {provider} }}"));

    [Theory]
    [InlineData("type: openai-compatible", "baseUrl is missing: type openai-compatible has no address of its own")]
    [InlineData("type: azure-openai, apiKey: k", "baseUrl is missing: type azure-openai has no address of its own")]
    [InlineData("type: bedrock, apiKey: k", "region is missing: the address of type bedrock is made from it")]
    [InlineData("type: vertex, apiKey: k, project: p", "region is missing: the address of type vertex is made from it")]
    [InlineData("type: vertex, apiKey: k, region: r", "project is missing: the address of type vertex is made from it")]
    public void What_an_address_is_made_from_must_be_there(string provider, string error)
    {
        Assert.Equal($"holdfast.yaml:1: providers.a: {error}", Error($"providers: {{ a: {{ {provider} }} }}"));
        Options($"providers: {{ a: {{ {provider}, baseUrl: 'http://127.0.0.1:9' }} }}");
    }

    [Theory]
    [InlineData("api.example.org", "'api.example.org' is not an absolute http:// or https:// address")]
    [InlineData("/v1", "'/v1' is not an absolute http:// or https:// address")]
    [InlineData("ftp://host", "'ftp://host' is not an absolute http:// or https:// address")]
    [InlineData("http://u:p@host",
        "must not hold a user or password; a key belongs into apiKey (value not shown)")]
    [InlineData("http://host/?a=b", "must have no query and no fragment (value not shown)")]
    [InlineData("http://host/#a", "must have no query and no fragment (value not shown)")]
    public void A_base_url_is_a_plain_web_address(string url, string error) =>
        Assert.Equal($"holdfast.yaml:1: providers.a.baseUrl: {error}",
            Error($"providers: {{ a: {{ type: ollama, baseUrl: '{url}' }} }}"));

    [Theory]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("ä")]
    public void A_name_is_short_and_plain(string name)
    {
        Assert.EndsWith("is not a provider's name: 1 to 64 letters, digits, '_', '.' and '-'",
            Error($"providers: {{ '{name}': {{ type: ollama }} }}"), StringComparison.Ordinal);
        Options($"providers: {{ a.B-9_: {{ type: ollama }}, {new string('x', 64)}: {{ type: ollama }} }}");
    }

    [Fact]
    public void A_name_longer_than_64_is_refused() =>
        Error($"providers: {{ {new string('x', 65)}: {{ type: ollama }} }}");

    [Fact]
    public void One_key_or_several_but_not_both() =>
        Assert.Equal("holdfast.yaml:1: providers.a.apiKeys: and apiKey are both written; write one of them",
            Error("providers: { a: { type: openai, apiKey: x, apiKeys: [y] } }"));

    [Fact]
    public void Several_keys_may_come_in_one_variable_and_empty_ones_are_left_out() =>
        Assert.Equal(["x", "y"], Options("providers: { a: { type: openai, apiKeys: '${KEYS}' } }", ("KEYS", "x, y,"))
            .Providers[0].ApiKeys);

    [Fact]
    public void The_same_key_twice_is_an_error() =>
        Assert.Equal("holdfast.yaml:1: providers.a.apiKeys[1]: is the same as a key before it (value not shown)",
            Error("providers: { a: { type: openai, apiKeys: [x, x] } }"));

    [Fact]
    public void A_key_with_a_line_break_is_an_error_that_guesses_why() =>
        Assert.Equal(
            "holdfast.yaml:1: providers.a.apiKey: must be printable ASCII without white space " +
            "(is there a line break at its end?) (value not shown)",
            Error("providers: { a: { type: openai, apiKey: '${KEY}' } }", ("KEY", "sk-1\n")));

    [Theory]
    [InlineData("openai", "apiKey: ''")]
    [InlineData("anthropic", "priority: 1")]
    public void A_provider_without_the_key_it_needs_is_warned_about(string type, string rest) =>
        Assert.Equal($"holdfast.yaml:1: providers.a: has no apiKey: type {type} usually refuses calls without one",
            Warning($"providers: {{ a: {{ type: {type}, {rest} }} }}"));

    [Theory]
    [InlineData("Authorization", "carries the key; write it as apiKey instead")]
    [InlineData("x-api-key", "carries the key; write it as apiKey instead")]
    [InlineData("api-key", "carries the key; write it as apiKey instead")]
    [InlineData("Proxy-Authorization", "carries the key; write it as apiKey instead")]
    [InlineData("Content-Length", "belongs to the connection or the body and cannot be set")]
    [InlineData("content-type", "belongs to the connection or the body and cannot be set")]
    [InlineData("host", "belongs to the connection or the body and cannot be set")]
    [InlineData("transfer-encoding", "belongs to the connection or the body and cannot be set")]
    [InlineData("Connection", "belongs to the connection or the body and cannot be set")]
    [InlineData("X-Holdfast-Team", "is the gateway's own and never goes to a provider")]
    public void Headers_that_are_not_the_users_to_set_are_refused(string name, string error) =>
        Assert.Equal($"holdfast.yaml:1: providers.a.headers.{name}: {error}",
            Error($"providers: {{ a: {{ type: ollama, headers: {{ {name}: x }} }} }}"));

    [Theory]
    [InlineData("\"a b\": x", "[\"a b\"]: is not the name of a header")]
    [InlineData("\"\": x", "[\"\"]: is not the name of a header")]
    [InlineData("\"a\\r\": x", "[\"a?\"]: is not the name of a header")]
    [InlineData("x-a: \"b\\r\\nevil: 1\"", ".x-a: must be printable ASCII without line breaks, " +
        "and without white space at its ends (value not shown)")]
    [InlineData("x-a: ' b'", ".x-a: must be printable ASCII without line breaks, " +
        "and without white space at its ends (value not shown)")]
    [InlineData("x-a: [b]", ".x-a: must be a single value, not a list")]
    [InlineData("x-a: b, X-A: c", ".X-A: is there twice: upper and lower case are the same in headers")]
    public void Headers_are_what_http_allows(string header, string error) =>
        Assert.Equal($"holdfast.yaml:1: providers.a.headers{error}",
            Error($"providers: {{ a: {{ type: ollama, headers: {{ {header} }} }} }}"));

    [Theory]
    [InlineData("region: 'evil.example.org/'", "region: 'evil.example.org/' is not a region: letters, digits and '-'")]
    [InlineData("project: 'a/b'", "project: 'a/b' is not a project: letters, digits, '-', '.' and ':'")]
    [InlineData("apiVersion: '1&x'", "apiVersion: '1&x' is not a version: letters, digits, '-', '.'")]
    [InlineData("deployments: { m: '../x' }",
        "deployments.m: '../x' is not a deployment: letters, digits, '-', '_' and '.'")]
    [InlineData("defaultMaxTokens: 0", "defaultMaxTokens: '0' is not a whole number from 1 to 100000000")]
    [InlineData("weight: -1", "weight: '-1' is not a number from 0 to 1000000")]
    [InlineData("weight: Infinity", "weight: 'Infinity' is not a number from 0 to 1000000")]
    [InlineData("priority: high", "priority: 'high' is not a whole number from -1000000 to 1000000")]
    public void What_becomes_part_of_an_address_or_a_number_is_checked(string value, string error) =>
        Assert.Equal($"holdfast.yaml:1: providers.a.{error}",
            Error($"providers: {{ a: {{ type: ollama, {value} }} }}"));

    [Theory]
    [InlineData("a b", "'a b' is not a field's name: letters, digits, '_', '.' and '-'")]
    [InlineData("messages", "'messages' cannot be left out of a request")]
    [InlineData("model", "'model' cannot be left out of a request")]
    [InlineData("stream", "'stream' cannot be left out of a request")]
    [InlineData("seed", "'seed' is there twice")]
    public void Unsupported_fields_are_names_of_what_can_be_left_out(string field, string error) =>
        Assert.Equal($"holdfast.yaml:1: providers.a.unsupportedFields[1]: {error}",
            Error($"providers: {{ a: {{ type: ollama, unsupportedFields: [seed, '{field}'] }} }}"));

    [Theory]
    [InlineData("type: anthropic, apiKey: k", true)]
    [InlineData("type: gemini, apiKey: k", true)]
    [InlineData("type: gemini, apiKey: k, baseUrl: 'https://x.example/v1beta/openai'", false)]
    [InlineData("type: ollama", false)]
    [InlineData("type: groq, apiKey: k", false)]
    public void Unsupported_fields_that_no_request_is_asked_for_are_warned_about(string provider, bool warns) =>
        Assert.Equal(warns, Lines(Read($"providers: {{ a: {{ {provider}, unsupportedFields: [seed] }} }}").Warnings)
            .Any(warning => warning.Contains("unsupportedFields changes nothing", StringComparison.Ordinal)));

    [Theory]
    [InlineData("vertex")]
    [InlineData("azure-openai")]
    public void An_address_that_may_not_see_the_clouds_token_is_warned_about(string type)
    {
        var provider = $"type: {type}, baseUrl: 'https://proxy.example'";

        Assert.Equal("holdfast.yaml:1: providers.a: has no apiKey, and proxy.example is none of the cloud's own hosts "
            + "(over https): calls go there without authorization; signIn: always sends the cloud's token there",
            Warning($"providers: {{ a: {{ {provider} }} }}"));
        Assert.Equal(SignInPlaces.Always,
            Options($"providers: {{ a: {{ {provider}, signIn: always }} }}").Providers[0].SignIn);
    }

    [Fact]
    public void A_key_that_providers_dont_have_is_named_with_the_nearest() =>
        Assert.Contains("providers.a.api_key: is not known here; did you mean 'apiKey'? (allowed: type, ",
            Error("providers: { a: { type: openai, api_key: x } }"), StringComparison.Ordinal);

    [Fact]
    public void A_provider_that_is_no_mapping_is_told_so() =>
        Assert.Contains(
            Lines(Read("providers: { a: openai }").Errors),
            line => line == "holdfast.yaml:1: providers.a: must be a mapping of keys, not a single value");
}
