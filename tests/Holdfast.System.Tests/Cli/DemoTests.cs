using System.Diagnostics;
using System.Runtime.Versioning;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>The demo is what most people run first.</summary>
public sealed class DemoTests : CliFixture
{
    [Fact, Trait("Category", "Slow")]
    [SupportedOSPlatform("linux")]
    public async Task The_demo_runs_as_it_says_and_leaves_nothing_behind()
    {
        await using var demo = CliProcess.Start(Root, "demo", "--port", "0");
        await Waiting.UntilAsync(() => demo.Output.Any(line => line.Contains("Ctrl-C", StringComparison.Ordinal))
            || demo.HasExited, "the greeting", 40);
        var directory = Assert.Single(Directory.GetDirectories(Root, "holdfast-demo-*"));

        var curl = Assert.Single(demo.Output, line => line.TrimStart().StartsWith("curl ", StringComparison.Ordinal));
        var metrics = Assert.Single(demo.Output, line => line.StartsWith("metrics", StringComparison.Ordinal));
        var answer = await BashAsync(curl);
        var page = await BashAsync(metrics["metrics".Length..].Trim());
        await Waiting.UntilAsync(() => demo.Output.Any(line => line.Contains("circuit", StringComparison.Ordinal)
            && line.Contains("provider", StringComparison.Ordinal)), "the table", 30);
        var mode = File.GetUnixFileMode(Path.Combine(directory, "admin.key"));
        demo.Signal(CliProcess.Interrupt);
        var code = await demo.ExitAsync(15);

        Assert.Contains("data: {", answer, StringComparison.Ordinal);
        Assert.Contains("holdfast_attempts_total{", page, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        Assert.Contains(demo.Output, line => line.Contains("deepseek", StringComparison.Ordinal));
        Assert.DoesNotContain(demo.Output.Concat(demo.Errors), line => line.Contains('\u001b'));
        Assert.Equal(0, code);
        Assert.Empty(Directory.GetDirectories(Root, "holdfast-demo-*"));
    }

    [Fact, Trait("Category", "Slow")]
    public async Task Variables_for_another_gateway_change_the_demo_neither_at_its_start_nor_at_a_reload()
    {
        var environment = new Dictionary<string, string>
        {
            ["HOLDFAST__MODELS__SMART__STRATEGY"] = "none-that-exists", ["RETRY_MAX_ATTEMPTS"] = "many",
        };
        await using var demo = CliProcess.Start(Root, environment, "demo", "--port", "0");
        await Waiting.UntilAsync(() => demo.Output.Any(line => line.Contains("Ctrl-C", StringComparison.Ordinal))
            || demo.HasExited, "the greeting", 40);
        var path = Path.Combine(Assert.Single(Directory.GetDirectories(Root, "holdfast-demo-*")), "holdfast.yaml");

        var changed = (await File.ReadAllTextAsync(path)).Replace("level: warning", "level: information",
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, changed);
        string? told = null;
        await Waiting.UntilAsync(() => (told = demo.Errors.FirstOrDefault(line => line.Contains(path,
            StringComparison.Ordinal))) is not null, "the reload");

        Assert.Contains("was read again", told, StringComparison.Ordinal);
        demo.Signal(CliProcess.Interrupt);
        Assert.Equal(0, await demo.ExitAsync(15));
    }

    private static async Task<string> BashAsync(string command)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("set -o pipefail; " + command);
        using var bash = Process.Start(start)!;
        using var limit = Waiting.Limit(30);
        var errors = bash.StandardError.ReadToEndAsync(limit.Token);
        var output = await bash.StandardOutput.ReadToEndAsync(limit.Token);
        await bash.WaitForExitAsync(limit.Token);
        Assert.True(bash.ExitCode == 0, await errors);
        return output;
    }
}
