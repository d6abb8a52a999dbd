using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Modes;
using Holdfast.Timeouts;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Races, hedges, draws and ramps, as calls through the dispatcher see them.</summary>
public sealed class StrategyTests : IDisposable
{
    private readonly Gateway _gateway = new();

    [Fact]
    public async Task Parallel_asks_several_and_the_first_answer_wins()
    {
        Use(FailoverStrategy.Parallel, maxConcurrent: 2);
        var call = _gateway.With("a").With("b").With("c").CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(2));
        await _gateway.AnswerAsync("b", 200, null, "x-request-id: up-b");

        using var answer = (await call).Answer;

        Assert.NotNull(answer);
        await slow.ClosedAsync();
        Assert.Equal(("b", Outcome.Ok, "up-b", false), (_gateway.Record.Winner!.Provider, _gateway.Record.Outcome,
            _gateway.Record.ProviderRequestId, _gateway.Record.FellBack));
        Assert.Equal(["a/x:cancelled", "b/x:ok"], _gateway.Trail.Split(',').Order());
        Assert.Equal(2, _gateway.Record.Sent);
        Assert.InRange(_gateway.Record.Waited, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        Assert.Equal(0, _gateway.Breaker("a").GetStatus().FailureCount);
    }

    [Fact]
    public async Task Parallel_starts_the_next_target_when_one_fails()
    {
        Use(FailoverStrategy.Parallel, maxConcurrent: 2);
        var call = _gateway.With("a").With("b").With("c").CallAsync();
        await _gateway["a"].RequestAsync();
        await _gateway.AnswerAsync("b", 500);
        await _gateway.AnswerAsync("c", 200);

        using var answer = (await call).Answer;

        Assert.Equal(("c", true), (_gateway.Record.Winner!.Provider, _gateway.Record.FellBack));
        Assert.Equal(["a/x:cancelled", "b/x:server_error", "c/x:ok"], _gateway.Trail.Split(',').Order());
    }

    [Fact]
    public async Task A_stream_wins_a_race_at_its_first_token_and_lives_on()
    {
        Use(FailoverStrategy.Parallel);
        var call = _gateway.With("a").With("b").CallAsync(ChatCall.Streamed);
        var slow = await _gateway["a"].RequestAsync();
        var quick = await _gateway["b"].RequestAsync();
        await quick.BeginStreamAsync(ClientFixture.Hi);

        using var lease = (await call).Stream!;
        await slow.ClosedAsync();
        await _gateway.Caller.CancelAsync();

        using var output = new PooledBuffer();
        Assert.Equal(StreamStep.Broken, await lease.ReadAsync(output).AsTask().SoonAsync());
        lease.Dispose();
        await quick.ClosedAsync();
        Assert.Equal(Outcome.Cancelled, _gateway.Record.Outcome);
    }

    [Fact]
    public void Fastest_starts_all_in_the_order_of_their_latency()
    {
        _gateway.With("a").With("b").With("c").Build();
        foreach (var (provider, milliseconds) in new[] { ("a", 300), ("b", 100), ("c", 200) })
            Knows(provider, TimeSpan.FromMilliseconds(milliseconds));
        var route = _gateway.Routes.Find("m")!;

        var order = RouteOrder.For(FailoverStrategy.Fastest, route, new TargetOrder(new Random(1)));

        Assert.Equal(["b", "c", "a"], order.Select(target => target.Provider.Name));
        Assert.Equal(3, RouteOrder.LaunchFor(FailoverStrategy.Fastest, route).AtOnce);
    }

    [Theory]
    [InlineData(FailoverStrategy.Weighted, 0.75)]
    [InlineData(FailoverStrategy.Random, 0.5)]
    public void A_draw_leads_with_each_target_by_its_share(FailoverStrategy strategy, double expected)
    {
        _gateway.RouteChange = route => route with
        {
            Targets = [.. route.Targets.Select((target, i) => target with { Weight = i == 0 ? 3 : 1 })],
        };
        _gateway.With("a").With("b").Build();
        var orders = new TargetOrder(new Random(11));
        var route = _gateway.Routes.Find("m")!;

        var first = Enumerable.Range(0, 4000)
            .Count(_ => RouteOrder.For(strategy, route, orders)[0].Provider.Name == "a");

        Assert.InRange(first / 4000.0, expected - 0.04, expected + 0.04);
    }

    [Fact]
    public async Task Random_spreads_the_calls_over_the_targets_and_is_no_fallback()
    {
        Use(FailoverStrategy.Random);
        _gateway.With("a").With("b").Build();
        var first = 0;
        var (a, b) = (_gateway["a"].RequestAsync(), _gateway["b"].RequestAsync());
        for (var i = 0; i < 40; i++)
        {
            var call = _gateway.CallAsync();
            var asked = await Task.WhenAny(a, b);
            first += asked == a ? 1 : 0;
            await (await asked).AnswerAsync(200, ClientFixture.Good);
            (await call).Answer!.Dispose();
            (a, b) = asked == a ? (_gateway["a"].RequestAsync(), b) : (a, _gateway["b"].RequestAsync());
            Assert.Equal((1, false), (_gateway.Record.Sent, _gateway.Record.FellBack));
        }

        Assert.InRange(first, 8, 32);
    }

    [Fact]
    public async Task Weighted_learns_from_the_failures_of_real_calls()
    {
        _gateway.Circuit = new CircuitBreakerOptions { FailureThreshold = 0 };
        _gateway.With("a").With("b").Build();
        var orders = new TargetOrder(new Random(11));
        Assert.Equal(0.5, RouteOrder.SharesOf(_gateway.Routes.Find("m")!, orders)[0].Share, 0.01);
        for (var i = 0; i < 10; i++)
        {
            var call = _gateway.CallAsync();
            await _gateway.AnswerAsync("a", 500);
            await _gateway.AnswerAsync("b", 200);
            (await call).Answer!.Dispose();
        }

        var shares = RouteOrder.SharesOf(_gateway.Routes.Find("m")!, orders);

        Assert.InRange(shares[0].Share, 0, 0.4);
    }

    [Fact]
    public async Task A_call_can_ask_for_a_strategy_of_its_own()
    {
        _gateway.With("a").With("b").Build();
        var request = ChatCall.Of(strategy: FailoverStrategy.Parallel);
        var record = new CallRecord(request);
        var call = _gateway.Dispatcher.DispatchAsync(request, _gateway.Routes.Find("m")!, record, default)
            .AsTask().SoonAsync();
        await _gateway["a"].RequestAsync();
        await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;

        Assert.Equal("b", record.Winner!.Provider);
    }

    [Theory]
    [InlineData("fastest", FailoverStrategy.Fastest)]
    [InlineData("Random", FailoverStrategy.Random)]
    [InlineData("2", null)]
    [InlineData("parallel,random", null)]
    [InlineData("best", null)]
    public void The_header_names_the_calls_strategy(string word, FailoverStrategy? strategy)
    {
        var headers = new HeaderDictionary { ["x-holdfast-strategy"] = word };

        var error = CallerWishes.TryRead(headers, out var wishes);

        Assert.Equal((strategy, strategy is null), (wishes.Strategy, error is not null));
    }

    [Fact]
    public async Task A_hedge_starts_after_the_percentile_and_the_loser_is_closed_and_counted()
    {
        Hedge(new HedgeOptions { MaxShare = 1 });
        _gateway.With("a").With("b").Build();
        Knows("a", TimeSpan.FromSeconds(1), 30);
        var call = _gateway.CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        var percentile = Latencies("a").Percentile(0.95);
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromMilliseconds(Math.Ceiling(percentile.TotalMilliseconds)));
        _gateway.Time.Advance(TimeSpan.FromSeconds(1.5));
        await _gateway.AnswerAsync("b", 200);

        using var answer = (await call).Answer;

        await slow.ClosedAsync();
        Assert.Equal(1, _gateway.Record.Hedges);
        Assert.Equal(["a/x:cancelled", "b/x:ok"], _gateway.Trail.Split(',').Order());
        using var meter = new GatewayMeter();
        var page = new PrometheusPage(meter);
        new CallMetrics(meter).OnCompleted(_gateway.Record);
        using var text = new PooledBuffer();
        page.Write(text);
        Assert.Matches("holdfast_hedges_total\\{[^}]*\\} 1\n", Encoding.UTF8.GetString(text.WrittenSpan));
    }

    [Fact]
    public async Task Too_little_is_known_for_a_hedge_at_first()
    {
        Hedge(new HedgeOptions { MaxShare = 1 });
        _gateway.With("a").With("b").Build();
        Knows("a", TimeSpan.FromSeconds(1), 19);
        var call = _gateway.CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(50));
        await slow.AnswerAsync(200, ClientFixture.Good);

        (await call).Answer!.Dispose();

        Assert.Equal(("a/x:ok", 0), (_gateway.Trail, _gateway.Record.Hedges));
    }

    [Theory]
    [InlineData("rate-limited")]
    [InlineData("open")]
    [InlineData("half-open")]
    [InlineData("isolated")]
    public async Task No_hedge_starts_while_a_target_of_the_route_is_overloaded(string how)
    {
        Hedge(new HedgeOptions { Percentile = null, Delay = TimeSpan.FromSeconds(1), MaxShare = 1 });
        _gateway.Circuit = new CircuitBreakerOptions { SuccessThreshold = 2 };
        _gateway.With("a").With("b").With("c").Build();
        var last = _gateway.States.All.Single(state => state.Provider == "c");
        switch (how)
        {
            case "rate-limited":
                last.Cooldown.Extend(TimeSpan.FromMinutes(1));
                break;
            case "isolated":
                last.Breaker.Isolate();
                break;
            default:
                for (var i = 0; i < 5; i++)
                    Settle(last.Breaker, Outcome.ServerError);
                break;
        }

        if (how == "half-open")
        {
            _gateway.Time.Advance(TimeSpan.FromMinutes(1));
            Settle(last.Breaker, Outcome.Ok);
            Assert.Equal((CircuitState.HalfOpen, true), (last.Breaker.State, last.Breaker.IsAvailable));
        }

        var call = _gateway.CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));
        _gateway.Time.Advance(TimeSpan.FromSeconds(1));
        await slow.AnswerAsync(200, ClientFixture.Good);

        (await call).Answer!.Dispose();
        Assert.Equal(0, _gateway.Record.Hedges);
    }

    [Theory]
    [InlineData(OperationMode.Degraded)]
    [InlineData(OperationMode.Emergency)]
    public async Task Hedging_stops_while_the_mode_is_not_normal(OperationMode mode)
    {
        Hedge(new HedgeOptions { Percentile = null, Delay = TimeSpan.FromSeconds(1), MaxShare = 1 });
        _gateway.With("a").With("b").Build();
        var call = _gateway.CallAsync();
        var slow = await _gateway["a"].RequestAsync();
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));

        // Even for calls that are under way.
        _gateway.Modes.SetByHand(mode, "test");
        _gateway.Time.Advance(TimeSpan.FromSeconds(1));
        await slow.AnswerAsync(200, ClientFixture.Good);

        (await call).Answer!.Dispose();
        Assert.Equal(0, _gateway.Record.Hedges);
    }

    [Fact]
    public async Task Hedges_keep_to_their_share_of_the_calls()
    {
        Hedge(new HedgeOptions { Percentile = null, Delay = TimeSpan.FromSeconds(1), MaxShare = 0.5 });
        _gateway.With("a").With("b").Build();
        var hedges = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            var request = ChatCall.Of();
            var record = new CallRecord(request);
            var call = _gateway.Dispatcher.DispatchAsync(request, _gateway.Routes.Find("m")!, record, default);
            var slow = await _gateway["a"].RequestAsync();
            await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));
            _gateway.Time.Advance(TimeSpan.FromSeconds(1));
            if (i % 2 == 1)
                await _gateway["b"].RequestAsync();
            await slow.AnswerAsync(200, ClientFixture.Good);
            (await call.AsTask().SoonAsync()).Answer!.Dispose();
            hedges.Add(record.Hedges);
        }

        Assert.Equal([0, 1, 0, 1], hedges);
    }

    [Fact]
    public void A_target_that_has_recovered_leads_only_a_share_of_the_calls_at_first()
    {
        _gateway.With("a").With("b").Build();
        var breaker = _gateway.Breaker("a");
        for (var i = 0; i < 5; i++)
            Settle(breaker, Outcome.ServerError);
        _gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Settle(breaker, Outcome.Ok);
        Settle(breaker, Outcome.Ok);
        Assert.Equal(CircuitState.Closed, breaker.State);

        Assert.InRange(Leads(), 0.02, 0.6);

        _gateway.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, Leads());
    }

    [Fact]
    public async Task An_adaptive_timeout_strikes_earlier_than_configured_once_enough_is_known()
    {
        _gateway.RouteChange = route => route with
        {
            Targets = [.. route.Targets.Select(target => target with { Timeouts = new() { Adaptive = true } })],
        };
        _gateway.With("a").With("b").Build();
        Knows("a", TimeSpan.FromSeconds(2), 30);
        var call = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();

        _gateway.Time.Advance(TimeSpan.FromSeconds(8));

        await _gateway.AnswerAsync("b", 200);
        (await call).Answer!.Dispose();
        Assert.Equal("a/x:timeout,b/x:ok", _gateway.Trail);
    }

    public void Dispose() => _gateway.Dispose();

    private static void Settle(CircuitBreaker breaker, Outcome outcome)
    {
        Assert.True(breaker.TryAcquire(out var permit));
        permit.Settle(outcome);
    }

    private void Use(FailoverStrategy strategy, int maxConcurrent = 3) => _gateway.RouteChange = route =>
        route with { Strategy = strategy, MaxConcurrent = maxConcurrent };

    private void Hedge(HedgeOptions hedge) => _gateway.RouteChange = route => route with { Hedge = hedge };

    private LatencyHistogram Latencies(string provider) =>
        _gateway.States.All.Single(state => state.Provider == provider).Statistics.Latencies;

    private void Knows(string provider, TimeSpan latency, int times = 1)
    {
        var statistics = _gateway.States.All.Single(state => state.Provider == provider).Statistics;
        for (var i = 0; i < times; i++)
        {
            statistics.Started();
            statistics.Record(Outcome.Ok, latency);
        }
    }

    private double Leads()
    {
        var orders = new TargetOrder(new Random(1));
        var route = _gateway.Routes.Find("m")!;
        return Enumerable.Range(0, 2000)
            .Count(_ => RouteOrder.For(FailoverStrategy.Sequential, route, orders)[0].Provider.Name == "a") / 2000.0;
    }
}
