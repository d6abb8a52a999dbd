using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Failover;
using Holdfast.Retrying;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>Streams and their commit point.</summary>
public class ChatStreamTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _completed = [];
    private readonly List<string> _seen = [];

    private HoldfastOptions Options => new()
    {
        Time = _time,
        RandomSeed = 5,
        Retry = new RetryOptions { MaxRetries = 0 },
        OnCompleted = trail => _completed.Add(trail.ToString()),
    };

    [Fact]
    public async Task Everything_before_the_first_token_fails_over_and_none_of_it_is_seen()
    {
        var role = new ChatResponseUpdate(ChatRole.Assistant, "") { ResponseId = "lost" };
        using var client = Client(
            new ScriptedChatClient(Fails(new IOException("reset"), role, Text(""))), Says("he", "llo"));

        var updates = await client.GetStreamingResponseAsync("hi").ToListAsync();

        Assert.Equal("hello", updates.ToChatResponse().Text);
        Assert.DoesNotContain(updates, update => update.ResponseId == "lost");
        Assert.Equal("a:refused,b:ok", updates[0].GetAttemptTrail()!.ToString());
        Assert.Null(updates[1].GetAttemptTrail());
        Assert.Equal("a:refused,b:ok", Assert.Single(_completed));
    }

    [Fact]
    public async Task A_stream_cut_after_its_first_token_ends_in_an_exception_with_the_trail()
    {
        var second = Says("never");
        using var client = Client(new ScriptedChatClient(Fails(new IOException("reset"), Text("hel"))), second);

        var cut = await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(client));

        Assert.Equal(["hel"], _seen);
        Assert.Equal(("a", "a:cut", "NETWORK_ERROR"), (cut.Model, cut.Attempts.ToString(), cut.Code));
        Assert.IsType<IOException>(cut.InnerException);
        Assert.Equal(0, second.Calls);
        Assert.Equal(1, client.Targets[0].Breaker.GetStatus().FailureCount);
        Assert.Equal("a:cut", Assert.Single(_completed));
    }

    [Fact]
    public async Task A_function_call_is_a_token_and_is_never_asked_for_again()
    {
        var call = new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("1", "pay")]);
        var (first, second) = (new ScriptedChatClient(Fails(new IOException("reset"), call)), Says("never"));
        using var client = Client(Options with { Retry = new RetryOptions() }, first, second);

        await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(client));

        Assert.Equal((1, 0), (first.Calls, second.Calls));
    }

    [Fact]
    public async Task Reasoning_and_a_lone_finish_reason_commit_too()
    {
        var reasoning = new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("hm")]);
        using var first = Client(new ScriptedChatClient(Fails(new IOException(), reasoning)), Says("never"));
        using var second = Client(new ScriptedChatClient(Line(Finish(ChatFinishReason.ContentFilter))), Says("never"));

        await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(first));
        var updates = await second.GetStreamingResponseAsync("hi").ToListAsync();

        Assert.Equal(ChatFinishReason.ContentFilter, Assert.Single(updates).FinishReason);
    }

    [Fact]
    public async Task Empty_streams_and_errors_in_a_stream_fail_over()
    {
        var error = new ChatResponseUpdate(ChatRole.Assistant, [new ErrorContent("overloaded")]);
        var usage = new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails())]);
        using var client = Client(new ScriptedChatClient(Line(error)), new ScriptedChatClient(Line(usage)), Says("ok"));

        await ReadAsync(client);

        Assert.Equal("a:bad_answer,b:bad_answer,c:ok", Assert.Single(_completed));
    }

    [Fact]
    public async Task An_error_that_text_follows_is_part_of_the_answer_as_in_a_plain_call()
    {
        var error = new ChatResponseUpdate(ChatRole.Assistant, [new ErrorContent("search is down")]);
        var client = new ScriptedChatClient(Line(error, Text("hello")));
        using var held = Client(client, Says("never"));

        var updates = await held.GetStreamingResponseAsync("hi").ToListAsync();
        var plain = await held.GetResponseAsync("hi");

        Assert.Equal(["a:ok", "a:ok"], _completed);
        var passedOn = updates.SelectMany(update => update.Contents).OfType<ErrorContent>();
        Assert.Equal("search is down", Assert.Single(passedOn).Message);
        Assert.Equal("hello", plain.Text);
    }

    [Fact]
    public async Task An_error_with_a_finish_reason_alone_is_no_answer_and_says_why()
    {
        var error = new ChatResponseUpdate(ChatRole.Assistant, [new ErrorContent("overloaded")]);
        using var client = Client(
            new ScriptedChatClient(Line(error, Finish(ChatFinishReason.Stop))), Says("ok"));

        var updates = await client.GetStreamingResponseAsync("hi").ToListAsync();

        Assert.Equal("a:bad_answer,b:ok", Assert.Single(_completed));
        Assert.Equal("the answer is an error: overloaded", updates[0].GetAttemptTrail()![0].Message);
    }

    [Fact]
    public async Task A_stream_without_a_first_token_in_time_fails_over()
    {
        using var client = Client(new ScriptedChatClient(Stalls(Text(""))), Says("ok"));

        var reading = ReadAsync(client);
        _time.Advance(TimeSpan.FromSeconds(60));
        await reading;

        Assert.Equal("a:timeout,b:ok", Assert.Single(_completed));
    }

    [Fact]
    public async Task A_stream_that_falls_silent_after_its_first_token_is_cut()
    {
        using var client = Client(new ScriptedChatClient(Stalls(Text("hel"))), Says("never"));

        var reading = ReadAsync(client);
        _time.Advance(TimeSpan.FromSeconds(60));

        var cut = await Assert.ThrowsAsync<ResilienceException>(() => reading);
        Assert.Equal((ErrorCategory.Timeout, "a:cut"), (cut.Category, cut.Attempts.ToString()));
    }

    [Fact]
    public async Task A_slow_reader_is_no_silence_of_the_client()
    {
        using var client = Client(Says("he", "llo"));

        await foreach (var update in client.GetStreamingResponseAsync("hi"))
        {
            _seen.Add(update.Text);
            _time.Advance(TimeSpan.FromMinutes(3));
        }

        Assert.Equal(["he", "llo"], _seen);
    }

    [Fact]
    public async Task A_missing_finish_reason_is_an_end_unless_it_is_required()
    {
        using var trusting = Client(Says("hello"));
        using var strict = Client(Options with { RequireFinishReason = true }, Says("hello"));
        using var whole = Client(Options with { RequireFinishReason = true },
            new ScriptedChatClient(Line(Text("hello"), Finish(ChatFinishReason.Stop))));

        await ReadAsync(trusting);
        await ReadAsync(whole);
        var cut = await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(strict));

        Assert.Contains("without a finish reason", cut.Message);
        Assert.Equal("a:cut", cut.Attempts.ToString());
    }

    [Fact]
    public async Task A_caller_that_leaves_within_a_stream_is_nobodys_failure()
    {
        var client = new ScriptedChatClient(Stalls(Text("hel")));
        using var held = Client(client);
        using var left = new CancellationTokenSource();

        var reading = ReadAsync(held, left.Token);
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal((0, "a:cancelled"), (client.Open, Assert.Single(_completed)));
        Assert.Equal(0, held.Targets[0].Breaker.GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_caller_that_stops_reading_closes_the_stream_below()
    {
        var client = new ScriptedChatClient(Stalls(Text("hel")));
        using var held = Client(client);

        await foreach (var _ in held.GetStreamingResponseAsync("hi"))
            break;

        Assert.Equal((0, "a:cancelled"), (client.Open, Assert.Single(_completed)));
    }

    [Fact]
    public async Task Streams_that_break_after_their_first_token_open_the_circuit()
    {
        using var client = Client(Options with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 } },
            new ScriptedChatClient(Fails(new IOException(), Text("hel"))));

        await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(client));
        await Assert.ThrowsAsync<ResilienceException>(() => ReadAsync(client));

        await Assert.ThrowsAsync<CircuitOpenException>(() => ReadAsync(client));
    }

    [Fact]
    public async Task Thousands_of_cancelled_races_leak_no_stream_and_no_permit()
    {
        const int Seed = 20261121;
        var random = new Random(Seed);
        var clients = Enumerable.Range(0, 3)
            .Select(_ => new ScriptedChatClient(token => FateAsync(random, token))).ToArray();
        using var client = Client(Options with { Strategy = FailoverStrategy.Parallel }, clients);

        for (var i = 0; i < 3000; i++)
        {
            using var left = new CancellationTokenSource();
            var reading = ReadAsync(client, left.Token);
            if (Draw(random, 2) == 0)
                await left.CancelAsync();
            while (!reading.IsCompleted)
            {
                _time.Advance(TimeSpan.FromSeconds(20));
                await Task.Yield();
            }

            Assert.True(reading.IsCompletedSuccessfully || reading.IsCanceled
                || reading.Exception!.InnerException is ResilienceException, $"seed {Seed}, call {i}");
            foreach (var target in client.Targets)
                target.Breaker.Reset();
        }

        // What lost ends on threads of its own, its stream first and then its clock.
        Soon.Until(() => clients.All(one => one.Open == 0) && _time.Armed == 0);
        Assert.Equal(3000, _completed.Count);
    }

    private static IAsyncEnumerable<ChatResponseUpdate> FateAsync(Random random, CancellationToken token) =>
        Draw(random, 5) switch
        {
            0 => Fails(new IOException())(token),
            1 => Fails(new IOException(), Text("x"))(token),
            2 => Stalls()(token),
            3 => Stalls(Text("x"))(token),
            _ => Line(Text("x"), Text("y"))(token),
        };

    private static int Draw(Random random, int below)
    {
        lock (random)
            return random.Next(below);
    }

    private async Task ReadAsync(HoldfastChatClient client, CancellationToken cancellation = default)
    {
        await foreach (var update in client.GetStreamingResponseAsync("hi", cancellationToken: cancellation))
            _seen.Add(update.Text);
    }

    private HoldfastChatClient Client(params ScriptedChatClient[] clients) => Client(Options, clients);

    private static HoldfastChatClient Client(HoldfastOptions options, params ScriptedChatClient[] clients) =>
        HoldfastChatClient.Create(options, clients.Select((client, i) => new ChatTarget($"{(char)('a' + i)}", client)));
}
