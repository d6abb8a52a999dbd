using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>Secrets that a variable with <c>_FILE</c> at its end names a file for.</summary>
public sealed class SecretFileTests : IDisposable
{
    private const string Provider = "providers: { o: { type: openai, apiKey: \"${OPENAI_API_KEY}\" } }";

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-").FullName;

    [Theory]
    [InlineData("sk-1", "sk-1")]
    [InlineData("sk-1\n", "sk-1")]
    [InlineData("sk-1\r\n", "sk-1")]
    public void A_reference_to_a_secret_may_come_from_a_file_without_its_line_end(string content, string key) =>
        Assert.Equal([key], Options(Provider, ("OPENAI_API_KEY_FILE", Write(content))).Providers[0].ApiKeys);

    [Theory]
    [InlineData("HOLDFAST__PROVIDERS__O__APIKEY_FILE")]
    [InlineData("HOLDFAST__PROVIDERS__O__APIKEYS__0_FILE")]
    public void A_key_of_a_provider_may_come_from_a_file(string variable) =>
        Assert.Equal(["sk-2"], Options("providers: { o: { type: openai } }", (variable, Write("sk-2\n")))
            .Providers[0].ApiKeys);

    [Theory]
    [InlineData("server.adminKey")]
    [InlineData("server.metricsKey")]
    [InlineData("storage.connection")]
    [InlineData("redis.connection")]
    [InlineData("alerts.webhookSecret")]
    public void Every_single_secret_may_come_from_a_file(string key) =>
        Assert.Empty(Read("", ($"HOLDFAST__{key.ToUpperInvariant().Replace(".", "__")}_FILE", Write("a-secret-text-x")))
            .Errors);

    [Fact]
    public void A_known_variable_may_come_from_a_file()
    {
        Assert.Equal("environment: ALERT_WEBHOOK_URL_FILE: is not an absolute http:// or https:// address " +
            "(value not shown)", Error("", ("ALERT_WEBHOOK_URL_FILE", Write("secret-thing"))));
        Assert.Empty(Read("", ("ALERT_WEBHOOK_URL_FILE", Write("https://hooks.example/secret\n"))).Errors);
    }

    [Fact]
    public void A_header_may_come_from_a_file() =>
        Assert.Equal("search", Options("providers: { o: { type: ollama, headers: { x-team: a } } }",
            ("HOLDFAST__PROVIDERS__O__HEADERS__X_TEAM_FILE", Write("search"))).Providers[0].Headers["x-team"]);

    [Fact]
    public void What_is_no_secret_does_not_come_from_a_file()
    {
        Assert.Equal("environment: HOLDFAST__SERVER__DATADIRECTORY_FILE: may not come from a file: only secrets do; " +
            "server.dataDirectory is none", Error("", ("HOLDFAST__SERVER__DATADIRECTORY_FILE", Write("x"))));
        Assert.Contains("'DIR' is not set",
            Error("server: { dataDirectory: \"${DIR}\" }", ("DIR_FILE", Write("x"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "OPENAI_API_KEY_FILE")]
    [InlineData("HOLDFAST__PROVIDERS__O__APIKEY", "HOLDFAST__PROVIDERS__O__APIKEY_FILE")]
    public void The_secret_and_its_file_cannot_both_be_set(string variable, string file)
    {
        var error = Error(Provider, (variable, "sk-secret"), (file, Write("sk-secret")),
            ("OPENAI_API_KEY" == variable ? "OTHER" : "OPENAI_API_KEY", "x"));

        Assert.Contains("set one of them", error, StringComparison.Ordinal);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_with_its_variable()
    {
        var missing = Path.Combine(_directory, "missing");

        Assert.Equal($"holdfast.yaml:1: providers.o.apiKey: environment variable 'OPENAI_API_KEY_FILE': " +
            $"the file {Shown(missing)} does not exist", Error(Provider, ("OPENAI_API_KEY_FILE", missing)));
        Assert.Equal($"environment: HOLDFAST__SERVER__ADMINKEY_FILE: the file {Shown(_directory)} is a directory, " +
            "not a file", Error("", ("HOLDFAST__SERVER__ADMINKEY_FILE", _directory)));
    }

    [Fact]
    public void A_file_that_is_no_secret_is_refused_without_a_word_of_its_content()
    {
        var large = Error("", ("HOLDFAST__SERVER__ADMINKEY_FILE", Write(new string('s', 70_000))));
        Assert.EndsWith("is larger than 65536 bytes", large, StringComparison.Ordinal);
        var binary = Path.Combine(_directory, "binary");
        File.WriteAllBytes(binary, [0x73, 0xff, 0xfe]);
        Assert.EndsWith("is not UTF-8 text", Error("", ("HOLDFAST__SERVER__ADMINKEY_FILE", binary)),
            StringComparison.Ordinal);
        var lines = Error("", ("HOLDFAST__SERVER__ADMINKEY_FILE", Write("secret-one\nsecret-two\n")));
        Assert.DoesNotContain("secret", lines.Replace(_directory, "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Shown(string path) => $"'{(path.Length > 60 ? path[..60] + "…" : path)}'";

    private string Write(string content)
    {
        var path = Path.Combine(_directory, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, content);
        return path;
    }
}
