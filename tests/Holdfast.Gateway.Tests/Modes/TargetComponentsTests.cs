using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Health;
using Holdfast.Modes;

namespace Holdfast.Gateway.Tests.Modes;

/// <summary>How the mode follows from the health of targets.</summary>
public sealed class TargetComponentsTests : IDisposable
{
    private readonly Watching _watching = new();
    private readonly OperationModes _modes;
    private readonly TargetComponents _components;
    private readonly Dictionary<string, CircuitBreaker> _breakers = [];

    public TargetComponentsTests()
    {
        _modes = new OperationModes(new ModeOptions(), _watching.Time);
        _components = new TargetComponents(_watching.Monitor, _modes);
    }

    public void Dispose() => _watching.Dispose();

    [Fact]
    public void One_model_that_fails_while_its_provider_has_another_degrades_nothing()
    {
        Watch(Target("a", "x", ["m"]), Target("a", "y", ["m"]));

        Down("a", "x");

        Assert.Equal((OperationMode.Normal, 0), (_modes.Mode, _modes.GetStatus().Components.Count));
    }

    [Fact]
    public void A_provider_none_of_whose_models_works_is_of_medium_severity()
    {
        Watch(Target("a", "x", ["m"]), Target("a", "y", ["m"]), Target("b", "x", ["m"]));

        Down("a", "x");
        Down("a", "y");

        Assert.Equal("provider:a: none of its models is available (medium)", Reasons());
        Assert.Equal(OperationMode.Degraded, _modes.Mode);
    }

    [Fact]
    public void A_provider_that_leaves_a_route_with_nothing_is_of_high_severity()
    {
        Watch(Target("a", "x", ["m", "alone"]), Target("b", "x", ["m"]));

        Down("a", "x");

        Assert.Equal("provider:a: none of its models is available, and nothing is left for alone (high)", Reasons());
    }

    [Fact]
    public void A_route_with_nothing_left_though_its_providers_work_is_of_high_severity()
    {
        Watch(Target("a", "x", ["m"]), Target("a", "y", ["n"]));

        Down("a", "x");

        Assert.Equal("route:m: none of its targets is available (high)", Reasons());
    }

    [Fact]
    public void Three_providers_that_leave_routes_with_nothing_are_an_emergency()
    {
        Watch(Target("a", "x", ["m"]), Target("b", "x", ["n"]), Target("c", "x", ["o"]), Target("d", "x", ["p"]));
        Down("a", "x");
        Down("b", "x");
        Assert.Equal(OperationMode.Degraded, _modes.Mode);

        Down("c", "x");

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Fact]
    public void A_critical_target_that_is_unavailable_is_an_emergency()
    {
        Watch(Target("a", "x", ["m"], isCritical: true), Target("a", "y", ["m"]));

        Down("a", "x");

        Assert.Equal("target:a/x: it is critical, and unavailable (critical)", Reasons());
        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Fact]
    public void Recovers_by_itself()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));
        Down("a", "x");
        Assert.Equal(OperationMode.Emergency, _modes.Mode);

        Call("a", "x", Outcome.Ok, times: 2);

        Assert.Equal((OperationMode.Normal, 0), (_modes.Mode, _modes.GetStatus().Components.Count));
    }

    [Fact]
    public void What_only_plain_proxies_name_marks_nothing_however_critical()
    {
        Watch(Target("a", "x", [], isCritical: true), Target("a", "y", []), Target("b", "x", ["m"]));

        Down("a", "x");
        Down("a", "y");

        Assert.Equal((OperationMode.Normal, ""), (_modes.Mode, Reasons()));
    }

    [Fact]
    public void What_was_taken_out_by_hand_is_nobodys_failure()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));

        _breakers["a/x"].Isolate();
        _watching.Monitor.CircuitChanged("a", "x");

        Assert.Equal(OperationMode.Normal, _modes.Mode);
    }

    [Fact]
    public void A_provider_of_which_the_rest_was_taken_out_by_hand_is_down_when_what_is_left_is()
    {
        Watch(Target("a", "x", ["m"]), Target("a", "y", ["m"]), Target("b", "x", ["m"]));
        _breakers["a/y"].Isolate();
        _watching.Monitor.CircuitChanged("a", "y");

        Down("a", "x");

        Assert.Equal("provider:a: none of its models is available (medium)", Reasons());
    }

    [Fact]
    public void A_reload_forgets_components_that_are_gone()
    {
        Watch(Target("a", "x", ["m"]));
        Down("a", "x");
        Assert.Equal(OperationMode.Degraded, _modes.Mode);

        Watch(Target("b", "x", ["m"]));
        _components.Use(new OperationModeOptions());

        Assert.Equal(OperationMode.Normal, _modes.Mode);
    }

    [Fact]
    public void Nothing_is_derived_when_that_is_off_and_what_was_derived_goes()
    {
        Watch(Target("a", "x", ["m"]));
        Down("a", "x");

        _components.Use(new OperationModeOptions { Automatic = false });

        Assert.Equal(OperationMode.Normal, _modes.Mode);
    }

    [Fact]
    public void What_others_marked_stays()
    {
        Watch(Target("a", "x", ["m"]));
        _modes.MarkDegraded("database", ModeSeverity.Low, "slow");
        Down("a", "x");

        Call("a", "x", Outcome.Ok, times: 2);

        Assert.Equal("database: slow (low)", Reasons());
    }

    [Fact]
    public void The_number_that_makes_an_emergency_is_the_configurations()
    {
        Watch(Target("a", "x", ["m"]));
        _components.Use(new OperationModeOptions { HighForEmergency = 1 });

        Down("a", "x");

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Theory]
    [InlineData(Outcome.ServerError)]
    [InlineData(Outcome.Timeout)]
    [InlineData(Outcome.BadAnswer)]
    [InlineData(Outcome.Cut)]
    public void One_callers_requests_that_fail_everywhere_are_no_emergency(Outcome outcome)
    {
        Watch(Target("a", "x", ["m"], isCritical: true), Target("b", "x", ["n"]), Target("c", "x", ["o"]));

        foreach (var provider in new[] { "a", "b", "c" })
        {
            Call(provider, "x", outcome, times: 10);
        }

        Assert.Equal(OperationMode.Normal, _modes.Mode);
        Assert.All(_modes.GetStatus().Components, one => Assert.Equal(ModeSeverity.Low, one.Severity));
        Assert.Contains("as far as one caller has seen", Reasons(), StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_count_once_a_second_caller_has_seen_them()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));
        Call("a", "x", Outcome.ServerError, times: 10);
        Assert.Equal(OperationMode.Normal, _modes.Mode);

        Call("a", "x", Outcome.ServerError, times: 1, key: "bob");

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Fact]
    public void A_second_callers_failure_counts_only_until_the_target_has_worked()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));
        Call("a", "x", Outcome.ServerError, times: 1, key: "bob");
        Call("a", "x", Outcome.Ok, times: 1, key: "bob");

        Call("a", "x", Outcome.ServerError, times: 10);

        Assert.Equal(OperationMode.Normal, _modes.Mode);
    }

    [Theory]
    [InlineData(Outcome.Refused, null)]
    [InlineData(Outcome.Auth, 401)]
    [InlineData(Outcome.Quota, 429)]
    public void What_no_request_can_bring_about_counts_whoever_sees_it(Outcome outcome, int? status)
    {
        Watch(Target("a", "x", ["m"], isCritical: true));

        Call("a", "x", outcome, times: 3, status: status);

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Fact]
    public async Task What_one_caller_has_seen_counts_once_a_check_has_failed_too()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));
        Call("a", "x", Outcome.ServerError, times: 10);
        Assert.Equal(OperationMode.Normal, _modes.Mode);

        _watching.Server.Dispose();
        await _watching.Monitor.CheckAsync(CancellationToken.None).SoonAsync();

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    [Fact]
    public void Who_has_seen_it_survives_a_reload()
    {
        Watch(Target("a", "x", ["m"], isCritical: true));
        Call("a", "x", Outcome.ServerError, times: 10);
        Watch(Target("a", "x", ["m"], isCritical: true));

        Call("a", "x", Outcome.ServerError, times: 1, key: "bob");

        Assert.Equal(OperationMode.Emergency, _modes.Mode);
    }

    private void Watch(params IReadOnlyList<WatchedTarget> targets) => _watching.Monitor.Watch(targets);

    private WatchedTarget Target(string provider, string model, string[] routes, bool isCritical = false)
    {
        var options = new ProviderOptions { Name = provider, Type = "openai", BaseUrl = _watching.Server.Url };
        var breaker = new CircuitBreaker($"{provider}/{model}", new CircuitBreakerOptions(), _watching.Time);
        _breakers[$"{provider}/{model}"] = breaker;
        return new WatchedTarget(new Provider(options, new KeyRing([])), model,
            new HealthCheckOptions { Interval = TimeSpan.Zero, Critical = isCritical }, breaker, routes);
    }

    private void Down(string provider, string model) => Call(provider, model, Outcome.Refused, times: 3);

    private void Call(string provider, string model, Outcome outcome, int times, string key = "alice",
        int? status = null)
    {
        for (var i = 0; i < times; i++)
        {
            var record = new CallRecord(ChatCall.Of(ChatCall.Plain, key: key));
            record.Add(new AttemptRecord(provider, model, outcome, TimeSpan.Zero, WasSent: true)
            {
                NeverArrived = outcome == Outcome.Refused, Status = status,
            });
            _watching.Monitor.OnCompleted(record);
        }
    }

    private string Reasons() => string.Join('|', _modes.GetStatus().Reasons);
}
