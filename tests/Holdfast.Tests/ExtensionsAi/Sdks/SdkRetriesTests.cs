using Holdfast.Extensions.AI;
using Holdfast.Retrying;
using Holdfast.Tests.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.ExtensionsAi.Sdks;

public class SdkRetriesTests
{
    private static readonly Uri Server = new("http://127.0.0.1:9");

    [Fact]
    public void OpenAIs_retries_left_on_are_warned_of_when_the_client_is_made()
    {
        Assert.Equal(
            (120, "SdkRetriesLeftOn", LogLevel.Warning,
                "chat: a: its SDK repeats up to 3 times by itself, so attempts multiply: "
                + "set RetryPolicy = new ClientRetryPolicy(0) in its OpenAIClientOptions"),
            Assert.Single(Warnings(Sdk.OpenAi(Server, retries: null))));
        Assert.Contains("up to 5 times", Assert.Single(Warnings(Sdk.OpenAi(Server, retries: 5))).Text);
        Assert.Empty(Warnings(Sdk.OpenAi(Server, retries: 0)));
    }

    [Fact]
    public void Anthropics_retries_left_on_are_warned_of_when_the_client_is_made()
    {
        Assert.Equal(
            "chat: a: its SDK repeats up to 2 times by itself, so attempts multiply: "
            + "set MaxRetries = 0 on its AnthropicClient",
            Assert.Single(Warnings(Sdk.Anthropic(Server, retries: null))).Text);
        Assert.Contains("up to 4 times", Assert.Single(Warnings(Sdk.Anthropic(Server, retries: 4))).Text);
        Assert.Empty(Warnings(Sdk.Anthropic(Server, retries: 0)));
    }

    [Fact]
    public void A_client_is_looked_at_through_what_wraps_it()
    {
        Assert.Single(Warnings(new Wrapping(Sdk.OpenAi(Server, retries: null))));
        Assert.Single(Warnings(new Wrapping(Sdk.Anthropic(Server, retries: null))));
    }

    [Fact]
    public void Clients_of_no_sdk_are_not_warned_of() => Assert.Empty(Warnings(ScriptedChatClient.Says("hello")));

    [Fact]
    public async Task Repeats_that_cannot_be_seen_are_warned_of_when_an_exception_tells_and_once()
    {
        using var listening = new Listening("azure");
        using var client = Sdk.Azure(LoopbackServer.Nobody, retries: 2).WithHoldfast(Options(listening), "a");

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAnyAsync<Exception>(() => client.GetResponseAsync("hi").SoonAsync());

        var warning = Assert.Single(listening.Events, one => one.Id == 120);
        Assert.Contains("a: its SDK repeats up to 2 times", warning.Text);
    }

    [Fact]
    public async Task An_exception_with_one_try_tells_of_no_repeats()
    {
        using var listening = new Listening("azure-once");
        using var client = Sdk.Azure(LoopbackServer.Nobody).WithHoldfast(Options(listening), "a");

        await Assert.ThrowsAnyAsync<Exception>(() => client.GetResponseAsync("hi").SoonAsync());

        Assert.DoesNotContain(listening.Events, one => one.Id == 120);
    }

    private static IReadOnlyList<(int Id, string Name, LogLevel Level, string Text)> Warnings(IChatClient client)
    {
        using var listening = new Listening("made");
        using var held = client.WithHoldfast(Options(listening), "a");
        return listening.Events;
    }

    private static HoldfastOptions Options(ILogger logger) =>
        new() { Logger = logger, Retry = new RetryOptions { MaxRetries = 0 } };

    private sealed class Wrapping(IChatClient inner) : DelegatingChatClient(inner);
}
