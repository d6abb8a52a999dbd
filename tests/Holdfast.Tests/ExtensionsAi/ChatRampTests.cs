using System.Net;
using Holdfast.CircuitBreaking;
using Holdfast.Extensions.AI;
using Holdfast.Retrying;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>A client that has come back gets its calls back in steps.</summary>
public class ChatRampTests
{
    private const int Seed = 5;

    private readonly ManualTimeProvider _time = new();

    private HoldfastOptions Options => new()
    {
        Time = _time,
        RandomSeed = Seed,
        Retry = new RetryOptions { MaxRetries = 0 },
        CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1, SuccessThreshold = 1 },
    };

    [Fact]
    public async Task A_client_whose_circuit_has_closed_leads_only_a_share_of_the_calls_at_first()
    {
        var first = Recovers();
        using var client = HoldfastChatClient.Create(
            Options, new ChatTarget("a", first), new ChatTarget("b", Says("b")));
        await RecoverAsync(client);

        var atOnce = await LedAsync(client, first);
        _time.Advance(TimeSpan.FromSeconds(30));
        var later = await LedAsync(client, first);

        Assert.True(atOnce is > 0 and < 50, $"seed {Seed}: {atOnce} of 200");
        Assert.Equal(200, later);
    }

    [Fact]
    public async Task A_client_that_ramps_up_is_still_asked_when_the_others_fail()
    {
        var first = Recovers();
        using var client = HoldfastChatClient.Create(Options, new ChatTarget("a", first),
            new ChatTarget("b", new ScriptedChatClient(Line(Text("b")), Fails(Broken))));
        await RecoverAsync(client);

        Assert.Equal(20, await LedAsync(client, first, 20));
    }

    [Fact]
    public async Task A_circuit_closed_by_hand_gives_all_calls_back_at_once()
    {
        var first = Recovers();
        using var client = HoldfastChatClient.Create(
            Options, new ChatTarget("a", first), new ChatTarget("b", Says("b")));

        await client.GetResponseAsync("hi");
        client.Targets[0].Breaker.Reset();

        Assert.Equal(200, await LedAsync(client, first));
    }

    private static HttpRequestException Broken => new("busy", null, HttpStatusCode.ServiceUnavailable);

    private static ScriptedChatClient Recovers() => new(Fails(Broken), Line(Text("a")));

    private async Task RecoverAsync(HoldfastChatClient client)
    {
        await client.GetResponseAsync("hi");
        _time.Advance(TimeSpan.FromSeconds(60));
        await client.GetResponseAsync("hi");
        Assert.Equal(CircuitState.Closed, client.Targets[0].Breaker.State);
    }

    private static async Task<int> LedAsync(HoldfastChatClient client, ScriptedChatClient first, int calls = 200)
    {
        var before = first.Calls;
        for (var i = 0; i < calls; i++)
            await client.GetResponseAsync("hi");
        return first.Calls - before;
    }
}
