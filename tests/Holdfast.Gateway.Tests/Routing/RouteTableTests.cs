using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Health;
using Holdfast.Modes;

namespace Holdfast.Gateway.Tests.Routing;

public sealed class RouteTableTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TargetStates _states;
    private readonly KeyStates _keys;

    public RouteTableTests()
    {
        _states = new TargetStates(_time);
        _keys = new KeyStates(_time);
    }

    [Fact]
    public void A_configured_name_comes_before_a_provider_and_its_model()
    {
        var table = Build([Provider("a"), Provider("b")], Route("a/x", Target("b", "y")));

        Assert.Equal("b/y", table.Find("a/x")!.Targets.Single().ToString());
    }

    [Fact]
    public void A_provider_and_its_model_are_parted_at_the_first_slash()
    {
        var table = Build([Provider("a")]);

        var route = table.Find("a/meta/llama:free")!;

        Assert.Equal(("a", "meta/llama:free"), (route.Targets.Single().Provider.Name, route.Targets.Single().Model));
        Assert.False(route.IsConfigured);
    }

    [Fact]
    public void A_direct_target_that_a_route_names_is_configured()
    {
        var table = Build([Provider("a")], Route("m", Target("a", "x")));

        Assert.True(table.Find("a/x")!.IsConfigured);
        Assert.Same(table.Find("m")!.Targets.Single().State, table.Find("a/x")!.Targets.Single().State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m2")]
    [InlineData("/x")]
    [InlineData("a/")]
    [InlineData("/")]
    [InlineData("b/x")]
    [InlineData("A/x")]
    [InlineData("M")]
    public void What_is_unknown_is_nothing(string name) =>
        Assert.Null(Build([Provider("a")], Route("m", Target("a", "x"))).Find(name));

    [Fact]
    public void Lower_priorities_come_first_and_ties_stay_in_order()
    {
        var table = Build([Provider("a")], Route("m",
            Target("a", "1", 2), Target("a", "2", 1), Target("a", "3", 2), Target("a", "4", 1), Target("a", "5", 0)));

        Assert.Equal(["5", "2", "4", "1", "3"], table.Find("m")!.Targets.Select(target => target.Model));
    }

    [Fact]
    public void Routes_and_providers_stay_in_the_order_of_the_configuration()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"p{i * 7919 % 1000}")];

        var table = Build([.. names.Select(Provider)], [.. names.Select(name => Route(name, Target(name, "x")))]);

        Assert.Equal(names, table.Routes.Select(route => route.Name));
        Assert.Equal(names, table.Providers.Select(provider => provider.Name));
    }

    [Fact]
    public void Routes_share_what_is_known_of_a_target()
    {
        var table = Build([Provider("a")], Route("m", Target("a", "x")), Route("n", Target("a", "x")));

        Assert.Same(table.Find("m")!.Targets.Single().State, table.Find("n")!.Targets.Single().State);
    }

    [Fact]
    public void What_is_known_of_a_target_survives_a_reload_and_takes_new_options()
    {
        var before = Build([Provider("a")], Route("m", Target("a", "x"))).Find("m")!.Targets.Single().State;
        before.Cooldown.Extend(TimeSpan.FromMinutes(1));
        var options = new CircuitBreakerOptions { FailureThreshold = 77 };

        var after = Build([Provider("a") with { CircuitBreaker = options }], Route("m", Target("a", "x")))
            .Find("m")!.Targets.Single().State;

        Assert.Same(before, after);
        Assert.Equal(77, after.Breaker.Options.FailureThreshold);
        Assert.False(after.Cooldown.IsOver);
    }

    [Fact]
    public void A_target_that_no_route_names_any_more_is_no_longer_configured()
    {
        var state = Build([Provider("a")], Route("m", Target("a", "x"))).Find("m")!.Targets.Single().State;

        Build([Provider("a")], Route("m", Target("a", "y")));

        Assert.False(state.IsConfigured);
    }

    [Fact]
    public void What_is_known_of_a_provider_that_is_gone_is_forgotten()
    {
        Build([Provider("a"), Provider("b")], Route("m", Target("a", "x"), Target("b", "x")));

        Build([Provider("b")], Route("m", Target("b", "x")));

        Assert.Equal(["b"], _states.All.Select(state => state.Provider));
    }

    [Fact]
    public void Models_that_only_callers_name_share_a_state_past_the_bound()
    {
        var table = Build([Provider("a")]);
        for (var i = 0; i < TargetStates.MaxUnconfigured; i++)
        {
            table.Find($"a/model-{i}");
        }

        var one = table.Find("a/one-more")!.Targets.Single();
        var two = table.Find("a/and-another")!.Targets.Single();

        Assert.Same(one.State, two.State);
        Assert.Equal(("one-more", TargetStates.Others), (one.Model, one.State.Model));
        Assert.Equal(TargetStates.MaxUnconfigured + 1, _states.All.Count());
        Assert.NotSame(one.State, table.Find("a/model-0")!.Targets.Single().State);
    }

    [Fact]
    public void A_changed_circuit_is_told_with_its_target()
    {
        var told = new List<string>();
        _states.CircuitChanged += (state, change) => told.Add($"{state.Provider}/{state.Model} {change.To}");
        var target = Build([Provider("a")], Route("m", Target("a", "x"))).Find("m")!.Targets.Single();

        target.State.Breaker.Isolate();

        Assert.Equal(["a/x Isolated"], told);
    }

    [Fact]
    public void Failover_follows_the_table_unless_the_route_says_otherwise()
    {
        var table = Build([Provider("a")], Route("m", Target("a", "x")),
            Route("n", Target("a", "x")) with { FailoverOn = [Outcome.Timeout, Outcome.CallerError] });

        Assert.True(table.Find("m")!.ShouldFailOver(Outcome.ServerError));
        Assert.False(table.Find("m")!.ShouldFailOver(Outcome.CallerError));
        Assert.True(table.Find("n")!.ShouldFailOver(Outcome.Timeout));
        Assert.False(table.Find("n")!.ShouldFailOver(Outcome.ServerError));
        Assert.False(table.Find("n")!.ShouldFailOver(Outcome.CallerError));
    }

    [Fact]
    public void The_findings_name_what_is_wrong_and_never_a_key()
    {
        var provider = Provider("a") with { ApiKeys = ["sk-secret-1", "sk-secret-2"] };
        var table = Build([provider], Route("m", Target("a", "x")), Route("n", Target("a", "x")));
        var target = table.Find("m")!.Targets.Single();
        target.State.Breaker.Isolate();
        target.State.Cooldown.Extend(TimeSpan.FromSeconds(42));
        target.Provider.Keys.Keys.First().Hold();
        target.Provider.Keys.Keys.Last().Mark();

        using var watching = new Watching();
        var modes = new OperationModes(new ModeOptions(), _time);

        modes.SetByHand(OperationMode.Degraded, "test");

        var findings = new TargetFindings(() => table, watching.Monitor, modes).List().ToList();

        Assert.Equal(
            [
                "mode DEGRADED: set by hand: test",
                "a/x: the circuit is isolated", "a/x: rate-limited for another 42 s",
                "a: key 1 is out of quota, held for another 300 s", "a: key 2 was refused by the provider",
            ],
            findings);
    }

    [Fact]
    public void The_findings_name_targets_whose_health_is_not_good()
    {
        var table = Build([Provider("a")], Route("m", Target("a", "x")));
        using var watching = new Watching();
        var modes = new OperationModes(new ModeOptions(), _time);
        watching.Monitor.Watch(WatchedTargets.Of(table));
        var record = new CallRecord(ChatCall.Of(ChatCall.Plain));
        record.Add(new AttemptRecord("a", "x", Outcome.Timeout, TimeSpan.Zero, WasSent: true));
        for (var i = 0; i < 3; i++)
        {
            watching.Monitor.OnCompleted(record);
        }

        var findings = new TargetFindings(() => table, watching.Monitor, modes).List();

        Assert.Equal("a/x: unavailable: 3 failures in a row: timeout", Assert.Single(findings));
    }

    [Fact]
    public void A_target_is_watched_once_however_many_routes_name_it()
    {
        var watched = WatchedTargets.Of(Build([Provider("a"), Provider("b")],
            Route("m", Target("a", "x"), Target("b", "y")), Route("n", Target("a", "x"))));

        Assert.Equal(["a/x: m n", "b/y: m"],
            watched.Select(target => $"{target.Id}: {string.Join(' ', target.Routes)}"));
    }

    [Fact]
    public void A_plain_proxy_is_none_of_the_routes_that_a_watched_target_serves()
    {
        var watched = WatchedTargets.Of(Build([Provider("a"), Provider("b")],
            Route("m", Target("a", "x")), Route("n", Target("a", "x")) with { Reliability = false },
            Route("o", Target("b", "y")) with { Reliability = false }));

        Assert.Equal(["a/x: m", "b/y: "],
            watched.Select(target => $"{target.Id}: {string.Join(' ', target.Routes)}"));
    }

    [Fact]
    public void A_target_is_checked_as_often_as_the_most_watchful_route_wants_and_critical_for_any()
    {
        var often = new HealthCheckOptions { Interval = TimeSpan.FromSeconds(5), Endpoint = "/often" };
        var never = new HealthCheckOptions { Interval = TimeSpan.Zero, Critical = true };
        var watched = WatchedTargets.Of(Build([Provider("a")],
            Route("m", Target("a", "x") with { HealthCheck = never }),
            Route("n", Target("a", "x") with { HealthCheck = often })));

        Assert.Equal(often with { Critical = true }, watched.Single().Check);
    }

    private static ProviderOptions Provider(string name) =>
        new() { Name = name, Type = "openai", BaseUrl = new Uri("http://x.test") };

    private static RouteOptions Route(string name, params TargetOptions[] targets) =>
        new() { Name = name, Targets = targets };

    private static TargetOptions Target(string provider, string model, int priority = 1) =>
        new() { Provider = provider, Model = model, Priority = priority };

    private RouteTable Build(IReadOnlyList<ProviderOptions> providers, params RouteOptions[] routes) =>
        RouteTable.Build(providers, routes, _states, _keys, _time.GetUtcNow());
}
