using Holdfast.Simulator;
using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>Good answers, as callers with an official SDK get them.</summary>
public sealed class AnswerTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
        """;

    [Theory]
    [InlineData(Dotnet, "smart", "openai", "gpt-4o", false)]
    [InlineData(Dotnet, "smart", "openai", "gpt-4o", true)]
    [InlineData(Npm, "smart", "openai", "gpt-4o", false)]
    [InlineData(Npm, "smart", "openai", "gpt-4o", true)]
    [InlineData(Dotnet, "claude", "anthropic", "claude-sonnet-4-5", false)]
    [InlineData(Dotnet, "claude", "anthropic", "claude-sonnet-4-5", true)]
    [InlineData(Npm, "claude", "anthropic", "claude-sonnet-4-5", false)]
    [InlineData(Npm, "claude", "anthropic", "claude-sonnet-4-5", true)]
    public async Task Hands_over_the_whole_answer_and_says_who_gave_it(
        string sdk, string model, string provider, string upstream, bool stream)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var call = new ChatCall(model, "Why do bridges stand?") { Stream = stream };

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

        Assert.Null(outcome.Error);
        Assert.Equal(gateway.Simulator.ExpectedAnswer(provider, call.RequestTo(upstream)), outcome.Text);
        Assert.Equal("stop", outcome.FinishReason);
        Assert.Equal(provider, outcome.Provider);
        Assert.Equal(upstream, outcome.Headers["x-holdfast-model"]);
        Assert.Equal("false", outcome.Headers["x-holdfast-fallback"]);
    }

    [Theory]
    [InlineData(Dotnet, "smart", "openai", "gpt-4o")]
    [InlineData(Npm, "smart", "openai", "gpt-4o")]
    [InlineData(Dotnet, "claude", "anthropic", "claude-sonnet-4-5")]
    [InlineData(Npm, "claude", "anthropic", "claude-sonnet-4-5")]
    public async Task Keeps_characters_of_several_bytes_whole_though_the_network_splits_them(
        string sdk, string model, string provider, string upstream)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Simulator.Set(provider, Behaviour.Parse("""
            {"splitUtf8": true, "comments": true, "tokensPerSecond": 5000, "outputTokens": 300}
            """));
        var calls = Enumerable.Range(0, 6).Select(number => new ChatCall(model, $"Größe, 日本語, \"👩‍🚀\" \\ {number}?")
        {
            Stream = number % 2 == 0,
        }).ToList();

        var outcomes = await Named(sdk).AskAsync(new ClientSettings(gateway.Url), calls, parallel: 3);

        var expected = calls.Select(call => gateway.Simulator.ExpectedAnswer(provider, call.RequestTo(upstream)));
        Assert.Equal(expected, outcomes.Select(outcome => outcome.Text));
        Assert.Contains(outcomes, outcome => outcome.Text.Any(character => character > 0xFF));
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Falls_over_to_the_next_provider_without_the_caller_noticing(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(
            "models: { smart: { targets: [openai/gpt-4o, anthropic/claude-sonnet-4-5] } }");
        gateway.Fail("openai", "\"errorIn200\": 1");
        ChatCall[] calls = [new("smart", "Who are you?"), new("smart", "Who are you?") { Stream = true }];

        var outcomes = await Named(sdk).AskAsync(new ClientSettings(gateway.Url), calls);

        var expected = gateway.Simulator.ExpectedAnswer("anthropic", calls[0].RequestTo("claude-sonnet-4-5"));
        Assert.All(outcomes, outcome =>
        {
            Assert.Null(outcome.Error);
            Assert.Equal(expected, outcome.Text);
            Assert.Equal("true", outcome.Headers["x-holdfast-fallback"]);
        });
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Takes_a_stream_without_its_end_marker_for_whole_once_it_has_its_finish_reason(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("openai", "\"noDone\": 1");
        var call = new ChatCall("smart", "Where does a river end?") { Stream = true };

        var outcome = await AskAsync(sdk, new ClientSettings(gateway.Url), call);

        Assert.Null(outcome.Error);
        Assert.Equal(gateway.Simulator.ExpectedAnswer("openai", call.RequestTo("gpt-4o")), outcome.Text);
        Assert.Equal("stop", outcome.FinishReason);
    }

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Passes_on_that_an_answer_was_shortened(string sdk)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        ChatCall[] calls = [.. new[] { "smart", "claude" }.SelectMany(model => new[] { false, true }, (model, stream) =>
            new ChatCall(model, "Tell me everything.") { Stream = stream, MaxTokens = 5 })];

        var outcomes = await Named(sdk).AskAsync(new ClientSettings(gateway.Url), calls);

        Assert.All(outcomes, outcome => Assert.Equal("length", outcome.FinishReason));
    }
}
