using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class ConfigurationSecretsTests
{
    private const string Marker = "MARKER7f3a";

    public static TheoryData<string> Places => new(
        "server: { adminKey: $ }",
        "server: { metricsKey: $ }",
        "storage: { connection: $ }",
        "storage: { replicas: $ }",
        "storage: { replicas: [$] }",
        "redis: { connection: $ }",
        "alerts: { webhookUrl: $ }",
        "alerts: { webhookSecret: $ }",
        "providers: { o: { type: openai, apiKey: $ } }",
        "providers: { o: { type: openai, apiKeys: $ } }",
        "providers: { o: { type: openai, apiKeys: [$] } }",
        "providers: { o: { type: openai, apiKeys: [a, $, $] } }",
        "providers: { o: { type: openai, apiKey: a, apiKeys: [$] } }",
        "providers: { o: { type: openai, headers: { x-a: $ } } }",
        "providers: { o: { type: openai, headers: { authorization: $ } } }",
        "providers: { o: { type: openai, headers: [$] } }",
        "providers: { o: { type: openai, headers: $ } }");

    // Every way to get such a value wrong: a text of the wrong kind, white space, a list, mappings, repeats.
    private static readonly string[] Values =
    [
        Marker, $"'{Marker} x'", $"\"{Marker}\\n\"", $"\"{Marker}\\u00e9\"", $"[{Marker}]", $"[[{Marker}]]",
        $"{{ {Marker}: 1 }}", $"{{ {Marker}: 1, {Marker}: 2 }}", $"{{ a: {{ {Marker}: 1, {Marker}: 2 }} }}",
        $"{{ a: {{ {Marker}: '${{NOT_SET}}' }} }}", $"{{ [{Marker}]: 1 }}", $"!{Marker} x", $"*{Marker}",
        $"&{Marker} *{Marker}", $"@{Marker}", $"%{Marker}", $"'{Marker}", $"\"{Marker}\\q\"", $"{Marker}: {Marker}: x",
        $"https://user:{Marker}@host/", $"'${{NOT SET {Marker}}}'", $"'${{{Marker}-}}'", "'${FROM_ENV}'",
        "'${FROM_ENV} x'", "['${FROM_ENV}', '${FROM_ENV}']", $"| \n  {Marker}", $">9{Marker}", $"{Marker}\tx",
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public void No_message_shows_a_secret(string place)
    {
        // The names of headers are no secrets.
        var namesAreShown = place.Contains("headers: $", StringComparison.Ordinal);

        foreach (var value in Values.Where(value => !namesAreShown || !value.StartsWith($"{{ {Marker}")))
            AssertSilent(place.Replace("$", value, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_secret_key_is_among_the_places_above() =>
        Assert.All(Wording.Secrets, key => Assert.Contains(
            Places.Select<object[], string>(place => (string)place[0]),
            place => place.Contains($"{key}: ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("server: { urls: '$' }")]
    [InlineData("server: { managementUrls: ['$'] }")]
    [InlineData("server: { requireKeys: '$' }")]
    [InlineData("server: { maxRequestBytes: '$' }")]
    [InlineData("server: { hosts: ['$ x'] }")]
    [InlineData("server: { origins: ['$'] }")]
    [InlineData("server: { shutdown: { delay: '$' } }")]
    [InlineData("server: { shutdown: '$' }")]
    [InlineData("server: '$'")]
    [InlineData("server: { dataDirectory: ['$'] }")]
    [InlineData("defaults: { strategy: '$' }")]
    [InlineData("defaults: { failoverOn: '$' }")]
    [InlineData("defaults: { retry: { maxRetries: '$', jitter: '$', backoffMultiplier: '$', maxDelay: '$' } }")]
    [InlineData("providers: { o: { type: '$' } }")]
    [InlineData("providers: { o: { type: openai, baseUrl: '$' } }")]
    [InlineData("providers: { o: { type: vertex, region: '$ x', project: '$ x', apiVersion: '$ x' } }")]
    [InlineData("providers: { o: { type: azure-openai, deployments: { a: '$ x' } } }")]
    [InlineData("models: { m: { targets: ['$'] } }")]
    [InlineData("models: { m: { targets: ['$/x'] } }")]
    [InlineData("models: { m: { targets: [{ provider: '$', model: x }] } }")]
    [InlineData("models: { m: { targets: '$', hedge: { after: '$' } } }")]
    [InlineData("logging: { level: '$', content: '$' }")]
    [InlineData("costs: { chargebackRate: '$', priceFile: '$' }")]
    public void No_message_shows_what_came_from_the_environment(string place) =>
        AssertSilent(place.Replace("$", "${FROM_ENV}", StringComparison.Ordinal));

    [Theory]
    [InlineData("providers: { o: { type: openai, baseUrl: 'ftp://user:MARKER7f3a@host' } }")]
    [InlineData("providers: { o: { type: openai, baseUrl: 'https://user:MARKER7f3a@host' } }")]
    [InlineData("providers: { o: { type: openai, baseUrl: 'https://host/?key=MARKER7f3a' } }")]
    [InlineData("server: { urls: 'http://user:MARKER7f3a@127.0.0.1:80' }")]
    [InlineData("server: { origins: ['https://user:MARKER7f3a@host'] }")]
    public void No_message_shows_what_hides_in_an_address(string yaml) => AssertSilent(yaml);

    [Fact]
    public void A_secret_stays_one_where_an_alias_repeats_it()
    {
        const string yaml = $"""
            server:
              metricsKey: &k {Marker}!
              hosts:
                - *k
            """;

        Assert.Contains("server.hosts[0]: is not a host name", Error(yaml), StringComparison.Ordinal);
        AssertSilent(yaml);
    }

    [Fact]
    public void A_value_that_is_not_shown_is_told_to_be_so() =>
        Assert.Equal(
            "holdfast.yaml:1: server.maxRequestBytes: is not a whole number from 1000 to 2000000000 (value not shown)",
            Error("server: { maxRequestBytes: '${SIZE}' }", ("SIZE", "big")));

    private static void AssertSilent(string yaml)
    {
        var result = Read(yaml, ("FROM_ENV", Marker));

        Assert.All(Lines(result.Errors).Concat(Lines(result.Warnings)),
            line => Assert.False(line.Contains(Marker, StringComparison.OrdinalIgnoreCase), $"{yaml}\n→ {line}"));
    }
}
