using Holdfast.Extensions.AI;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Tests.Telemetry;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>Which clients are asked, in which order and how many at once. The seed of every draw is 5.</summary>
public class ChatStrategyTests
{
    private static readonly HedgeBudgetOptions Always = new() { MaxShare = 1 };

    private readonly ManualTimeProvider _time = new();

    private HoldfastOptions Options => new()
    {
        Time = _time,
        RandomSeed = 5,
        Retry = new RetryOptions { MaxRetries = 0 },
    };

    [Fact]
    public async Task A_second_client_is_asked_beside_one_that_is_slower_than_it_used_to_be()
    {
        using var listening = new Listening("chat-hedged");
        var (slow, quick) = (SlowAfter(20), Says("from b"));
        using var client = Client(
            Options with { Hedge = Always, Name = "chat-hedged", Logger = listening }, slow, quick);
        await AskAsync(client, 20);

        var call = client.GetResponseAsync("hi");
        Assert.Equal(0, quick.Calls);
        AdvanceUntilAsked(quick);

        var answer = await call.SoonAsync();
        Assert.Equal(("from b", 0), (answer.Text, slow.Open));
        Assert.Equal("b:ok,a:cancelled", answer.GetAttemptTrail()!.ToString());
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().FailureCount);
        Assert.Contains("holdfast.hedges 1", listening.Measured);
        Assert.Contains(listening.Events, one => one is (113, "HedgeStarted", _, _));
    }

    [Fact]
    public async Task A_stream_is_hedged_until_its_first_token_and_only_one_is_seen()
    {
        var (slow, quick) = (SlowAfter(20), Says("from ", "b"));
        using var client = Client(Options with { Hedge = Always }, slow, quick);
        await AskAsync(client, 20);

        var reading = client.GetStreamingResponseAsync("hi").ToListAsync().AsTask();
        AdvanceUntilAsked(quick);

        Assert.Equal("from b", (await reading.SoonAsync()).ToChatResponse().Text);
        Assert.Equal((0, 0), (slow.Open, quick.Open));
    }

    [Fact]
    public async Task Nothing_is_hedged_before_twenty_answers_have_told_how_long_one_takes()
    {
        var (slow, quick) = (SlowAfter(19), Says("from b"));
        using var client = Client(Options with { Hedge = Always }, slow, quick);
        await AskAsync(client, 19);

        var call = client.GetResponseAsync("hi");
        _time.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal((false, 0), (call.IsCompleted, quick.Calls));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("a:timeout,b:ok", (await call.SoonAsync()).GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task Weights_decide_how_often_a_client_comes_first()
    {
        var (heavy, light, never) = (Says("a"), Says("b"), Says("c"));
        using var client = HoldfastChatClient.Create(Options with { Strategy = FailoverStrategy.Weighted },
            new ChatTarget("a", heavy) { Weight = 3 }, new ChatTarget("b", light),
            new ChatTarget("c", never) { Weight = 0 });

        await AskAsync(client, 400);

        Assert.Equal((400, 0), (heavy.Calls + light.Calls, never.Calls));
        Assert.InRange(heavy.Calls, 260, 340);
    }

    [Fact]
    public async Task A_client_without_weight_is_asked_when_all_others_fail()
    {
        using var client = HoldfastChatClient.Create(Options with { Strategy = FailoverStrategy.Weighted },
            new ChatTarget("a", Says("last resort")) { Weight = 0 }, new ChatTarget("b", Throws(new IOException())));

        var answer = await client.GetResponseAsync("hi");

        Assert.Equal("b:refused,a:ok", answer.GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task Random_asks_every_client_about_as_often()
    {
        ScriptedChatClient[] clients = [Says("a"), Says("b"), Says("c"), Says("d")];
        using var client = Client(Options with { Strategy = FailoverStrategy.Random }, clients);

        await AskAsync(client, 400);

        Assert.All(clients, one => Assert.InRange(one.Calls, 70, 130));
    }

    [Fact]
    public async Task Fastest_starts_all_clients_whatever_parallel_may()
    {
        ScriptedChatClient[] clients = [new(Stalls()), new(Stalls()), new(Stalls()), Says("d")];
        using var client = Client(
            Options with { Strategy = FailoverStrategy.Fastest, MaxConcurrent = 1 }, clients);

        Assert.Equal("d", (await client.GetResponseAsync("hi").SoonAsync()).Text);
        Assert.All(clients, one => Assert.Equal(1, one.Calls));
    }

    [Fact]
    public async Task Parallel_asks_no_more_at_once_than_it_may()
    {
        var (first, second, third) = (new ScriptedChatClient(Stalls()), new ScriptedChatClient(Stalls()), Says("c"));
        using var client = Client(
            Options with { Strategy = FailoverStrategy.Parallel, MaxConcurrent = 2 }, first, second, third);

        var call = client.GetResponseAsync("hi");
        Assert.Equal((1, 1, 0), (first.Open, second.Open, third.Calls));
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("c", (await call.SoonAsync()).Text);
    }

    [Fact]
    public async Task A_race_of_function_calls_hands_over_one_of_them()
    {
        using var client = Client(Options with { Strategy = FailoverStrategy.Parallel },
            new ScriptedChatClient(Line(Call("a"))), new ScriptedChatClient(Line(Call("b"))));

        var updates = await client.GetStreamingResponseAsync("hi").ToListAsync();

        var seen = updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>();
        Assert.Equal("a", Assert.Single(seen).CallId);
    }

    [Fact]
    public async Task A_caller_that_leaves_a_race_ends_all_of_it()
    {
        var (first, second) = (new ScriptedChatClient(Stalls()), new ScriptedChatClient(Stalls()));
        using var client = Client(Options with { Strategy = FailoverStrategy.Parallel }, first, second);
        using var left = new CancellationTokenSource();

        var call = client.GetResponseAsync("hi", cancellationToken: left.Token);
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.SoonAsync());
        Assert.Equal((0, 0), (first.Open, second.Open));
        Assert.All(client.Targets, target => Assert.Equal(0, target.Breaker.GetStatus().FailureCount));
    }

    [Fact]
    public async Task A_caller_that_has_left_already_costs_no_request()
    {
        var only = Says("hello");
        using var client = Client(Options, only);
        using var left = new CancellationTokenSource();
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.GetResponseAsync("hi", cancellationToken: left.Token));

        Assert.Equal(0, only.Calls);
    }

    private static ChatResponseUpdate Call(string id) =>
        new(ChatRole.Assistant, [new FunctionCallContent(id, "pay")]);

    private static async Task AskAsync(HoldfastChatClient client, int times)
    {
        for (var i = 0; i < times; i++)
            await client.GetResponseAsync("hi");
    }

    // And no further: what a winner waits for its losers is in the same time.
    private void AdvanceUntilAsked(ScriptedChatClient client)
    {
        for (var i = 0; client.Calls == 0 && i < 200; i++)
            _time.Advance(TimeSpan.FromMilliseconds(10));
    }

    /// <summary>Takes a second for each of its first answers, and for ever from then on.</summary>
    private ScriptedChatClient SlowAfter(int answers) =>
        new([.. Enumerable.Repeat(Taking(1), answers), Stalls()]);

    private ScriptedChatClient Takes(double seconds) => new(Taking(seconds));

    private Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Taking(double seconds) => _ =>
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return new[] { Text("hello") }.ToAsyncEnumerable();
    };

    private static HoldfastChatClient Client(HoldfastOptions options, params ScriptedChatClient[] clients) =>
        HoldfastChatClient.Create(options, clients.Select((client, i) => new ChatTarget($"{(char)('a' + i)}", client)));
}
