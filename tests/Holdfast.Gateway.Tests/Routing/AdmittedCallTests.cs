using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Calls at targets with limits: who is let in, waits or is passed over, and that no place is lost.</summary>
public sealed class AdmittedCallTests : IDisposable
{
    private static readonly AdmissionOptions One = CallLimits.None with { MaxConcurrency = 1 };

    private const string NoQuota =
        """{"error":{"message":"no quota left","type":"insufficient_quota","code":"insufficient_quota"}}""";

    private readonly Gateway _gateway = new();

    private TargetState A => _gateway.States.All.Single(state => state.Provider == "a");

    [Fact]
    public async Task A_target_with_a_free_place_comes_before_one_that_has_to_be_waited_for()
    {
        _gateway.Limit(One);
        _gateway.With("a").With("b");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();

        var second = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 200);

        (await second).Answer!.Dispose();
        Assert.Equal("b/x:ok", _gateway.Trail);
        await running.AnswerAsync(200, ClientFixture.Good);
        (await first).Answer!.Dispose();
    }

    [Fact]
    public async Task Where_all_are_busy_the_call_waits_for_its_place()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        var record = _gateway.Record;
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        _gateway.Time.Advance(TimeSpan.FromSeconds(3));
        await running.AnswerAsync(200, ClientFixture.Good);
        (await first).Answer!.Dispose();
        await _gateway.AnswerAsync("a", 200);

        (await second).Answer!.Dispose();
        Assert.Equal(TimeSpan.FromSeconds(3), record.Winner!.Queued);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.Zero), (record.Waited, record.Winner.Duration));
        Assert.Equal(0, A.Admission.GetStatus()!.Running);
    }

    [Fact]
    public async Task A_full_target_is_passed_over_at_once()
    {
        _gateway.Limit(One with { MaxQueueSize = 0 });
        _gateway.With("a").With("b");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        await _gateway["b"].RequestAsync();

        var error = (await _gateway.CallAsync()).Error!;

        Assert.Equal((429, "queue_full", false), (error.Status, error.Code, error.DoNotRetry));
        Assert.Equal("a/x:saturated,b/x:saturated", _gateway.Trail);
        Assert.Equal((Outcome.Saturated, 0), (_gateway.Record.Outcome, _gateway.Record.Sent));
        Assert.Equal([("queue_full", 2L)], A.Admission.Refusals.All);
        await EndAsync(first, second);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_ends_and_another_target_gets_the_call()
    {
        _gateway.Limit(One with { Timeout = TimeSpan.FromSeconds(5) });
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();

        _gateway.Time.Advance(TimeSpan.FromSeconds(5.1));

        var error = (await second).Error!;
        Assert.Equal((429, "queue_full"), (error.Status, error.Code));
        Assert.Equal([("timed_out", 1L)], A.Admission.Refusals.All);
        await EndAsync(first);
    }

    [Fact]
    public async Task A_deadline_that_passes_in_the_line_is_a_504()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync(timeout: TimeSpan.FromSeconds(2));

        _gateway.Time.Advance(TimeSpan.FromSeconds(2.1));

        Assert.Equal(504, (await second).Error!.Status);
        await EndAsync(first);
    }

    [Fact]
    public async Task A_caller_that_leaves_the_line_leaves_nothing_behind()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        await _gateway.Caller.CancelAsync();

        Assert.Equal(499, (await second).Error!.Status);
        Assert.Equal(499, (await first).Error!.Status);
        Assert.Equal((0, 0), (A.Admission.GetStatus()!.Depth, A.Admission.GetStatus()!.Running));
    }

    [Theory]
    [InlineData(200, 1)]
    [InlineData(500, 0)]
    [InlineData(429, 0)]
    public async Task A_place_is_given_back_with_how_its_call_ended(int status, int good)
    {
        _gateway.Limit(One);
        var call = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", status);
        (await call).Answer?.Dispose();

        Assert.Equal((0, (double)good), (A.Admission.GetStatus()!.Running, A.Admission.GetStatus()!.SuccessRate));
    }

    [Fact]
    public async Task An_adaptive_limit_goes_down_when_the_target_says_too_many()
    {
        _gateway.Limit(One with { MaxConcurrency = 10, Adaptive = new AdaptiveConcurrencyOptions { Backoff = 0.5 } });
        var call = _gateway.With("a").CallAsync();

        await _gateway.AnswerAsync("a", 429);

        await call;
        Assert.Equal(5, A.Admission.GetStatus()!.MaxConcurrency);
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(50, 9)]
    [InlineData(7, 7)]
    [InlineData(2, 4)]
    public void An_adaptive_limit_begins_within_its_bounds(int configured, int begins)
    {
        var admission = new Holdfast.Gateway.Admission.TargetAdmission(
            _gateway.Time, new Holdfast.Gateway.Admission.SharedLimits(_gateway.Time), "one");

        admission.Configure(One with
        {
            MaxConcurrency = configured, Adaptive = new AdaptiveConcurrencyOptions { MinLimit = 4, MaxLimit = 9 },
        });

        Assert.Equal(begins, admission.GetStatus()!.MaxConcurrency);
    }

    [Fact]
    public async Task A_stream_keeps_its_place_until_its_end()
    {
        _gateway.Limit(One);
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        using var lease = (await call).Stream!;
        Assert.Equal(1, A.Admission.GetStatus()!.Running);

        await server.SendAsync(ClientFixture.Stop + ClientFixture.Done);
        using var output = new PooledBuffer();
        while (await lease.ReadAsync(output).AsTask().SoonAsync() == StreamStep.More)
        {
        }

        Assert.Equal((0, 1), (A.Admission.GetStatus()!.Running, (int)A.Admission.GetStatus()!.SuccessRate));
    }

    [Fact]
    public async Task A_stream_that_is_left_gives_its_place_back()
    {
        _gateway.Limit(One);
        var call = _gateway.With("a").CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);

        (await call).Stream!.Dispose();

        Assert.Equal(0, A.Admission.GetStatus()!.Running);
    }

    [Fact]
    public async Task A_circuit_that_opens_during_the_wait_gives_the_place_back()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(3));

        _gateway.Breaker("a").Isolate();
        await running.AnswerAsync(200, ClientFixture.Good);
        (await first).Answer!.Dispose();

        Assert.Equal(503, (await second).Error!.Status);
        Assert.Equal(TimeSpan.FromSeconds(3), _gateway.Record.QueuedInAll);
        Assert.Equal((0, 0), (A.Admission.GetStatus()!.Depth, A.Admission.GetStatus()!.Running));
    }

    [Fact]
    public async Task The_largest_number_of_tokens_that_a_call_can_ask_for_is_the_providers_to_judge()
    {
        var call = _gateway.With("a").CallAsync(
            """{"model":"m","max_tokens":2147483647,"messages":[{"role":"user","content":"hi"}]}""");
        await _gateway.AnswerAsync("a", 200);

        (await call).Answer!.Dispose();
        Assert.True(_gateway.Record.Request.EstimatedTokens > int.MaxValue);
    }

    [Theory]
    [InlineData("{}", "retry-after: 60", 429, "upstream_rate_limited")]
    [InlineData(NoQuota, "x-other: 1", 503, "held")]
    public async Task Those_who_wait_in_line_heed_a_rest_or_a_held_key_that_began_meanwhile(
        string body, string header, int status, string code)
    {
        _gateway.Limit(One);
        _gateway.With("a", "openai", "sk-one");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => _gateway.CallAsync()).ToList();
        var record = _gateway.Record;
        Assert.Equal(5, A.Admission.GetStatus()!.Depth);

        await running.AnswerAsync(429, body, [header]);
        await first;

        foreach (var call in waiting)
        {
            var error = (await call).Error!;
            Assert.Equal((status, code, "60"), (error.Status, error.Code, error.RetryAfterSeconds));
        }

        Assert.Equal((0, "a/x:held"), (record.Sent, AttemptedText.Of(record)));
        Assert.Equal((0, 0), (A.Admission.GetStatus()!.Depth, A.Admission.GetStatus()!.Running));
    }

    [Fact]
    public async Task A_key_that_is_held_when_a_place_comes_free_is_not_used()
    {
        _gateway.Limit(One);
        _gateway.With("a", "openai", "sk-one", "sk-two");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        Task<DispatchResult>[] waiting = [_gateway.CallAsync(), _gateway.CallAsync()];
        Assert.Equal(2, A.Admission.GetStatus()!.Depth);
        await running.AnswerAsync(429, NoQuota);

        foreach (var call in (Task<DispatchResult>[])[first, .. waiting])
        {
            var asked = await _gateway.AnswerAsync("a", 200);
            Assert.NotEqual(running.Header("authorization"), asked.Header("authorization"));
            (await call).Answer!.Dispose();
        }

        Assert.Equal(0, A.Admission.GetStatus()!.Running);
    }

    [Fact]
    public async Task A_call_whose_priority_is_closed_while_it_waits_hears_of_the_emergency()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        _gateway.States.Restrict(new AdmissionRestriction { LeastUrgent = AdmissionPriority.High });

        var error = (await second).Error!;
        Assert.Equal((503, "emergency", "30", true),
            (error.Status, error.Code, error.RetryAfterSeconds, error.DoNotRetry));
        await EndAsync(first);
    }

    [Fact]
    public async Task A_call_that_waited_in_vain_hears_when_to_come_again()
    {
        _gateway.Limit(One with { MaxQueueSize = 1, Timeout = TimeSpan.FromSeconds(60) });
        _gateway.With("a");
        var known = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(20));
        await running.AnswerAsync(200, ClientFixture.Good);
        (await known).Answer!.Dispose();
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        _gateway.Priority = AdmissionPriority.Low;
        var shed = _gateway.CallAsync();
        _gateway.Priority = AdmissionPriority.High;
        var urgent = _gateway.CallAsync();

        var error = (await shed).Error!;

        Assert.Equal((429, "queue_full"), (error.Status, error.Code));
        Assert.InRange(error.RetryAfter!.Value, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60));
        await EndAsync(first, urgent);
    }

    [Fact]
    public async Task A_wait_in_vain_is_in_the_calls_record()
    {
        _gateway.Limit(One with { Timeout = TimeSpan.FromSeconds(5) });
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        var record = _gateway.Record;

        _gateway.Time.Advance(TimeSpan.FromSeconds(5));

        await second;
        Assert.Equal((TimeSpan.FromSeconds(5), "a/x:saturated"), (record.QueuedInAll, AttemptedText.Of(record)));
        await EndAsync(first);
    }

    [Fact]
    public async Task A_wait_that_the_caller_ends_is_in_the_record()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        var record = _gateway.Record;
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        _gateway.Time.Advance(TimeSpan.FromSeconds(20));
        await EndAsync(first, second);

        Assert.Equal((TimeSpan.FromSeconds(20), 0, "a/x:cancelled"),
            (record.QueuedInAll, record.Sent, AttemptedText.Of(record)));
        Assert.Equal((0L, 0L), (A.Admission.Refusals.All.Sum(refusal => refusal.Count), A.Breaker.Rejections));
    }

    [Theory]
    [InlineData(false, "a/x:auth,a/x:cancelled")]
    [InlineData(true, "a/x:auth,a/x:held")]
    public async Task A_wait_for_another_key_in_vain_is_in_the_record(bool isHeld, string trail)
    {
        _gateway.With("a", "openai", "sk-one", "sk-two");
        var known = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200, null, "x-ratelimit-limit-requests: 10",
            "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 20s");
        (await known).Answer!.Dispose();
        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 401);
        // In the line of the other key: that of the target counts it before it is there.
        var other = _gateway.Routes.Providers.Single().Keys.Keys.First();
        await Soon.UntilAsync(() => A.Admission.Paces.Of(other).Pace.Queue.GetStatus().Depth == 1);
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        _gateway.Time.Advance(TimeSpan.FromSeconds(5));
        if (isHeld)
        {
            A.Cooldown.Extend(TimeSpan.FromMinutes(1));
            _gateway.Time.Advance(TimeSpan.FromSeconds(16));
        }
        else
        {
            await _gateway.Caller.CancelAsync();
        }

        await call;
        Assert.Equal((trail, 1), (_gateway.Trail, _gateway.Record.Sent));
        Assert.InRange(_gateway.Record.QueuedInAll!.Value, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(21));
        Assert.Equal(0, A.Admission.GetStatus()!.Depth);
    }

    [Fact]
    public async Task More_urgent_calls_are_let_in_first()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        _gateway.Priority = AdmissionPriority.Low;
        var patient = _gateway.CallAsync();
        _gateway.Priority = AdmissionPriority.High;
        var urgent = _gateway.CallAsync();

        await running.AnswerAsync(200, ClientFixture.Good);
        (await first).Answer!.Dispose();
        await _gateway.AnswerAsync("a", 200);

        (await urgent).Answer!.Dispose();
        Assert.False(patient.IsCompleted);
        await EndAsync(patient);
    }

    [Fact]
    public async Task Callers_take_turns_however_many_calls_each_has_waiting()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        var running = await _gateway["a"].RequestAsync();
        _gateway.Key = "many";
        var many = new[] { _gateway.CallAsync(), _gateway.CallAsync(), _gateway.CallAsync() };
        _gateway.Key = "single";
        var single = _gateway.CallAsync();

        await running.AnswerAsync(200, ClientFixture.Good);
        (await first).Answer!.Dispose();
        await _gateway.AnswerAsync("a", 200);
        await _gateway.AnswerAsync("a", 200);

        (await many[0]).Answer!.Dispose();
        (await single).Answer!.Dispose();
        Assert.False(many[1].IsCompleted);
        await EndAsync([.. many[1..]]);
    }

    [Fact]
    public async Task A_reload_changes_the_limits_in_force_and_loses_nobody()
    {
        _gateway.Limit(One);
        _gateway.With("a");
        var first = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);

        _gateway.Limit(One with { MaxConcurrency = 2 });
        _gateway.Build();
        await _gateway["a"].RequestAsync();

        Assert.Equal((2, 0), (A.Admission.GetStatus()!.Running, A.Admission.GetStatus()!.Depth));
        _gateway.Limit(CallLimits.None);
        _gateway.Build();
        var third = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        await EndAsync(first, second, third);
        _gateway.Limit(One);
        _gateway.Build();
        Assert.Equal(0, A.Admission.GetStatus()!.Running);
    }

    [Fact]
    public async Task A_call_keeps_its_place_while_it_changes_the_key()
    {
        _gateway.Limit(One);
        _gateway.With("a", "openai", "sk-bad", "sk-good");
        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 401);
        var asked = await _gateway["a"].RequestAsync();

        Assert.Equal(("Bearer sk-good", 1), (asked.Header("authorization"), A.Admission.GetStatus()!.Running));
        await asked.AnswerAsync(200, ClientFixture.Good);
        (await call).Answer!.Dispose();
        Assert.Equal(0, A.Admission.GetStatus()!.Running);
    }

    [Fact]
    public async Task A_lost_race_for_the_last_place_is_no_lost_place()
    {
        _gateway.Limit(One);
        var limit = _gateway.RouteChange;
        _gateway.RouteChange = route =>
            limit(route) with { Strategy = FailoverStrategy.Parallel, MaxConcurrent = 2 };
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        await _gateway.AnswerAsync("b", 200);

        (await call).Answer!.Dispose();

        Assert.All(_gateway.States.All, state => Assert.Equal(0, state.Admission.GetStatus()!.Running));
    }

    public void Dispose() => _gateway.Dispose();

    /// <summary>Ends what a test leaves under way.</summary>
    private async Task EndAsync(params Task<DispatchResult>[] calls)
    {
        await _gateway.Caller.CancelAsync();
        foreach (var call in calls)
        {
            (await call).Answer?.Dispose();
        }
    }
}
