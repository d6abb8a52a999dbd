using System.Text.Json;
using Holdfast.CircuitBreaking;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>The verbs that ask a running gateway.</summary>
public sealed class AdminVerbsTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("holdfast-tests-").FullName;
    private RunningGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _gateway = await RunningGateway.StartAsync("models: { smart: { targets: [ openai/gpt-4o, groq/llama-3 ] } }");
        Directory.CreateDirectory(Path.Combine(_root, "data"));
        await File.WriteAllTextAsync(Path.Combine(_root, "data", "admin.key"), RunningGateway.AdminKey + "\n");
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Circuits_are_isolated_listed_and_reset()
    {
        var isolated = await RunAsync("circuits", "isolate", "openai/gpt-4o");
        Assert.Equal((0, ""), (isolated.ExitCode, isolated.Errors));
        Assert.Matches("openai +gpt-4o +isolated", isolated.Output);
        Assert.Equal(CircuitState.Isolated, _gateway.Target("openai", "gpt-4o").Breaker.State);

        var listed = await RunAsync("circuits", "list");
        Assert.Matches("openai +gpt-4o +isolated", listed.Output);
        Assert.Matches("groq +llama-3 +closed", listed.Output);
        Assert.DoesNotContain('\u001b', listed.Output);

        var reset = await RunAsync("circuits", "reset", "openai", "--json");
        using var json = JsonDocument.Parse(reset.Output);
        Assert.Equal("closed", json.RootElement.GetProperty("circuits")[0].GetProperty("state").GetString());
        Assert.Equal(CircuitState.Closed, _gateway.Target("openai", "gpt-4o").Breaker.State);
    }

    [Fact]
    public async Task The_status_is_a_table_or_json()
    {
        var table = await RunAsync("status");
        Assert.Equal((0, ""), (table.ExitCode, table.Errors));
        Assert.Contains("serving", table.Output, StringComparison.Ordinal);
        Assert.Matches("gpt-4o +available +closed +0 +-", table.Output);
        Assert.Matches("smart +0 +0.0 % +0 +- +-", table.Output);

        var json = await RunAsync("status", "--json");
        using var status = JsonDocument.Parse(json.Output);
        Assert.Equal("serving", status.RootElement.GetProperty("phase").GetString());
    }

    [Fact]
    public async Task The_health_of_providers_is_shown_as_known_or_asked_anew()
    {
        var known = await RunAsync("health");
        Assert.Equal((0, ""), (known.ExitCode, known.Errors));
        Assert.StartsWith("ok: healthy 2, unhealthy 0, in maintenance 0", known.Output, StringComparison.Ordinal);
        Assert.Matches("gpt-4o +ok +available +closed +0.0 % +- +-", known.Output);

        var asked = await RunAsync("health", "--check");
        Assert.Matches("gpt-4o +ok +available +closed +0.0 % +[0-9]+ ms +[0-9:]+Z", asked.Output);

        var json = await RunAsync("health", "--json");
        using var health = JsonDocument.Parse(json.Output);
        Assert.Equal("llm_provider_openai",
            health.RootElement.GetProperty("records")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_mode_is_shown_set_and_left_to_the_components()
    {
        var set = await RunAsync("mode", "set", "degraded", "--reason", "a test");
        Assert.Equal((0, ""), (set.ExitCode, set.Errors));
        Assert.Matches("^mode DEGRADED since .*, set by hand\n  set by hand: a test\nchanges: 1, ", set.Output);

        var shown = await RunAsync("mode");
        Assert.Matches("NORMAL +DEGRADED +.* set by hand: a test", shown.Output);
        Assert.Contains("mode DEGRADED", (await RunAsync("status")).Output, StringComparison.Ordinal);

        var auto = await RunAsync("mode", "auto", "--json");
        using var json = JsonDocument.Parse(auto.Output);
        Assert.Equal("NORMAL", json.RootElement.GetProperty("mode").GetString());
    }

    [Fact]
    public async Task A_watched_status_comes_again()
    {
        await using var cli = CliProcess.Start(
            _root, "status", "--watch", "--json", "--url", _gateway.Url.ToString());

        await Waiting.UntilAsync(() => cli.Output.Count >= 2, "the second page", 40);

        Assert.All(cli.Output, line => Assert.StartsWith("{", line, StringComparison.Ordinal));
        cli.Signal(CliProcess.Interrupt);
        Assert.Equal(130, await cli.ExitAsync());
    }

    [Theory]
    [InlineData(2, "nowhere.key", "status", "--key-file", "nowhere.key")]
    [InlineData(2, "--url", "status", "--url", "nonsense")]
    [InlineData(2, "TARGET", "circuits", "isolate", "openai/")]
    [InlineData(1, "groq", "circuits", "isolate", "opnai")]
    [InlineData(1, "gpt-4o", "circuits", "reset", "openai/gpt-5")]
    [InlineData(1, "NORMAL, DEGRADED or EMERGENCY", "mode", "set", "panic", "--reason", "x")]
    [InlineData(1, "cannot be reached", "circuits", "list", "--url", "http://127.0.0.1:9")]
    public async Task What_is_wrong_is_one_clear_sentence(int code, string says, params string[] arguments)
    {
        var answer = await RunAsync(arguments);

        Assert.Equal((code, ""), (answer.ExitCode, answer.Output));
        var line = Assert.Single(answer.Errors.Split('\n'));
        Assert.StartsWith("holdfast: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_said_to_be_that_and_not_shown()
    {
        await File.WriteAllTextAsync(Path.Combine(_root, "wrong.key"), "hf-a-wrong-key");

        var answer = await RunAsync("status", "--key-file", "wrong.key");

        Assert.Equal((1, ""), (answer.ExitCode, answer.Output));
        Assert.Contains("admin key", Assert.Single(answer.Errors.Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("hf-a-wrong-key", answer.Errors, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CliProcess.RunAsync(_root, arguments.Contains("--url")
            ? arguments
            : [.. arguments, "--url", _gateway.Url.ToString()]);
}
