using System.Runtime.Versioning;

namespace Holdfast.System.Tests.Cli;

/// <summary><c>holdfast check</c> and the other ways to be told that something is wrong before anything runs.</summary>
public sealed class CheckTests : CliFixture
{
    [Fact]
    public async Task A_valid_configuration_is_said_to_be_valid()
    {
        Configure(Configuration("openai/gpt-4o"));

        var (code, output, errors) = await CliProcess.RunAsync(Root, "check");

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal("holdfast.yaml: valid (2 providers, 1 models)", output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    public async Task Every_error_is_said_with_its_place_and_no_secret(string verb)
    {
        Configure("""
            server: { urls: "http://0.0.0.0:0", adminKey: "secret one" }
            defaults:
              retry: { maxRetires: 3 }
              timeouts: { call: soon }
            providers:
              openai: { type: opnai, apiKey: sk-secret-of-openai }
            models:
              smart: { targets: [ antropic/claude ] }
            """);

        var (code, output, errors) = await CliProcess.RunAsync(Root, verb, "--config", "holdfast.yaml");

        Assert.Equal((2, ""), (code, output));
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
        foreach (var place in new[]
        {
            "server.urls", "server.adminKey", "defaults.retry.maxRetires", "defaults.timeouts.call",
            "providers.openai.type", "models.smart.targets[0]",
        })
        {
            Assert.Single(errors.Split('\n'), line => line.StartsWith("error: holdfast.yaml", StringComparison.Ordinal)
                && line.Contains(place + ":", StringComparison.Ordinal));
        }

        Assert.Contains("maxRetries", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    public async Task A_missing_file_is_one_sentence(string verb)
    {
        var (code, output, errors) = await CliProcess.RunAsync(Root, verb, "--config", "nowhere.yaml");

        Assert.Equal((2, ""), (code, output));
        var line = Assert.Single(errors.Split('\n'));
        Assert.Contains("nowhere.yaml", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "requireKeys")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("http://127.0.0.1:99999", "99999")]
    [InlineData(";", "--urls")]
    public async Task Addresses_of_the_command_line_are_checked_like_those_of_the_file(string urls, string says)
    {
        Configure(Configuration("openai/gpt-4o"));

        var (code, output, errors) = await CliProcess.RunAsync(Root, "serve", "--urls", urls);

        Assert.Equal((2, ""), (code, output));
        var line = Assert.Single(errors.Split('\n'));
        Assert.StartsWith("holdfast: --urls", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task The_admin_key_is_made_once_for_its_owner_only()
    {
        Configure(Configuration("openai/gpt-4o").Replace("hf-admin-of-these-tests", "\"\"", StringComparison.Ordinal));
        var file = Path.Combine(Root, "admin.key");
        var keys = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var gateway = CliProcess.Start(Root, "serve");
            await gateway.ListeningAsync();
            keys.Add((await File.ReadAllTextAsync(file)).Trim());
            Assert.Contains(gateway.Errors, line => line.Contains(file, StringComparison.Ordinal));
            Assert.DoesNotContain(gateway.Errors, line => line.Contains(keys[0], StringComparison.Ordinal));
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(keys[0], keys[1]);
        Assert.True(keys[0].Length > 40);
    }

    [Fact]
    public async Task A_key_file_that_cannot_be_kept_is_said_to_be_that()
    {
        await File.WriteAllTextAsync(Path.Combine(Root, "taken"), "a file where the directory should be");
        Configure(Configuration("openai/gpt-4o").Replace("hf-admin-of-these-tests", "\"\"", StringComparison.Ordinal)
            .Replace($"dataDirectory: {Root}", $"dataDirectory: {Root}/taken/data", StringComparison.Ordinal));

        var (code, output, errors) = await CliProcess.RunAsync(Root, "serve");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("dataDirectory", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("listen", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
