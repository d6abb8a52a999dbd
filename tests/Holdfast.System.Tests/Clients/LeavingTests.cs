using Holdfast.CircuitBreaking;
using Holdfast.Simulator;
using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>A caller that leaves takes its upstream call along, and nobody is blamed for it.</summary>
public sealed class LeavingTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o, groq/llama-3.3-70b-versatile] }
          claude: { targets: [anthropic/claude-sonnet-4-5, groq/llama-3.3-70b-versatile] }
        """;

    /// <summary>What is promised between a caller's leaving and the end of the call upstream.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    /// <summary>On top, so that a machine that is busy with other things fails no test.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>
    /// So long .NET's HTTP handler reads on before it closes the connection of a stream that its caller has left
    /// (<c>SocketsHttpHandler.ResponseDrainTimeout</c>); only then a gateway can know.
    /// </summary>
    private static readonly TimeSpan Draining = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(Dotnet, false, "TaskCanceledException")]
    [InlineData(Dotnet, true, "TaskCanceledException")]
    [InlineData(Npm, false, "APIConnectionTimeoutError")]
    [InlineData(Npm, true, "APIConnectionTimeoutError")]
    public async Task Ends_the_upstream_call_of_a_caller_whose_patience_has_ended(
        string sdk, bool stream, string exception)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("openai", "\"silent\": 1");
        // Long enough for the call to get to the provider on a busy machine: one that never did can't be ended there.
        var settings = new ClientSettings(gateway.Url) { Timeout = TimeSpan.FromMilliseconds(1500) };

        var outcome = await AskAsync(sdk, settings, new ChatCall("smart", "Hello.") { Stream = stream });

        Assert.Equal(exception, outcome.Error?.Name);
        await AssertForgottenAsync(gateway, "openai", "gpt-4o", Promised);
        // Nothing came, so it is no success either: the permit was given back.
        Assert.Equal(0, gateway.Target("openai", "gpt-4o").Breaker.GetStatus().SuccessCount);
    }

    [Theory]
    [InlineData(Dotnet, "openai", "OperationCanceledException")]
    [InlineData(Npm, "openai", null)]
    [InlineData(Dotnet, "anthropic", "OperationCanceledException")]
    [InlineData(Npm, "anthropic", null)]
    public async Task Ends_the_upstream_stream_of_a_caller_that_stops_reading(
        string sdk, string provider, string? exception)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Simulator.Set(provider, Behaviour.Parse("""{"tokensPerSecond": 40, "outputTokens": 2000}"""));
        var (route, upstream) = provider == "openai" ? ("smart", "gpt-4o") : ("claude", "claude-sonnet-4-5");
        var call = new ChatCall(route, "Tell me everything.") { Stream = true, AbortAfterChunks = 5 };

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

        // The npm client ends an aborted stream quietly: the caller knows that it has left.
        Assert.Equal(exception, outcome.Error?.Name);
        Assert.NotEmpty(outcome.Text);
        await AssertForgottenAsync(
            gateway, provider, upstream, sdk == Dotnet ? Promised + Draining : Promised);
        if (provider == "anthropic")
        {
            // It counts the prompt at the beginning; what is known by the caller's leaving is booked.
            Assert.True(await gateway.MetricAsync(1, "holdfast_tokens_total", "kind=\"input\"") > 0);
        }
    }

    private static async Task AssertForgottenAsync(
        RunningGateway gateway, string provider, string model, TimeSpan limit)
    {
        await RunningGateway.UntilAsync(() => gateway.Simulator.Counters(provider) is { ClientGone: 1, InFlight: 0 },
            "the end of the call upstream", limit + Slack);
        await RunningGateway.UntilAsync(
            () => gateway.Log.Any(line => line.Contains("outcome=cancelled", StringComparison.Ordinal)),
            "the call's line in the log", TimeSpan.FromSeconds(20));
        var circuit = gateway.Target(provider, model).Breaker.GetStatus();
        Assert.Equal((CircuitState.Closed, 0, 0),
            (circuit.State, circuit.FailureCount, circuit.ConsecutiveFailures));
        Assert.Equal(1, await gateway.MetricAsync(
            1, "holdfast_attempts_total", $"provider=\"{provider}\"", "outcome=\"cancelled\""));
        Assert.Equal(0, gateway.Simulator.Counters("groq").Requests);
    }
}
