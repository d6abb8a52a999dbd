using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Routes that say what a good answer is, as calls through the dispatcher see them.</summary>
public sealed class ValidatedRouteTests : IDisposable
{
    private const string Long = """{"choices":[{"index":0,"message":{"content":"Hello there"}}]}""";

    private const string FirstToken = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","role":"assistant","usage":{"input_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}


        """;

    private static readonly string LongPart = ClientFixture.Hi.Replace("Hi", "Hello there", StringComparison.Ordinal);

    private readonly Gateway _gateway = new();

    public ValidatedRouteTests() => Validate(new ValidationOptions { MinLength = 5 });

    [Fact]
    public async Task An_answer_that_is_not_good_fails_over()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 200);
        await _gateway.AnswerAsync("b", 200, Long);

        using var answer = (await call).Answer;

        Assert.Equal(Long, Encoding.UTF8.GetString(answer!.Body.Span));
        Assert.Equal(("a/x:bad_answer,b/x:ok", true), (_gateway.Trail, _gateway.Record.FellBack));
    }

    [Fact]
    public async Task It_counts_against_the_breaker_and_its_tokens_are_booked()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1 };
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 200);
        await _gateway.AnswerAsync("b", 200, Long);
        using var answer = (await call).Answer;

        var failed = _gateway.Record.Attempts[0];

        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);
        Assert.Equal((ErrorCategory.Validation, "VALIDATION_ERROR"),
            (failed.Outcome.Rule().Category, failed.Outcome.Rule().Category.Code()));
        Assert.Equal((5, "the text has fewer than 5 characters"), ((int)failed.Usage.Input, failed.Validation));
    }

    [Fact]
    public async Task When_no_answer_is_good_the_caller_hears_why()
    {
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 200);

        var error = (await call).Error!;

        Assert.Equal((502, "all_targets_failed"), (error.Status, error.Code));
        Assert.EndsWith("bad_answer: the answer failed validation: the text has fewer than 5 characters",
            error.Message);
    }

    [Fact]
    public async Task The_log_says_why_without_the_answers_words()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 200);
        await _gateway.AnswerAsync("b", 200, Long);
        using var answer = (await call).Answer;
        var log = new CapturedLog<CallLog>();

        new CallLog(log).OnCompleted(_gateway.Record);

        Assert.EndsWith("validation=a/x: the text has fewer than 5 characters", Assert.Single(log.Lines).Text);
    }

    [Fact]
    public async Task A_stream_is_held_back_until_it_is_whole_and_good()
    {
        var call = _gateway.With("a").With("b").CallAsync(ChatCall.Streamed);
        var bad = await _gateway["a"].RequestAsync();
        await bad.BeginStreamAsync(ClientFixture.Role, ClientFixture.Hi, ClientFixture.Stop, ClientFixture.Done);
        var good = await _gateway["b"].RequestAsync();
        await good.BeginStreamAsync(ClientFixture.Role, LongPart);
        Assert.False(call.IsCompleted);
        await good.SendAsync(ClientFixture.Stop + ClientFixture.Done);

        using var lease = (await call).Stream!;

        using var more = new PooledBuffer();
        Assert.Equal(ClientFixture.Role + LongPart + ClientFixture.Stop + ClientFixture.Done,
            Encoding.UTF8.GetString(lease.Opening.Span));
        Assert.Equal(StreamStep.Complete, await lease.ReadAsync(more));
        Assert.Equal((0, "a/x:bad_answer,b/x:ok", Outcome.Ok),
            (more.Length, _gateway.Trail, _gateway.Record.Outcome));
    }

    [Fact]
    public async Task A_stream_that_is_cut_while_it_is_held_back_fails_over()
    {
        var call = _gateway.With("a").With("b").CallAsync(ChatCall.Streamed);
        var cut = await _gateway["a"].RequestAsync();
        await cut.BeginStreamAsync(LongPart);
        cut.Fin();
        var good = await _gateway["b"].RequestAsync();
        await good.BeginStreamAsync(LongPart, ClientFixture.Stop, ClientFixture.Done);

        using var lease = (await call).Stream;

        Assert.NotNull(lease);
        Assert.Equal("a/x:bad_answer,b/x:ok", _gateway.Trail);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rate_limit_inside_a_held_back_stream_cools_its_target_down(bool afterFirstToken)
    {
        await BrokenAsync("rate_limit_error", afterFirstToken);

        Assert.Equal("a/x:rate_limited", _gateway.Trail);
        Assert.Equal(_gateway.Retry.BaseDelay, _gateway.States.All.Single().Cooldown.Remaining);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_quota_end_inside_a_held_back_stream_holds_its_key(bool afterFirstToken)
    {
        await BrokenAsync("billing_error", afterFirstToken);

        Assert.Equal("a/x:quota", _gateway.Trail);
        Assert.True(_gateway.Routes.Find("m")!.Targets[0].Provider.Keys.AllHeld);
    }

    [Fact]
    public async Task A_stream_larger_than_is_checked_is_a_bad_answer()
    {
        Validate(new ValidationOptions { MinLength = 5, MaxBytes = 1_000 });
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var endless = await _gateway["a"].RequestAsync();
        await endless.BeginStreamAsync([.. Enumerable.Repeat(LongPart, 20)]);

        Assert.Contains("the answer is larger than 1000 bytes, the most that is checked", (await call).Error!.Message);
        await endless.ClosedAsync();
        Assert.Equal(1, _gateway.Breaker("a").GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_stream_goes_through_at_its_first_token_where_the_route_skips_streams()
    {
        Validate(new ValidationOptions { MinLength = 5, BuffersStreams = false });
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);

        using var lease = (await call).Stream!;

        Assert.Equal(ClientFixture.Hi, Encoding.UTF8.GetString(lease.Opening.Span));
    }

    [Fact]
    public async Task A_probe_whose_answer_is_not_good_opens_the_circuit_again()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1, SuccessThreshold = 1 };
        var fails = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await fails;
        _gateway.Time.Advance(_gateway.Circuit.RecoveryTimeout + TimeSpan.FromSeconds(1));

        var probe = _gateway.CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi, ClientFixture.Stop, ClientFixture.Done);
        await probe;

        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);
    }

    [Fact]
    public async Task In_a_race_only_a_good_answer_wins()
    {
        var change = _gateway.RouteChange;
        _gateway.RouteChange = route => change(route) with { Strategy = FailoverStrategy.Parallel };
        var call = _gateway.With("a").With("b").CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        await _gateway.AnswerAsync("b", 200);
        await slow.AnswerAsync(200, Long);

        using var answer = (await call).Answer;

        Assert.Equal("a", _gateway.Record.Winner!.Provider);
    }

    [Fact]
    public async Task A_caller_that_leaves_while_a_stream_is_held_back_harms_nobody()
    {
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(LongPart);
        await _gateway.Caller.CancelAsync();

        Assert.Equal(499, (await call).Error!.Status);
        await server.ClosedAsync();
        Assert.Equal((0, "a/x:cancelled"), (_gateway.Breaker("a").GetStatus().FailureCount, _gateway.Trail));
    }

    [Fact]
    public async Task An_answer_that_finds_no_place_to_be_checked_waits_no_longer_than_its_call()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1 };
        var places = await FullAsync();
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 200, Long);
        await WaitingAsync(places, call);

        _gateway.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((504, "a/x:cancelled"), ((await call).Error!.Status, _gateway.Trail));
        var circuit = _gateway.Breaker("a").GetStatus();
        Assert.Equal((CircuitState.Closed, 0L), (circuit.State, circuit.FailureCount));
        Assert.Equal(0, places.Waiting);
    }

    [Fact]
    public async Task The_wait_for_a_check_is_no_latency_of_the_target()
    {
        var places = await FullAsync();
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 200, Long);
        await WaitingAsync(places, call);

        _gateway.Time.Advance(TimeSpan.FromMinutes(3));
        places.Leave();

        using var answer = (await call).Answer;
        Assert.NotNull(answer);
        Assert.InRange(_gateway.Record.Attempts[0].Duration, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_stream_that_waits_to_be_checked_is_not_called_silent()
    {
        var places = await FullAsync();
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(LongPart, ClientFixture.Stop, ClientFixture.Done);
        await WaitingAsync(places, call);

        _gateway.Time.Advance(TimeSpan.FromMinutes(3));
        places.Leave();

        using var lease = (await call).Stream;
        Assert.NotNull(lease);
    }

    public void Dispose() => _gateway.Dispose();

    private static async Task WaitingAsync(CheckPlaces places, Task call)
    {
        while (places.Waiting == 0 && !call.IsCompleted)
        {
            await Task.Yield();
        }
    }

    /// <summary>A call whose stream breaks with an error event of this type, while it is held back.</summary>
    private async Task BrokenAsync(string type, bool afterFirstToken)
    {
        var call = _gateway.With("a", "anthropic", "sk-one").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
            + "x-ratelimit-limit-requests: 10\r\nx-ratelimit-remaining-requests: 9\r\n\r\n");
        if (afterFirstToken)
        {
            await server.SendAsync(FirstToken);
            // What the head said of limits is learned once the first token is here.
            await Soon.UntilAsync(() => _gateway.States.All.Single().Admission.IsActive);
        }

        await server.SendAsync(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"no\"}}\n\n");
        await call;
    }

    /// <summary>The one place to check answers is taken.</summary>
    private async Task<CheckPlaces> FullAsync()
    {
        Assert.True(TextPattern.TryCreate("(?=H)Hello", out var pattern, out _));
        var places = new CheckPlaces(1);
        await places.EnterAsync(default);
        Validate(new ValidationOptions { Pattern = pattern, Places = places });
        return places;
    }

    private void Validate(ValidationOptions options) =>
        _gateway.RouteChange = route => route with { Validation = options };
}
