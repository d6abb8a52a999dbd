using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.SignIn;

/// <summary>What holds for a sign-in that takes an exchange, at any cloud.</summary>
public abstract class SignInTests : SignInFixture
{
    /// <summary>What errors call it.</summary>
    private protected abstract string Cloud { get; }

    /// <summary>The cloud's provider, as the configuration has it.</summary>
    private protected abstract string Provider { get; }

    private protected abstract string Model { get; }

    /// <summary>What the exchange says when it refuses, with <see cref="Secret"/> where it repeats that.</summary>
    private protected abstract ScriptedAnswer Refusal { get; }

    /// <summary>The words of the refusal that an operator needs.</summary>
    private protected abstract string Reason { get; }

    /// <summary>What nobody may read anywhere.</summary>
    private protected abstract string Secret { get; }

    [Fact]
    public async Task Calls_that_come_while_an_exchange_is_under_way_wait_for_it()
    {
        var gate = new TaskCompletionSource();
        await using var exchange = Exchange(_ => Held(Granted(), gate.Task));
        await using var gateway = await StartAsync(Yaml(), Account(exchange));

        var calls = Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()).ToList();
        await Waiting.UntilAsync(() => !exchange.Requests.IsEmpty, "the exchange");
        gate.SetResult();
        await Task.WhenAll(calls);

        Assert.Single(exchange.Requests);
    }

    [Fact]
    public async Task Who_leaves_does_not_take_the_exchange_along()
    {
        var gate = new TaskCompletionSource();
        await using var exchange = Exchange(_ => Held(Granted(), gate.Task));
        await using var gateway = await StartAsync(Yaml(), Account(exchange));
        using var leaving = new CancellationTokenSource();

        var left = gateway.CallAsync(leaving: leaving.Token);
        await Waiting.UntilAsync(() => !exchange.Requests.IsEmpty, "the exchange");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        gate.SetResult();

        await gateway.SucceedAsync();
        Assert.Single(exchange.Requests);
    }

    [Fact]
    public async Task An_exchange_that_fails_sends_calls_elsewhere_and_says_why_to_the_log_only_without_secrets()
    {
        await using var exchange = Exchange(_ => Refusal);
        await using var gateway = await StartAsync(Yaml(), Account(exchange));

        var (status, attempted, _) = await gateway.CallAsync();
        var alone = await gateway.CallAsync("alone");
        await gateway.UntilLoggedAsync($"signing in at {Cloud} failed");

        Assert.Equal(200, status);
        Assert.Equal($"cloud/{Model}:auth,openai/gpt-4o:ok", attempted);
        Assert.InRange(alone.Status, 500, 599);
        Assert.Contains($"could not sign in at {Cloud}", alone.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Reason, alone.Body, StringComparison.Ordinal);
        Assert.Contains(Reason, gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, alone.Body + gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exchange_that_is_silent_costs_a_call_no_more_than_its_own_patience()
    {
        var gate = new TaskCompletionSource();
        await using var exchange = Exchange(_ => Held(Granted(), gate.Task));
        await using var gateway = await StartAsync(Yaml("attempt: 1s"), Account(exchange));

        var (status, attempted, _) = await gateway.CallAsync();
        gate.SetResult();
        await Waiting.UntilAsync(
            async () => (await gateway.CallAsync()).Attempted == $"cloud/{Model}:ok", "the first target again");

        Assert.Equal(200, status);
        Assert.Equal($"cloud/{Model}:timeout,openai/gpt-4o:ok", attempted);
        Assert.Single(exchange.Requests);
    }

    private protected string Yaml(string timeouts = "firstToken: 20s") => Route(Provider, Model, timeouts);

    /// <summary>The server that gives tokens or keys.</summary>
    private protected virtual ScriptedServer Exchange(Func<ScriptedRequest, ScriptedAnswer> answer) => new(answer);

    /// <summary>The variables of an account that is exchanged there.</summary>
    private protected abstract (string Name, string Value)[] Account(ScriptedServer exchange);

    /// <summary>What is granted, for an hour.</summary>
    private protected abstract ScriptedAnswer Granted();
}
