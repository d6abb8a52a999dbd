using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Retrying;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

public sealed class DispatcherTests : IDisposable
{
    private readonly Gateway _gateway = new();

    [Fact]
    public async Task The_first_target_answers()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 200, null, "x-request-id: up-1");

        using var answer = (await call).Answer;

        Assert.NotNull(answer);
        Assert.Equal(("a/x:ok", 1, false), (_gateway.Trail, _gateway.Record.Sent, _gateway.Record.FellBack));
        Assert.Equal((Outcome.Ok, "up-1", 5), (_gateway.Record.Outcome, _gateway.Record.ProviderRequestId,
            (int)_gateway.Record.Usage.Input));
    }

    [Fact]
    public async Task Targets_are_tried_in_order_until_one_answers()
    {
        var call = _gateway.With("a").With("b").With("c").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await _gateway.AnswerAsync("b", 200, "<html>");
        await _gateway.AnswerAsync("c", 200);

        using var answer = (await call).Answer;

        Assert.Equal("a/x:server_error,b/x:bad_answer,c/x:ok", _gateway.Trail);
        Assert.Equal((true, 3, 0), (_gateway.Record.FellBack, _gateway.Record.Sent, _gateway.Record.Repeats));
    }

    [Fact]
    public async Task When_all_fail_the_caller_hears_of_the_last()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await _gateway.AnswerAsync("b", 503, """{"error":{"message":"tired"}}""");

        var error = (await call).Error!;

        Assert.Equal(502, error.Status);
        Assert.Contains("tired", error.Message);
        Assert.Equal((error, Outcome.ServerError), (_gateway.Record.Error, _gateway.Record.Outcome));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task A_callers_mistake_goes_to_no_other_target(int status)
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", status, """{"error":{"message":"no"}}""");

        Assert.Equal((status, "no"), ((await call).Error!.Status, (await call).Error!.Message));
        Assert.Equal(1, _gateway.Record.Sent);
    }

    [Fact]
    public async Task An_unknown_model_goes_to_the_next_target()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 404);
        await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;

        Assert.Equal("a/x:not_found,b/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task Repeats_wait_for_their_backoff_and_share_one_budget_over_all_targets()
    {
        _gateway.Retry = new RetryOptions { Jitter = false, MaxRetries = 2, BaseDelay = TimeSpan.FromSeconds(1) };
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await _gateway.AnswerAsync("b", 500);
        foreach (var provider in new[] { "a", "b" })
        {
            await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));
            _gateway.Time.Advance(TimeSpan.FromSeconds(1));
            await _gateway.AnswerAsync(provider, 500);
        }

        Assert.Equal(502, (await call).Error!.Status);
        Assert.Equal((4, 2), (_gateway.Record.Sent, _gateway.Record.Repeats));
        Assert.Equal(TimeSpan.FromSeconds(2), _gateway.Record.Waited);
        Assert.Equal([false, false, true, true], _gateway.Record.Attempts.Select(attempt => attempt.IsRepeat));
    }

    [Fact]
    public async Task A_repeat_waits_as_long_as_the_server_asks()
    {
        _gateway.Retry = new RetryOptions { Jitter = false, MaxRetries = 1, BaseDelay = TimeSpan.FromSeconds(1) };
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 503, null, "retry-after: 17");

        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(17));
        _gateway.Time.Advance(TimeSpan.FromSeconds(17));
        await _gateway.AnswerAsync("a", 200);

        using var answer = (await call).Answer;
        Assert.Equal(TimeSpan.FromSeconds(17), _gateway.Record.Waited);
    }

    [Fact]
    public async Task A_repeat_that_does_not_fit_the_deadline_ends_the_call()
    {
        _gateway.Retry = new RetryOptions { Jitter = false, MaxRetries = 3 };
        var call = _gateway.With("a").CallAsync(timeout: TimeSpan.FromSeconds(10));
        await _gateway.AnswerAsync("a", 503, null, "retry-after: 11");

        Assert.Equal(502, (await call).Error!.Status);
        Assert.Equal(1, _gateway.Record.Sent);
    }

    [Fact]
    public async Task A_server_that_says_not_to_retry_is_not_asked_again()
    {
        _gateway.Retry = new RetryOptions { Jitter = false, MaxRetries = 3 };
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 500, null, "x-should-retry: false");

        Assert.Equal(502, (await call).Error!.Status);
        Assert.Equal(1, _gateway.Record.Sent);
    }

    [Fact]
    public async Task An_open_circuit_is_passed_over_and_named()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1 };
        await FailOnceAsync(_gateway.With("a").With("b"));

        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;
        Assert.Equal(("a/x:circuit_open,b/x:ok", 1), (_gateway.Trail, _gateway.Record.Sent));
        Assert.True(_gateway.Record.FellBack);
    }

    [Fact]
    public async Task When_every_circuit_is_open_nothing_is_sent()
    {
        _gateway.Circuit = new CircuitBreakerOptions
        {
            FailureThreshold = 1, RecoveryTimeout = TimeSpan.FromSeconds(40),
        };
        await FailOnceAsync(_gateway.With("a"));
        _gateway.Time.Advance(TimeSpan.FromSeconds(10));

        var error = (await _gateway.CallAsync()).Error!;

        Assert.Equal((503, "circuit_open", TimeSpan.FromSeconds(30)), (error.Status, error.Code, error.RetryAfter));
        Assert.Equal((0, Outcome.CircuitOpen), (_gateway.Record.Sent, _gateway.Record.Outcome));
    }

    [Fact]
    public async Task After_its_rest_a_circuit_lets_a_probe_through_and_closes()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1, SuccessThreshold = 1 };
        await FailOnceAsync(_gateway.With("a"));
        _gateway.Time.Advance(_gateway.Circuit.RecoveryTimeout);

        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200);

        using var answer = (await call).Answer;
        Assert.Equal(CircuitState.Closed, _gateway.Breaker("a").State);
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(429, 0)]
    [InlineData(409, 0)]
    [InlineData(402, 0)]
    [InlineData(401, 0)]
    [InlineData(404, 0)]
    [InlineData(400, 0)]
    public async Task Only_failures_of_the_target_count_against_its_circuit(int status, int failures)
    {
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", status);
        await call;

        Assert.Equal(failures, _gateway.Breaker("a").GetStatus().ConsecutiveFailures);
    }

    [Fact]
    public async Task A_rate_limited_target_cools_down_for_the_calls_that_follow()
    {
        var first = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 429, null, "retry-after: 50");
        await _gateway.AnswerAsync("b", 200);
        (await first).Answer!.Dispose();

        var second = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 200);

        (await second).Answer!.Dispose();
        Assert.Equal("a/x:held,b/x:ok", _gateway.Trail);
        _gateway.Time.Advance(TimeSpan.FromSeconds(50));
        var third = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200);
        (await third).Answer!.Dispose();
        Assert.Equal("a/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task When_every_target_is_rate_limited_the_caller_hears_when_the_first_comes_back()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 429, null, "retry-after: 50");
        await _gateway.AnswerAsync("b", 429, null, "retry-after: 20");

        var error = (await call).Error!;

        Assert.Equal((429, TimeSpan.FromSeconds(20)), (error.Status, error.RetryAfter!.Value));
        Assert.Equal(Outcome.RateLimited, _gateway.Record.Outcome);
    }

    [Fact]
    public async Task A_used_up_quota_holds_the_key_and_the_second_is_used()
    {
        const string Quota = """{"error":{"code":"insufficient_quota"}}""";
        var call = _gateway.With("a", "openai", "k1", "k2").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 429, Quota);
        var second = await _gateway.AnswerAsync("a", 200);

        using var answer = (await call).Answer;

        Assert.Equal("Bearer k2", second.Header("authorization"));
        Assert.Equal(("a/x:quota,a/x:ok", 2), (_gateway.Trail, _gateway.Record.Sent));
        Assert.False(_gateway.Record.FellBack);
        Assert.Equal([true, false], Keys().Select(key => key.IsHeld));
    }

    [Fact]
    public async Task When_all_keys_are_held_the_target_is_passed_over()
    {
        var call = _gateway.With("a", "openai", "k1").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 402);
        await _gateway.AnswerAsync("b", 200);
        (await call).Answer!.Dispose();

        var next = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 200);

        (await next).Answer!.Dispose();
        Assert.Equal("a/x:held,b/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task A_bad_key_is_marked_and_the_second_comes_first_from_then_on()
    {
        var call = _gateway.With("a", "openai", "k1", "k2").CallAsync();
        await _gateway.AnswerAsync("a", 401);
        await _gateway.AnswerAsync("a", 200);
        (await call).Answer!.Dispose();
        Assert.Equal([true, false], Keys().Select(key => key.IsMarked));

        var next = _gateway.CallAsync();
        var server = await _gateway.AnswerAsync("a", 200);

        (await next).Answer!.Dispose();
        Assert.Equal("Bearer k2", server.Header("authorization"));
        Assert.Equal("a/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task When_all_keys_are_bad_the_next_target_is_tried_first_and_the_bad_one_last()
    {
        var call = _gateway.With("a", "openai", "k1").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 403);
        await _gateway.AnswerAsync("b", 200);
        (await call).Answer!.Dispose();

        var next = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 500);
        await _gateway.AnswerAsync("a", 200);

        (await next).Answer!.Dispose();
        Assert.Equal("b/x:server_error,a/x:ok", _gateway.Trail);
        Assert.False(Keys().Single().IsMarked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deadline_that_strikes_is_a_504_and_leaves_the_circuit_alone(bool callers)
    {
        var limit = TimeSpan.FromSeconds(callers ? 99 : 20);
        _gateway.RouteChange = route => route with { Timeouts = new() { Call = limit } };
        var call = _gateway.With("a").With("b").CallAsync(timeout: callers ? TimeSpan.FromSeconds(20) : null);
        var server = await _gateway["a"].RequestAsync();

        _gateway.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal((504, "deadline_exceeded"), ((await call).Error!.Status, (await call).Error!.Code));
        Assert.Equal(0, _gateway.Breaker("a").GetStatus().ConsecutiveFailures);
        Assert.Equal("a/x:cancelled", _gateway.Trail);
        Assert.Equal(callers ? Outcome.Cancelled : Outcome.Timeout, _gateway.Record.Outcome);
        await server.ClosedAsync();
    }

    [Fact]
    public async Task A_caller_cannot_lengthen_the_calls_limit()
    {
        _gateway.RouteChange = route => route with { Timeouts = new() { Call = TimeSpan.FromSeconds(20) } };
        var call = _gateway.With("a").CallAsync(timeout: TimeSpan.FromHours(1));
        await _gateway["a"].RequestAsync();

        _gateway.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(504, (await call).Error!.Status);
    }

    [Fact]
    public async Task When_the_caller_leaves_nothing_more_is_tried_and_the_probes_place_is_given_back()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 1, HalfOpenProbes = 1 };
        await FailOnceAsync(_gateway.With("a"));
        _gateway.Time.Advance(_gateway.Circuit.RecoveryTimeout);
        var call = _gateway.With("b").CallAsync();
        await _gateway["a"].RequestAsync();
        Assert.False(_gateway.Breaker("a").IsAvailable);

        await _gateway.Caller.CancelAsync();

        Assert.Equal(499, (await call).Error!.Status);
        Assert.Equal(("a/x:cancelled", Outcome.Cancelled), (_gateway.Trail, _gateway.Record.Outcome));
        Assert.True(_gateway.Breaker("a").IsAvailable);
    }

    [Fact]
    public async Task When_the_caller_leaves_during_a_wait_the_call_ends()
    {
        _gateway.Retry = new RetryOptions { Jitter = false, MaxRetries = 1 };
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));

        await _gateway.Caller.CancelAsync();

        Assert.Equal(499, (await call).Error!.Status);
    }

    [Fact]
    public async Task One_public_name_is_another_model_at_each_provider()
    {
        _gateway.RouteChange = route => route with
        {
            Targets = [.. route.Targets.Select(target => target with { Model = $"{target.Provider}-large" })],
        };
        var call = _gateway.With("a").With("b").CallAsync();
        var first = await _gateway.AnswerAsync("a", 500);
        var second = await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;

        Assert.Contains("\"model\":\"a-large\"", first.Body);
        Assert.Contains("\"model\":\"b-large\"", second.Body);
        Assert.Equal("a/a-large:server_error,b/b-large:ok", _gateway.Trail);
    }

    [Fact]
    public async Task A_target_is_repeated_only_after_the_failures_that_its_retryableErrors_name()
    {
        _gateway.Retry = new RetryOptions
        {
            Jitter = false, MaxRetries = 3, BaseDelay = TimeSpan.Zero, RetryableErrors = [Outcome.Conflict],
        };
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 409);
        await _gateway.AnswerAsync("a", 500);

        Assert.Equal(502, (await call).Error!.Status);
        Assert.Equal("a/x:conflict,a/x:server_error", _gateway.Trail);
    }

    [Fact]
    public async Task What_a_target_cannot_do_goes_to_the_next_whatever_failoverOn_says()
    {
        _gateway.RouteChange = route => route with { FailoverOn = [Outcome.ServerError] };
        var call = _gateway.With("a", "anthropic").With("b").CallAsync(
            """{"model":"m","n":2,"messages":[{"role":"user","content":"hi"}]}""");
        await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;

        Assert.NotNull(answer);
        Assert.Equal(1, _gateway.Record.Sent);
    }

    [Fact]
    public async Task Only_the_outcomes_of_failoverOn_go_to_the_next_target()
    {
        _gateway.RouteChange = route => route with { FailoverOn = [Outcome.RateLimited] };
        var stays = _gateway.With("a").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        Assert.Equal(502, (await stays).Error!.Status);
        Assert.Equal("a/x:server_error", _gateway.Trail);

        var goes = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 429);
        await _gateway.AnswerAsync("b", 200);

        (await goes).Answer!.Dispose();
        Assert.Equal("a/x:rate_limited,b/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task What_one_target_cannot_do_the_next_may_and_it_is_not_counted_as_sent()
    {
        const string Body = """{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}""";
        var call = _gateway.With("a", "anthropic").With("b").CallAsync(Body);
        await _gateway.AnswerAsync("b", 200);

        (await call).Answer!.Dispose();

        Assert.Equal(("a/x:caller_error,b/x:ok", 1), (_gateway.Trail, _gateway.Record.Sent));
        Assert.Equal(0, _gateway.Breaker("a").GetStatus().ConsecutiveFailures);
    }

    [Fact]
    public async Task What_no_target_can_do_is_a_400_that_names_the_field()
    {
        const string Body = """{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}""";

        var error = (await _gateway.With("a", "anthropic").With("b", "anthropic").CallAsync(Body)).Error!;

        Assert.Equal((400, "n"), (error.Status, error.Param));
        Assert.Equal(0, _gateway.Record.Sent);
    }

    [Fact]
    public async Task The_time_at_providers_counts_as_waited()
    {
        var call = _gateway.With("a").With("b").CallAsync();
        var first = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(3));
        await first.AnswerAsync(500, "{}");
        var second = await _gateway["b"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(4));
        await second.AnswerAsync(200, ClientFixture.Good);

        (await call).Answer!.Dispose();

        Assert.Equal(TimeSpan.FromSeconds(7), _gateway.Record.Waited);
        Assert.Equal([3, 4], _gateway.Record.Attempts.Select(attempt => (int)attempt.Duration.TotalSeconds));
    }

    [Fact]
    public async Task A_stream_that_breaks_before_its_first_token_fails_over()
    {
        var call = _gateway.With("a").With("b").CallAsync(ChatCall.Streamed);
        var first = await _gateway["a"].RequestAsync();
        await first.BeginStreamAsync(ClientFixture.Role);
        first.Fin();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(ClientFixture.Hi);

        using var lease = (await call).Stream!;

        Assert.Equal("b", lease.Target.Provider.Name);
        Assert.Equal("a/x:bad_answer,b/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task A_stream_that_ends_well_closes_its_account()
    {
        var (server, lease) = await OpenAsync(_gateway.With("a"));
        _gateway.Time.Advance(TimeSpan.FromSeconds(5));
        await server.SendAsync(ClientFixture.Stop
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n"
            + ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await DrainAsync(lease));

        Assert.Equal((Outcome.Ok, new Usage(5, 2)), (_gateway.Record.Outcome, _gateway.Record.Usage));
        Assert.Equal((TimeSpan.FromSeconds(5), new Usage(5, 2)),
            (_gateway.Record.Winner!.Duration, _gateway.Record.Winner.Usage));
        lease.Dispose();
        Assert.Equal(Outcome.Ok, _gateway.Record.Outcome);
    }

    [Fact]
    public async Task A_stream_that_is_cut_counts_against_the_circuit()
    {
        var (server, lease) = await OpenAsync(_gateway.With("a"));
        await server.ResetAsync();

        Assert.Equal(StreamStep.Broken, await DrainAsync(lease));
        lease.Dispose();

        Assert.Equal((Outcome.Cut, "a/x:cut"), (_gateway.Record.Outcome, _gateway.Trail));
        Assert.Equal(1, _gateway.Breaker("a").GetStatus().ConsecutiveFailures);
    }

    [Fact]
    public async Task A_lease_that_is_left_early_is_nobodys_failure()
    {
        var (server, lease) = await OpenAsync(_gateway.With("a"));

        lease.Dispose();

        Assert.Equal((Outcome.Cancelled, 0),
            (_gateway.Record.Outcome, _gateway.Breaker("a").GetStatus().ConsecutiveFailures));
        await server.ClosedAsync();
    }

    [Fact]
    public async Task When_the_caller_leaves_a_stream_its_upstream_is_closed_at_once_and_its_usage_so_far_is_booked()
    {
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(
            """data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]"""
            + ""","usage":{"prompt_tokens":5,"completion_tokens":1}}""" + "\n\n");
        using var lease = (await call).Stream!;
        using var output = new PooledBuffer();
        var reading = lease.ReadAsync(output).AsTask();

        await _gateway.Caller.CancelAsync();

        // The clock stands still: what is promised within a second takes none of it.
        Assert.Equal(StreamStep.Broken, await reading.SoonAsync());
        lease.Dispose();
        await server.ClosedAsync();
        Assert.Equal(Outcome.Cancelled, _gateway.Record.Outcome);
        Assert.Equal((5, 1), ((int)_gateway.Record.Usage.Input, (int)_gateway.Record.Usage.Output));
        Assert.Equal(0, _gateway.Breaker("a").GetStatus().FailureCount);
    }

    [Fact]
    public async Task A_call_of_provider_and_model_goes_to_that_target_alone()
    {
        _gateway.With("a").With("b").Build();
        var request = ChatCall.Of(ChatCall.Plain.Replace("\"m\"", "\"b/y\"", StringComparison.Ordinal));
        var record = new CallRecord(request);
        var call = _gateway.Dispatcher.DispatchAsync(request, _gateway.Routes.Find("b/y")!, record, default)
            .AsTask().SoonAsync();
        var asked = await _gateway["b"].RequestAsync();
        await asked.AnswerAsync(200, ClientFixture.Good);

        using var answer = (await call).Answer;

        Assert.Contains("\"model\":\"y\"", asked.Body);
        Assert.Equal(("b", "y", 1), (record.Winner!.Provider, record.Winner.Model, record.Sent));
    }

    public void Dispose() => _gateway.Dispose();

    private static async Task FailOnceAsync(Gateway gateway)
    {
        var call = gateway.CallAsync();
        await gateway.AnswerAsync("a", 500);
        if (gateway.Routes.Routes[0].Targets.Count > 1)
        {
            await gateway.AnswerAsync("b", 200);
        }

        (await call).Answer?.Dispose();
    }

    private static async Task<StreamStep> DrainAsync(AttemptLease lease)
    {
        using var output = new PooledBuffer();
        while (true)
        {
            var step = await lease.ReadAsync(output).AsTask().SoonAsync();
            if (step != StreamStep.More)
            {
                return step;
            }
        }
    }

    private static async Task<(ScriptedConnection Server, AttemptLease Lease)> OpenAsync(Gateway gateway)
    {
        var call = gateway.CallAsync(ChatCall.Streamed);
        var server = await gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        return (server, (await call).Stream!);
    }

    private IEnumerable<ApiKey> Keys() => _gateway.Routes.Providers.First(provider => provider.Name == "a").Keys.Keys;
}
