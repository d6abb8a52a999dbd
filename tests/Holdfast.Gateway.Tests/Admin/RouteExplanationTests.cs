using System.Text.Json;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Admin;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Modes;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Admin;

public sealed class RouteExplanationTests : IDisposable
{
    private readonly Routing.Gateway _gateway = new();
    private readonly TargetOrder _orders = new(new Random(7));

    public void Dispose() => _gateway.Dispose();

    [Theory]
    [InlineData(FailoverStrategy.Sequential, "exact", "onFailure", 1)]
    [InlineData(FailoverStrategy.Parallel, "exact", "race", 2)]
    [InlineData(FailoverStrategy.Random, "any", "onFailure", 1)]
    public void Goes_by_priority_where_nothing_else_decides(
        FailoverStrategy strategy, string order, string launch, int atOnce)
    {
        _gateway.With("a").With("b").With("c");
        _gateway.RouteChange = route => route with
        {
            MaxConcurrent = 2,
            Targets = [.. route.Targets.Select((target, i) => target with { Priority = 3 - i })],
        };

        var explained = Explain(strategy);

        Assert.Equal(["c", "b", "a"], Order(explained));
        Assert.Equal([1, 2, 3], explained.Targets.Select(target => target.Position));
        Assert.Equal(new int?[] { 1, 2, 3 }, explained.Targets.Select(target => target.Priority));
        Assert.Equal((order, launch, atOnce), (explained.Order, explained.Launch, explained.MaxConcurrent));
        Assert.All(explained.Targets, target => Assert.Null(target.Share));
    }

    [Theory]
    [InlineData(true, "instruction", "prefix")]
    [InlineData(false, null, null)]
    public void Says_how_each_target_would_go_on_with_a_stream(bool continues, string? first, string? second)
    {
        _gateway.With("a").With("b", "mistral");
        _gateway.RouteChange = route => route with { ContinueStreams = continues };

        var explained = Explain(FailoverStrategy.Sequential);

        Assert.Equal(continues, explained.ContinueStreams);
        Assert.Equal([first, second], explained.Targets.Select(target => target.Continues));
    }

    [Fact]
    public void Fastest_goes_by_latency_and_starts_all()
    {
        _gateway.With("a").With("b");
        Know("a", milliseconds: 200);
        Know("b", milliseconds: 20);

        var explained = Explain(FailoverStrategy.Fastest);

        Assert.Equal(["b", "a"], Order(explained));
        Assert.Equal(("exact", "race", 2), (explained.Order, explained.Launch, explained.MaxConcurrent));
        Assert.InRange(explained.Targets[0].Statistics.P95Ms!.Value, 19, 22);
        Assert.Equal(1, explained.Targets[0].Statistics.RequestCount);
    }

    [Fact]
    public void Weighted_goes_by_share_and_tells_it()
    {
        _gateway.With("a").With("b");
        _gateway.RouteChange = route => route with
        {
            Targets = [route.Targets[0] with { Weight = 1 }, route.Targets[1] with { Weight = 3 }],
        };

        var explained = Explain(FailoverStrategy.Weighted);

        Assert.Equal(["b", "a"], Order(explained));
        Assert.Equal("likeliest", explained.Order);
        Assert.Equal([0.75, 0.25], explained.Targets.Select(target => Math.Round(target.Share!.Value, 6)));
    }

    [Fact]
    public void An_explanation_takes_no_draw_from_the_calls()
    {
        _gateway.With("a").With("b").With("c").Build();
        var route = _gateway.Routes.Find("m")!;
        var untouched = new TargetOrder(new Random(7));

        for (var i = 0; i < 20; i++)
        {
            Explain(FailoverStrategy.Weighted);
            Explain(FailoverStrategy.Random);
            Assert.Equal(
                RouteOrder.For(FailoverStrategy.Weighted, route, untouched).Select(target => target.ToString()),
                RouteOrder.For(FailoverStrategy.Weighted, route, _orders).Select(target => target.ToString()));
        }
    }

    [Fact]
    public void A_probe_is_left_for_the_call_that_comes()
    {
        _gateway.With("a").Build();
        var breaker = Open("a");
        _gateway.Time.Advance(breaker.RetryAfter);

        Assert.True(Explain().Targets[0].Available);
        Assert.True(Explain().Targets[0].Available);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Says_why_a_target_is_passed_over_and_for_how_long()
    {
        _gateway.With("isolated").With("open").With("resting").With("held", keys: ["sk-one"]).With("good").Build();
        _gateway.Breaker("isolated").Isolate();
        Open("open");
        Target("resting").State.Cooldown.Extend(TimeSpan.FromSeconds(3));
        Target("held").Provider.Keys.Keys.Single().Hold();

        var targets = Explain().Targets;

        Assert.Equal(["isolated", "circuit_open", "held", "held", null], targets.Select(target => target.Why));
        Assert.Equal([false, false, false, false, true], targets.Select(target => target.Available));
        Assert.Equal(
            new double?[] { null, 60_000, 3_000, 300_000, null }, targets.Select(target => target.RetryAfterMs));
        Assert.Equal(["isolated", "open", "closed", "closed", "closed"], targets.Select(target => target.State));
        Assert.Equal(new KeysExplanation(1, 1, 0), targets[3].Keys);
    }

    [Fact]
    public void Where_every_key_was_refused_a_call_goes_last()
    {
        _gateway.With("a", keys: ["sk-one"]).With("b").Build();
        Target("a").Provider.Keys.Keys.Single().Mark();

        var explained = Explain();

        Assert.Equal(["b", "a"], Order(explained));
        Assert.Equal((true, true, null), (explained.Targets[1].Available, explained.Targets[1].LastResort,
            explained.Targets[1].Why));
    }

    [Fact]
    public void Shows_the_limits_that_hold_now()
    {
        _gateway.With("a");
        _gateway.RouteChange = route => route with
        {
            Targets = [route.Targets[0] with { Timeouts = new TimeoutOptions { Adaptive = true } }],
        };
        _gateway.Build();
        for (var i = 0; i < 200; i++)
        {
            Know("a", milliseconds: 900);
        }

        var limits = Explain().Targets[0].Timeouts;

        Assert.True(limits.Adaptive);
        Assert.InRange(limits.AttemptMs, 900, 30_000);
        Assert.Equal(5_000, limits.ConnectMs);
    }

    [Fact]
    public void Tells_when_a_hedge_would_start()
    {
        _gateway.With("a").With("b");
        _gateway.RouteChange = route => route with
        {
            Hedge = new HedgeOptions { Percentile = null, Delay = TimeSpan.FromMilliseconds(250) },
        };

        var explained = Explain();

        Assert.Equal("hedged", explained.Launch);
        Assert.Equal(new HedgeExplanation(250, null, 0.05), explained.Hedge);
    }

    [Fact]
    public void Tells_that_nothing_is_hedged_while_the_mode_is_not_normal()
    {
        _gateway.With("a").With("b");
        _gateway.RouteChange = route => route with
        {
            Hedge = new HedgeOptions { Percentile = null, Delay = TimeSpan.FromMilliseconds(250) },
        };
        _gateway.Modes.SetByHand(OperationMode.Degraded, "test");

        var explained = Explain();

        Assert.Equal(("onFailure", null), (explained.Launch, explained.Hedge));
    }

    [Fact]
    public void A_direct_target_has_no_route_and_no_priority_and_leaves_no_trace()
    {
        _gateway.With("a").Build();
        var route = _gateway.Routes.Look("a/new")!;

        var explained = RouteExplanation.Of("a/new", route, route.Strategy, _orders, OperationMode.Normal);

        Assert.Null(explained.Route);
        Assert.Null(Assert.Single(explained.Targets).Priority);
        Assert.DoesNotContain(_gateway.States.All, state => state.Model == "new");
    }

    [Fact]
    public void Keys_are_never_shown()
    {
        _gateway.With("a", keys: ["sk-secret-one", "sk-secret-two"]).Build();

        var json = JsonSerializer.Serialize(Explain(), AdminJson.Default.RouteExplanation);

        Assert.DoesNotContain("secret", json, StringComparison.Ordinal);
        Assert.Contains("\"keys\":{\"total\":2,\"held\":0,\"marked\":0}", json, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Order(RouteExplanation explained) =>
        explained.Targets.Select(target => target.Provider);

    private RouteExplanation Explain(FailoverStrategy strategy = FailoverStrategy.Sequential)
    {
        _gateway.Build();
        return RouteExplanation.Of("m", _gateway.Routes.Look("m")!, strategy, _orders, _gateway.Modes.Mode);
    }

    private Target Target(string provider) =>
        _gateway.Routes.Find("m")!.Targets.Single(target => target.Provider.Name == provider);

    private void Know(string provider, int milliseconds)
    {
        _gateway.Build();
        var statistics = Target(provider).State.Statistics;
        statistics.Started();
        statistics.Record(Outcome.Ok, TimeSpan.FromMilliseconds(milliseconds));
    }

    private CircuitBreaker Open(string provider)
    {
        var breaker = _gateway.Breaker(provider);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit));
            permit.Failed();
        }

        return breaker;
    }
}
