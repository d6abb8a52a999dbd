using Holdfast.Simulator;
using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>
/// A stream that breaks after its first token must raise in the caller's code. The npm client ends normally on a
/// missing end of the connection and raises on an error event; the .NET client does the opposite. So both are sent.
/// </summary>
public sealed class CutStreamTests
{
    private const string Models = """
        models:
          smart: { targets: [{ provider: openai, model: gpt-4o, timeouts: { idle: 300ms } },
                             groq/llama-3.3-70b-versatile] }
          claude: { targets: [{ provider: anthropic, model: claude-sonnet-4-5, timeouts: { idle: 300ms } },
                              groq/llama-3.3-70b-versatile] }
        """;

    public static TheoryData<string, string, string> Cuts
    {
        get
        {
            string[] failures =
            [
                """ "cutAfter": {"share": 1, "how": "fin"} """,
                """ "cutAfter": {"share": 1, "how": "rst"} """,
                """ "cutAfter": {"share": 1, "how": "clean"} """,
                """ "errorMidStream": 1 """,
                """ "badChunk": 1 """,
                """ "stallAfter": 1 """,
            ];
            var rows = new TheoryData<string, string, string>();
            foreach (var failure in failures)
            {
                rows.Add(Dotnet, "openai", failure);
                rows.Add(Npm, "openai", failure);
                rows.Add(Dotnet, "anthropic", failure);
                rows.Add(Npm, "anthropic", failure);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Raises_when_a_stream_breaks_after_its_first_token(string sdk, string provider, string failure)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        // Slow enough for the first token to be with the caller before the stream breaks.
        gateway.Simulator.Set(provider, Behaviour.Parse(
            "{\"tokensPerSecond\": 15, \"failures\": {" + failure + "}}"));
        var (route, upstream) = provider == "openai" ? ("smart", "gpt-4o") : ("claude", "claude-sonnet-4-5");
        var call = new ChatCall(route, "Tell me a long story.") { Stream = true };

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

        Assert.NotNull(outcome.Error);
        Assert.Null(outcome.FinishReason);
        Assert.NotEmpty(outcome.Text);
        var whole = gateway.Simulator.ExpectedAnswer(provider, call.RequestTo(upstream));
        Assert.StartsWith(outcome.Text, whole, StringComparison.Ordinal);
        Assert.NotEqual(whole, outcome.Text);
        Assert.Equal(provider, outcome.Provider);
        if (sdk == Npm)
        {
            Assert.Equal("stream_cut", outcome.Error.Code);
            Assert.Equal("upstream_error", outcome.Error.Type);
        }

        Assert.Equal(1, await gateway.MetricAsync(
            1, "holdfast_attempts_total", $"provider=\"{provider}\"", "outcome=\"cut\""));
        Assert.Equal(0, gateway.Simulator.Counters("groq").Requests);
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Starts_again_elsewhere_when_a_stream_breaks_before_its_first_token(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        foreach (var failure in new[] { "fin", "rst", "clean" })
        {
            gateway.Fail("openai", $$"""
                "cutAfter": {"share": 1, "chunks": 0, "how": "{{failure}}"}
                """);
            var call = new ChatCall("smart", $"Tell me a long story, {failure}.") { Stream = true };

            var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

            Assert.Null(outcome.Error);
            Assert.Equal("groq", outcome.Provider);
            Assert.Equal(gateway.Simulator.ExpectedAnswer("groq", call.RequestTo("llama-3.3-70b-versatile")),
                outcome.Text);
        }
    }
}
