using System.Net.Sockets;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Hundreds of calls at once while providers fail, rest and come back, on a clock that stands still.</summary>
public sealed class StormTests : IDisposable
{
    private const int Crowd = 300;

    // Of a first repeat.
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    private readonly Gateway _gateway = new();
    private readonly Dictionary<string, Provider> _providers = [];

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task When_everything_is_down_a_crowd_is_answered_once_and_nothing_is_multiplied()
    {
        _gateway.Retry = new RetryOptions { MaxRetries = 3 };
        Serve("a", status: 500);
        Serve("b", status: 503);

        var calls = Call(Crowd);
        // All but the few whose failure came before the circuits opened: those wait for a backoff first.
        await Soon.UntilAsync(() => calls.Count(call => !call.IsCompleted) is var left && left <= 10
            && left == _gateway.Time.TimersDueWithin(LongestBackoff));
        _gateway.Time.Advance(LongestBackoff);
        var results = await Task.WhenAll(calls).SoonAsync();

        Assert.All(results, result => Assert.True(IsFinal(result.Error!), $"{result.Error}"));
        Assert.InRange(_providers["a"].Requests + _providers["b"].Requests, 10, 2 * Crowd);
    }

    [Fact]
    public async Task Once_every_circuit_is_open_a_crowd_is_turned_away_at_once_and_nothing_is_sent()
    {
        Serve("a", status: 500);
        Serve("b", status: 500);
        await Task.WhenAll(Call(20)).SoonAsync();
        var sent = _providers["a"].Requests + _providers["b"].Requests;

        var results = await Task.WhenAll(Call(Crowd)).SoonAsync();

        Assert.All(results, result => Assert.Equal((503, "circuit_open"), (result.Error!.Status, result.Error.Code)));
        Assert.All(results, result => Assert.True(IsFinal(result.Error!)));
        Assert.Equal(sent, _providers["a"].Requests + _providers["b"].Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_half_open_circuit_lets_in_exactly_its_probes_however_many_come(int probes)
    {
        _gateway.Circuit = new CircuitBreakerOptions { HalfOpenProbes = probes, SuccessThreshold = probes + 1 };
        Serve("a", status: 500);
        Serve("b", status: 200);
        await Task.WhenAll(Call(20)).SoonAsync();
        _gateway.Recover("a");
        var before = _providers["a"].Requests;
        _providers["a"].Hold();

        var calls = Call(Crowd);
        // The probes' requests may arrive after everybody else has got an answer.
        await Soon.UntilAsync(() => calls.Count(call => call.IsCompleted) == Crowd - probes
            && _providers["a"].Requests >= before + probes);
        Assert.Equal(before + probes, _providers["a"].Requests);
        _providers["a"].Release(status: 200);
        await AnsweredAsync(calls);

        Assert.Equal((probes, CircuitState.HalfOpen),
            (_providers["a"].Requests - before, _gateway.Breaker("a").State));
    }

    [Fact]
    public async Task A_probe_that_fails_under_a_crowd_costs_nobody_an_answer()
    {
        Serve("a", status: 500);
        Serve("b", status: 200);
        await Task.WhenAll(Call(20)).SoonAsync();
        _gateway.Recover("a");
        var before = _providers["a"].Requests;

        await AnsweredAsync(Call(Crowd));

        Assert.Equal((1, CircuitState.Open), (_providers["a"].Requests - before, _gateway.Breaker("a").State));
    }

    [Fact]
    public async Task A_target_that_comes_back_gets_its_share_in_steps_and_no_herd()
    {
        _gateway.Circuit = new CircuitBreakerOptions { SuccessThreshold = 1 };
        Serve("a", status: 500);
        Serve("b", status: 200);
        await Task.WhenAll(Call(20)).SoonAsync();
        _gateway.Recover("a");
        _providers["a"].Status = 200;
        await AnsweredAsync(Call(1));
        Assert.Equal(CircuitState.Closed, _gateway.Breaker("a").State);

        var shares = new List<double>();
        for (var seconds = 0; seconds <= 30; seconds += 10)
        {
            var before = _providers["a"].Requests;
            await AnsweredAsync(Call(Crowd));
            shares.Add((_providers["a"].Requests - before) / (double)Crowd);
            _gateway.Time.Advance(TimeSpan.FromSeconds(10));
        }

        // 10 %, 40 %, 70 %, all: drawn, so give or take four standard deviations.
        Assert.InRange(shares[0], 0.03, 0.17);
        Assert.InRange(shares[1], 0.28, 0.52);
        Assert.InRange(shares[2], 0.59, 0.81);
        Assert.Equal(1, shares[3]);
    }

    [Fact]
    public async Task A_crowd_that_fails_over_reaches_the_next_target_no_faster_than_its_places_come_free()
    {
        _gateway.RouteChange = route => route with
        {
            Targets =
            [
                route.Targets[0],
                route.Targets[1] with { Queue = CallLimits.None with { MaxConcurrency = 20, MaxQueueSize = 1000 } },
            ],
        };
        Serve("a", status: 500);
        Serve("b", status: 200);
        _providers["b"].Hold();

        var calls = Call(Crowd);
        await Soon.UntilAsync(() => _providers["b"].Now == 20 && _providers["a"].Now == 0);
        _providers["b"].Release(status: 200);
        await AnsweredAsync(calls);

        Assert.Equal((Crowd, 20), (_providers["b"].Requests, _providers["b"].Most));
    }

    [Fact]
    public async Task While_the_primary_fails_the_backup_is_asked_once_for_each_call_and_no_more()
    {
        _gateway.Retry = new RetryOptions { MaxRetries = 3 };
        Serve("a", status: 500);
        Serve("b", status: 200);

        await AnsweredAsync(Call(Crowd));

        Assert.Equal(Crowd, _providers["b"].Requests);
        Assert.InRange(_providers["a"].Requests, 5, Crowd);
    }

    [Fact]
    public async Task One_deadline_holds_over_all_targets_and_all_repeats()
    {
        _gateway.Retry = new RetryOptions { MaxRetries = 100, Jitter = false };
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 0 };
        Serve("a", status: 500);
        Serve("b", status: 500);

        var calls = Call(20, timeout: TimeSpan.FromSeconds(10));
        foreach (var wait in new[] { 1, 1, 2, 2 })
        {
            await WaitingAsync(calls.Length, wait);
            _gateway.Time.Advance(TimeSpan.FromSeconds(wait));
        }

        // The next waits would be 4 s each, and 4 s are left: the call ends instead of waiting in vain.
        var results = await Task.WhenAll(calls).SoonAsync();
        Assert.All(results, result => Assert.True(IsFinal(result.Error!)));
        Assert.Equal(6 * 20, _providers["a"].Requests + _providers["b"].Requests);
    }

    /// <summary>Ends the call for good clients: they are told not to retry, and when to come again.</summary>
    private static bool IsFinal(CallError error) => error is { Status: 502 or 503, DoNotRetry: true }
        && error.RetryAfterSeconds is { } seconds && int.Parse(seconds) is >= 1 and <= 60;

    private static async Task AnsweredAsync(Task<DispatchResult>[] calls)
    {
        foreach (var result in await Task.WhenAll(calls).SoonAsync())
        {
            Assert.Null(result.Error);
            result.Answer!.Dispose();
        }
    }

    private Task WaitingAsync(int calls, int seconds) => Soon.UntilAsync(() =>
        _gateway.Time.TimersDueIn(TimeSpan.FromSeconds(seconds)) >= calls);

    private Task<DispatchResult>[] Call(int count, TimeSpan? timeout = null)
    {
        _gateway.Build();
        return [.. Enumerable.Range(0, count).Select(i => Task.Run(async () =>
        {
            // Everybody asks something else, or it would be one caller's doing.
            var body = ChatCall.Plain.Replace("hi", $"question {i}", StringComparison.Ordinal);
            var call = ChatCall.Of(body, timeout: timeout, startedAt: _gateway.Time.GetTimestamp());
            return await _gateway.Dispatcher.DispatchAsync(
                call, _gateway.Routes.Find("m")!, new CallRecord(call), CancellationToken.None);
        }))];
    }

    private void Serve(string name, int status)
    {
        _gateway.With(name);
        _providers[name] = new Provider(_gateway[name]) { Status = status };
    }

    /// <summary>A provider that answers everybody at once and the same, or keeps all waiting.</summary>
    private sealed class Provider
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource? _held;
        private int _requests;

        public Provider(ScriptedServer server) => _ = ServeAsync(server);

        public int Status { get; set; }

        public int Requests => Volatile.Read(ref _requests);

        /// <summary>Requests that wait for their answer.</summary>
        public int Now { get; private set; }

        /// <summary>The most that ever waited at once.</summary>
        public int Most { get; private set; }

        public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release(int status)
        {
            Status = status;
            _held!.SetResult();
        }

        private async Task ServeAsync(ScriptedServer server)
        {
            while (true)
            {
                ScriptedConnection connection;
                try
                {
                    connection = await server.ConnectionAsync();
                }
                catch (Exception end) when (end is SocketException or ObjectDisposedException)
                {
                    return;
                }

                _ = AnswerAsync(connection);
            }
        }

        private async Task AnswerAsync(ScriptedConnection connection)
        {
            await connection.ReadRequestAsync();
            lock (_gate)
            {
                Now++;
                Most = Math.Max(Most, Now);
                _requests++;
            }

            if (_held is { } held)
            {
                await held.Task;
            }

            lock (_gate)
            {
                Now--;
            }

            await connection.AnswerAsync(Status, Status == 200 ? ClientFixture.Good : "{}");
        }
    }
}
