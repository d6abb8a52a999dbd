using System.Text.Json;
using Holdfast.Simulator;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>The configuration file changes while the executable runs.</summary>
[Trait("Category", "Slow")]
public sealed class ReloadTests : CliFixture
{
    private const string Success = "holdfast_config_reload_success 1\n";
    private const string Failure = "holdfast_config_reload_success 0\n";

    [Fact]
    public async Task A_changed_route_is_taken_over_while_calls_run_and_none_is_dropped()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"firstTokenMs\": 20}"));
        Simulator.Set("groq", Behaviour.Parse("{\"firstTokenMs\": 20}"));
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        Assert.Contains(Success, await MetricsAsync(url), StringComparison.Ordinal);

        var calls = Enumerable.Range(0, 4).Select(_ => CallUntilChangedAsync(url)).ToList();
        await Waiting.UntilAsync(() => Simulator.Counters("openai").Requests >= 200, "calls on the old route");
        Configure(Configuration("groq/llama-3"));
        var answered = (await Task.WhenAll(calls)).SelectMany(providers => providers).ToList();

        Assert.True(answered.Count >= 200, $"only {answered.Count} calls");
        Assert.DoesNotContain("none", answered);
        Assert.Equal("groq", await ProviderAsync(url));
        Assert.Contains(Success, await MetricsAsync(url), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_changes_nothing_and_is_told_once_with_its_place()
    {
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();

        Configure(Configuration("openai/gpt-4o, antropic/claude"));
        await Waiting.UntilAsync(async () => (await MetricsAsync(url)).Contains(Failure, StringComparison.Ordinal),
            "the refusal");
        Assert.Equal("openai", await ProviderAsync(url));

        Configure(Configuration("groq/llama-3"));
        await Waiting.UntilAsync(async () => (await MetricsAsync(url)).Contains(Success, StringComparison.Ordinal),
            "the mended file");
        Assert.Equal("groq", await ProviderAsync(url));

        var told = Assert.Single(gateway.Errors, line => line.Contains("antropic", StringComparison.Ordinal));
        var message = JsonDocument.Parse(told).RootElement.GetProperty("message").GetString();
        Assert.Contains("models.smart.targets[1]", message, StringComparison.Ordinal);
        Assert.Contains("holdfast.yaml", message, StringComparison.Ordinal);
        Assert.Contains("defined: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_up_signal_reads_the_file_at_once()
    {
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        Configure(Configuration("groq/llama-3"));

        gateway.Signal(CliProcess.HangUp);
        await Waiting.UntilAsync(async () => await ProviderAsync(url) == "groq", "the new route");

        // Unhandled, the signal would have ended the process.
        Assert.False(gateway.HasExited);
    }

    private async Task<List<string>> CallUntilChangedAsync(Uri url)
    {
        var answered = new List<string>();
        for (var after = 0; after < 25;)
        {
            answered.Add(await ProviderAsync(url));
            after += answered[^1] == "groq" || answered.Count > 2000 ? 1 : 0;
        }

        return answered;
    }
}
