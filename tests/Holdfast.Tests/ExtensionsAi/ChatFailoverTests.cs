using System.Net;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>Plain calls. No retry waits, unless a test says so.</summary>
public class ChatFailoverTests
{
    private static readonly HttpRequestException Broken = new("busy", null, HttpStatusCode.ServiceUnavailable);

    private readonly ManualTimeProvider _time = new();
    private readonly List<AttemptTrail> _completed = [];

    private HoldfastOptions Options => new()
    {
        Time = _time,
        RandomSeed = 5,
        Retry = new RetryOptions { MaxRetries = 0 },
        OnCompleted = _completed.Add,
    };

    [Fact]
    public async Task A_call_goes_on_to_the_next_client_and_the_answer_tells_the_trail()
    {
        using var client = Client(Throws(Broken), Says("hello"));

        var answer = await client.GetResponseAsync("hi");

        Assert.Equal("hello", answer.Text);
        Assert.Equal("a:server_error,b:ok", answer.GetAttemptTrail()!.ToString());
        Assert.Same(answer.GetAttemptTrail(), answer.AdditionalProperties!["holdfast.attempts"]);
        Assert.Same(answer.GetAttemptTrail(), Assert.Single(_completed));
    }

    [Fact]
    public async Task When_all_clients_fail_the_exception_holds_every_attempt()
    {
        using var client = Client(Throws(Broken), Throws(new TimeoutException()));

        var failed = await Assert.ThrowsAsync<AllModelsFailedException>(() => client.GetResponseAsync("hi"));

        Assert.Equal("a:server_error,b:timeout", failed.Attempts.ToString());
        Assert.Equal("FALLBACK_ERROR", failed.Code);
        Assert.IsType<TimeoutException>(failed.InnerException);
    }

    [Fact]
    public async Task An_open_circuit_is_passed_over_without_asking_its_client()
    {
        var first = Throws(Broken);
        using var client = Client(
            Options with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } }, first, Says("hello"));

        await client.GetResponseAsync("hi");
        var second = await client.GetResponseAsync("hi");

        Assert.Equal(1, first.Calls);
        Assert.Equal("a:circuit_open,b:ok", second.GetAttemptTrail()!.ToString());
        Assert.Equal(CircuitState.Open, client.Targets[0].Breaker.State);
    }

    [Fact]
    public async Task One_client_whose_circuit_is_open_fails_fast()
    {
        var only = Throws(Broken);
        using var client = only.WithHoldfast(
            Options with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } });

        await Assert.ThrowsAsync<RetryExhaustedException>(() => client.GetResponseAsync("hi"));
        var open = await Assert.ThrowsAsync<CircuitOpenException>(() => client.GetResponseAsync("hi"));

        Assert.Equal(("openai/gpt-4o", TimeSpan.FromSeconds(60)), (open.Model, open.RetryAfter));
        Assert.Equal(1, only.Calls);
    }

    [Fact]
    public async Task The_callers_own_mistake_is_passed_on_unchanged_and_ends_the_call()
    {
        var mistake = new HttpRequestException("bad", null, HttpStatusCode.BadRequest);
        var second = Says("hello");
        using var client = Client(Throws(mistake), second);

        var thrown = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetResponseAsync("hi"));

        Assert.Same(mistake, thrown);
        Assert.Equal(0, second.Calls);
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_rate_limited_client_rests_and_is_not_counted_as_failing()
    {
        var limited = new HttpRequestException("slow down", null, HttpStatusCode.TooManyRequests);
        using var client = Client(Throws(limited), Says("hello"));

        await client.GetResponseAsync("hi");
        var next = await client.GetResponseAsync("hi");

        Assert.Equal("a:held,b:ok", next.GetAttemptTrail()!.ToString());
        Assert.Equal(TimeSpan.FromSeconds(1), client.Targets[0].RestsFor);
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_client_with_a_bad_key_is_asked_last_from_then_on()
    {
        var unauthorized = new HttpRequestException("key", null, HttpStatusCode.Unauthorized);
        using var client = Client(Throws(unauthorized), Says("hello"));

        await client.GetResponseAsync("hi");
        var next = await client.GetResponseAsync("hi");

        Assert.Equal("b:ok", next.GetAttemptTrail()!.ToString());
    }

    [Theory]
    [InlineData(HttpStatusCode.PaymentRequired)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task A_client_reset_by_hand_is_asked_first_again(HttpStatusCode status)
    {
        var refused = new HttpRequestException("no", null, status);
        using var client = Client(new ScriptedChatClient(Fails(refused), Line(Text("hi"))), Says("hello"));
        await client.GetResponseAsync("hi");

        client.Targets[0].Reset();
        var next = await client.GetResponseAsync("hi");

        Assert.Equal("a:ok", next.GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task What_a_queue_within_a_client_did_not_let_in_is_not_booked_against_the_client()
    {
        var refused = new AdmissionRefusedException(AdmissionRefusal.QueueFull, TimeSpan.FromSeconds(1));
        var full = Throws(refused);
        using var client = Client(full, Says("hello"));

        for (var i = 0; i < 6; i++)
            await client.GetResponseAsync("hi");

        Assert.Equal("a:saturated,b:ok", _completed[^1].ToString());
        Assert.Same(refused, _completed[^1][0].Exception);
        Assert.Equal((0L, 6), (client.Targets[0].Breaker.GetStatus().FailureCount, full.Calls));
    }

    [Fact]
    public async Task The_callers_cancellation_is_nobodys_failure()
    {
        using var left = new CancellationTokenSource();
        using var client = Client(new ScriptedChatClient(Stalls()), Says("hello"));

        var call = client.GetResponseAsync("hi", cancellationToken: left.Token);
        await left.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(left.Token, thrown.CancellationToken);
        Assert.Equal("a:cancelled", Assert.Single(_completed).ToString());
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_client_that_takes_too_long_is_timed_out_and_the_next_one_answers()
    {
        using var client = Client(new ScriptedChatClient(Stalls()), Says("hello"));

        var call = client.GetResponseAsync("hi");
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("a:timeout,b:ok", (await call).GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task A_client_that_ignores_its_token_is_left_alone()
    {
        var never = new TaskCompletionSource<ChatResponse>();
        using var client = HoldfastChatClient.Create(
            Options, new ChatTarget("a", new DeafChatClient(never.Task)), new ChatTarget("b", Says("hello")));

        var call = client.GetResponseAsync("hi");
        _time.Advance(TimeSpan.FromMinutes(2));
        await AdvanceUntilAsync(call, FailoverLoop.LoserGrace);

        Assert.Equal("a:timeout,b:ok", (await call).GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task The_deadline_of_the_call_is_a_timeout_of_nobody()
    {
        using var client = Client(
            Options with { Timeouts = new TimeoutOptions { Call = TimeSpan.FromSeconds(3) } },
            new ScriptedChatClient(Stalls()), Says("hello"));

        var call = client.GetResponseAsync("hi");
        _time.Advance(TimeSpan.FromSeconds(3));

        var passed = await Assert.ThrowsAsync<ResilienceException>(() => call);
        Assert.Equal(ErrorCategory.Timeout, passed.Category);
        Assert.Equal("a:cancelled", passed.Attempts.ToString());
    }

    [Fact]
    public async Task One_client_is_repeated_within_its_budget()
    {
        var flaky = new ScriptedChatClient(Fails(Broken), Fails(Broken), Line(Text("hello")));
        using var client = flaky.WithHoldfast(Options with { Retry = new RetryOptions { MaxRetries = 2 } }, "m");

        var call = client.GetResponseAsync("hi");
        await AdvanceUntilAsync(call, TimeSpan.FromSeconds(10));

        Assert.Equal("m:server_error,m:server_error,m:ok", (await call).GetAttemptTrail()!.ToString());
        Assert.True((await call).GetAttemptTrail()![1].IsRepeat);
    }

    [Fact]
    public async Task An_empty_answer_and_an_error_inside_an_answer_are_failures()
    {
        using var client = Client(
            new ScriptedChatClient(Line()),
            new ScriptedChatClient(Line(new ChatResponseUpdate(ChatRole.Assistant, [new ErrorContent("overloaded")]))),
            Says("hello"));

        var answer = await client.GetResponseAsync("hi");

        Assert.Equal("a:bad_answer,b:bad_answer,c:ok", answer.GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task A_refusal_is_an_answer()
    {
        var refusal = new ErrorContent("I can't help with that.") { ErrorCode = "Refusal" };
        using var client = Client(
            new ScriptedChatClient(Line(new ChatResponseUpdate(ChatRole.Assistant, [refusal]))), Says("hello"));

        Assert.Equal("a:ok", (await client.GetResponseAsync("hi")).GetAttemptTrail()!.ToString());
    }

    [Fact]
    public async Task Each_client_is_asked_for_its_own_model_and_sees_the_same_messages()
    {
        var (first, second) = (Throws(Broken), Says("hello"));
        using var client = HoldfastChatClient.Create(
            Options, new ChatTarget("a", first) { Model = "gpt-4o" }, new ChatTarget("b", second) { Model = "claude" });
        var options = new ChatOptions { ModelId = "smart", Temperature = 0.5f };

        await client.GetResponseAsync(Once(), options);

        Assert.Equal(("gpt-4o", "claude"), (first.LastOptions!.ModelId, second.LastOptions!.ModelId));
        Assert.Equal((0.5f, "smart"), (second.LastOptions.Temperature, options.ModelId));
        Assert.Equal("hi", Assert.Single(second.LastMessages).Text);
    }

    [Fact]
    public async Task Lower_priority_numbers_are_tried_first()
    {
        using var client = HoldfastChatClient.Create(Options,
            new ChatTarget("a", Says("a")) { Priority = 2 }, new ChatTarget("b", Says("b")) { Priority = 1 });

        Assert.Equal("b", (await client.GetResponseAsync("hi")).Text);
    }

    [Fact]
    public async Task A_race_is_won_by_the_first_answer_and_the_loser_is_cancelled()
    {
        var slow = new ScriptedChatClient(Stalls());
        using var client = Client(Options with { Strategy = FailoverStrategy.Parallel }, slow, Says("hello"));

        var answer = await client.GetResponseAsync("hi");

        Assert.Equal("hello", answer.Text);
        Assert.Equal(0, slow.Open);
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_classifier_that_throws_costs_neither_the_targets_probe_nor_a_timer()
    {
        var flaky = new ScriptedChatClient(Fails(Broken), Fails(new FormatException()), Line(Text("hello")));
        using var client = Client(Options with
        {
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 },
            Classify = thrown => thrown is FormatException ? throw new InvalidCastException("defect") : null,
        }, flaky);

        await Assert.ThrowsAsync<RetryExhaustedException>(() => client.GetResponseAsync("hi"));
        _time.Advance(TimeSpan.FromSeconds(60));
        var armed = _time.Armed;
        await Assert.ThrowsAsync<InvalidCastException>(
            () => client.GetStreamingResponseAsync("hi").ToListAsync().AsTask());

        Assert.Equal(armed, _time.Armed);
        Assert.Equal("hello", (await client.GetResponseAsync("hi")).Text);
    }

    [Fact]
    public void Every_problem_of_options_and_targets_is_named_at_once()
    {
        var options = new HoldfastOptions
        {
            MaxConcurrent = 0, Timeouts = new TimeoutOptions { Adaptive = true }, Retry = new() { MaxRetries = -1 },
        };

        var thrown = Assert.Throws<ArgumentException>(() => HoldfastChatClient.Create(
            options, new ChatTarget("a", Says("x")), new ChatTarget("a", Says("x")) { Weight = -1 }));

        Assert.Contains("maxConcurrent: 0: 1 to 100", thrown.Message);
        Assert.Contains("retry.maxRetries: -1: 0 to 100", thrown.Message);
        Assert.Contains("timeouts.adaptive: true: false", thrown.Message);
        Assert.Contains("targets[1].name: a: a name of its own", thrown.Message);
        Assert.Contains("targets[1].weight: -1: 0 or more", thrown.Message);
        var none = Assert.Throws<ArgumentException>(() => HoldfastChatClient.Create());
        Assert.Contains("targets: none: at least one", none.Message);
    }

    [Fact]
    public void It_owns_its_clients_and_shows_their_services()
    {
        var only = Says("x");
        var client = only.WithHoldfast();

        Assert.Same(client, client.GetService(typeof(HoldfastChatClient)));
        Assert.Equal("openai", ((ChatClientMetadata)client.GetService(typeof(ChatClientMetadata))!).ProviderName);
        client.Dispose();
        Assert.True(only.IsDisposed);
    }

    private static IEnumerable<ChatMessage> Once()
    {
        yield return new ChatMessage(ChatRole.User, "hi");
    }

    private HoldfastChatClient Client(params ScriptedChatClient[] clients) => Client(Options, clients);

    private static HoldfastChatClient Client(HoldfastOptions options, params ScriptedChatClient[] clients) =>
        HoldfastChatClient.Create(options, clients.Select((client, i) => new ChatTarget($"{(char)('a' + i)}", client)));

    /// <summary>Lets the call's waits pass, none of which is longer; its limits are.</summary>
    private async Task AdvanceUntilAsync(Task call, TimeSpan longestWait)
    {
        while (!call.IsCompleted)
        {
            _time.AdvanceToNextWithin(longestWait);
            await Task.Yield();
        }
    }

    /// <summary>Never looks at its token.</summary>
    private sealed class DeafChatClient(Task<ChatResponse> answer) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) => answer;

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
            ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
