using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class ConfigurationEnvironmentTests
{
    [Theory]
    [InlineData("${HOME_KEY}", "abc")]
    [InlineData("${NOT_SET:-other}", "other")]
    [InlineData("${EMPTY:-other}", "other")]
    [InlineData("${HOME_KEY:-other}", "abc")]
    [InlineData("${NOT_SET:-}x", "x")]
    [InlineData("${HOME_KEY}-${HOME_KEY}", "abc-abc")]
    [InlineData("$${HOME_KEY}", "${HOME_KEY}")]
    [InlineData("$$${HOME_KEY}", "$${HOME_KEY}")]
    [InlineData("$HOME_KEY", "$HOME_KEY")]
    [InlineData("${NOT_SET:-a:-b}", "a:-b")]
    public void Variables_are_put_into_values(string written, string read) =>
        Assert.Equal(read, Options($"server: {{ metricsKey: \"{written}\" }}", ("HOME_KEY", "abc"), ("EMPTY", ""))
            .Server.MetricsKey);

    [Fact]
    public void A_variable_that_is_not_set_is_named_with_its_place() =>
        Assert.Equal(
            "holdfast.yaml:2: providers.o.apiKey: environment variable 'OPENAI_API_KEY' is not set " +
            "(with a default it would be '${OPENAI_API_KEY:-default}')",
            Error("providers:\n  o: { type: openai, apiKey: '${OPENAI_API_KEY}' }"));

    [Fact]
    public void A_variable_inside_a_list_or_a_target_is_named_with_its_place()
    {
        var result = Read("""
            providers: { o: { type: openai, apiKeys: ["${ONE}", "${TWO}"] } }
            models: { m: { targets: ["${THREE}", { provider: "${FOUR}", model: x }] } }
            """);

        Assert.Equal(
            ["providers.o.apiKeys[0]", "providers.o.apiKeys[1]", "models.m.targets[0]", "models.m.targets[1].provider"],
            result.Errors.Select(error => error.Place));
    }

    [Theory]
    [InlineData("${NAME", "'${' has no '}' (a literal '${' is written '$${')")]
    [InlineData("${}", "'${…}' must hold the name of an environment variable: letters, digits and '_'")]
    [InlineData("${sk-secret}", "'${…}' must hold the name of an environment variable: letters, digits and '_'")]
    [InlineData("${A:-${B}}", "the default of '${A}' holds another '${'; they cannot be nested")]
    public void A_reference_that_is_none_is_an_error(string written, string error) =>
        Assert.Equal($"holdfast.yaml:1: server.adminKey: {error}", Error($"server: {{ adminKey: \"{written}\" }}"));

    [Fact]
    public void What_a_variable_holds_never_becomes_yaml()
    {
        var options = Options("server:\n  dataDirectory: ${DIR}", ("DIR", "a }\nanonymous: true # &x *x !y"));

        Assert.Equal("a }\nanonymous: true # &x *x !y", options.Server.DataDirectory);
        Assert.False(options.Server.Anonymous);
    }

    [Fact]
    public void A_variable_may_hold_a_number_a_word_or_a_list()
    {
        var options = Options(
            "server:\n  maxRequestBytes: ${SIZE}\n  anonymous: ${OPEN}\n  urls: ${URLS}",
            ("SIZE", "4096"), ("OPEN", "true"), ("URLS", "http://127.0.0.1:1; http://127.0.0.1:2"));

        Assert.Equal(4096, options.Server.MaxRequestBytes);
        Assert.True(options.Server.Anonymous);
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], options.Server.Urls);
    }

    [Fact]
    public void A_value_cannot_grow_without_bound_through_variables()
    {
        var repeated = string.Concat(Enumerable.Repeat("${X}", 1000));

        Assert.Equal("holdfast.yaml:1: server.dataDirectory: environment variables make this value too long",
            Error($"server: {{ dataDirectory: \"{repeated}\" }}", ("X", new string('x', 1000))));
    }

    [Fact]
    public void A_reference_that_needs_quotes_is_told_so() =>
        Assert.EndsWith("; inside '{ }' and '[ ]', '${…}' must be in quotes",
            Error("server: { metricsKey: ${KEY} }", ("KEY", "x")), StringComparison.Ordinal);

    [Fact]
    public void An_alias_to_a_value_with_a_variable_counts_it_once() =>
        Assert.Equal("v", Options("server:\n  metricsKey: &k '${K}'\n  dataDirectory: *k", ("K", "v"))
            .Server.DataDirectory);
}
