using System.Text.Json;

namespace Holdfast.System.Tests.Cli;

/// <summary><c>holdfast check --effective</c>: which value is in force, and why.</summary>
public sealed class EffectiveTests : CliFixture
{
    [Fact]
    public async Task Every_value_is_shown_with_where_it_came_from_and_no_secret()
    {
        Configure(Configuration("openai/gpt-4o") + "\ndefaults: { timeouts: { call: 30s } }");

        var (code, output, errors) = await CliProcess.RunAsync(
            Root, new Dictionary<string, string> { ["RESILIENCE_GPT_4O_TIMEOUT"] = "7000" }, "check", "--effective");

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(["30s", "holdfast.yaml:7", "(defaults.timeouts.call)"], Row(output, "models.smart.timeouts.call"));
        Assert.Equal(["7000ms", "RESILIENCE_GPT_4O_TIMEOUT"],
            Row(output, "models.smart.targets[0].timeouts.attempt"));
        Assert.Equal(["3", "default"], Row(output, "models.smart.retry.maxRetries"));
        Assert.Equal(["(not", "shown)", "holdfast.yaml:3"], Row(output, "providers.openai.apiKey"));
        Assert.DoesNotContain("a-key-of-the-tests", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hf-admin-of-these-tests", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_each_value_has_its_source()
    {
        Configure(Configuration("openai/gpt-4o"));

        var (code, output, errors) = await CliProcess.RunAsync(Root,
            new Dictionary<string, string> { ["HOLDFAST__DEFAULTS__TIMEOUTS__CALL"] = "9s" },
            "check", "--effective", "--json");

        Assert.Equal((0, ""), (code, errors));
        var values = JsonDocument.Parse(output).RootElement.GetProperty("values").EnumerateArray()
            .ToDictionary(value => value.GetProperty("key").GetString()!);
        var call = values["models.smart.timeouts.call"];
        Assert.Equal("9s", call.GetProperty("value").GetString());
        Assert.Equal("environment", call.GetProperty("source").GetString());
        Assert.Equal("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", call.GetProperty("variables")[0].GetString());
        Assert.Equal("defaults.timeouts.call", call.GetProperty("inheritedFrom").GetString());
        var key = values["providers.openai.apiKey"];
        Assert.Equal(JsonValueKind.Null, key.GetProperty("value").ValueKind);
        Assert.True(key.GetProperty("hidden").GetBoolean());
        Assert.Equal(3, key.GetProperty("line").GetInt32());
        Assert.DoesNotContain("a-key-of-the-tests", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_variable_is_an_error_with_its_name_and_nothing_is_shown()
    {
        Configure(Configuration("openai/gpt-4o"));

        var (code, output, errors) = await CliProcess.RunAsync(Root,
            new Dictionary<string, string> { ["HOLDFAST__DEFAULTS__TIMEOUT__CALL"] = "9s" }, "check", "--effective");

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("error: environment: HOLDFAST__DEFAULTS__TIMEOUT__CALL: ", errors, StringComparison.Ordinal);
        Assert.Contains("did you mean 'HOLDFAST__DEFAULTS__TIMEOUTS__CALL'?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_without_effective_is_wrong_usage()
    {
        Configure(Configuration("openai/gpt-4o"));

        var (code, _, errors) = await CliProcess.RunAsync(Root, "check", "--json");

        Assert.Equal((2, "holdfast: --json: goes with --effective"), (code, errors));
    }

    [Fact]
    public async Task Serve_goes_by_variables_and_keeps_them_when_the_file_changes()
    {
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root,
            new Dictionary<string, string> { ["HOLDFAST__MODELS__SMART__TARGETS__0"] = "groq/llama-3" }, "serve");
        var url = await gateway.ListeningAsync();
        Assert.Equal("groq", await ProviderAsync(url));

        Configure(Configuration("openai/gpt-4o") + "\nlogging: { level: debug }");
        gateway.Signal(CliProcess.HangUp);
        await Holdfast.System.Tests.Gateway.Waiting.UntilAsync(
            () => gateway.Errors.Any(line => line.Contains("is in force", StringComparison.Ordinal)), "the reload");

        Assert.Equal("groq", await ProviderAsync(url));
    }

    /// <summary>The words behind a key of the table.</summary>
    private static string[] Row(string output, string key) => Assert.Single(
        output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        words => words.Length > 0 && words[0] == key)[1..];
}
