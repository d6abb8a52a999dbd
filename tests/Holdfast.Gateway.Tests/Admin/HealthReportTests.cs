using System.Text.Json;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Admin;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Health;

namespace Holdfast.Gateway.Tests.Admin;

/// <summary>The health record of each provider, and of all of them.</summary>
public sealed class HealthReportTests : IDisposable
{
    private static readonly string[] RecordFields =
        ["name", "status", "health", "critical", "message", "details", "errorRate", "lastCheck"];

    private readonly Watching _watching = new();
    private readonly TargetStates _states;
    private RouteTable _routes;

    public HealthReportTests()
    {
        _states = new TargetStates(_watching.Time);
        _states.CircuitChanged += (state, _) => _watching.Monitor.CircuitChanged(state.Provider, state.Model);
        _routes = Routes(isCritical: false);
    }

    public void Dispose() => _watching.Dispose();

    [Fact]
    public void A_record_of_each_provider_has_the_shape_that_is_fixed()
    {
        using var json = JsonDocument.Parse(
            JsonSerializer.Serialize(Report(), AdminJson.Default.HealthReport));

        Assert.Equal(["timestamp", "status", "healthy", "unhealthy", "maintenance", "records"],
            Names(json.RootElement));
        var record = json.RootElement.GetProperty("records")[0];
        Assert.Equal("llm_provider_a", record.GetProperty("name").GetString());
        Assert.Equal([.. RecordFields, "models"], Names(record));
        Assert.Equal(RecordFields, Names(record.GetProperty("models")[0]));
        Assert.Equal(
            ["circuitBreakerState", "failureCount", "lastFailureTime", "responseTimeMs", "error", "errorType"],
            Names(record.GetProperty("details")));
    }

    [Fact]
    public void What_nothing_is_known_of_is_ok()
    {
        var report = Report();

        Assert.Equal(("ok", 2, 0, 0), (report.Status, report.Healthy, report.Unhealthy, report.Maintenance));
        Assert.Equal(("ok", "available", "available", 0d, null), (report.Records[0].Status, report.Records[0].Health,
            report.Records[0].Message, report.Records[0].ErrorRate, report.Records[0].LastCheck));
    }

    [Fact]
    public void The_details_say_what_failed_last()
    {
        Called("a", "x", Outcome.ServerError, times: 2);
        var failedAt = _watching.Time.GetUtcNow();
        _watching.Time.Advance(TimeSpan.FromSeconds(1));
        Called("a", "y", Outcome.Ok, times: 2);

        var details = Record("a").Details;

        Assert.Equal(("server_error", "MODEL_ERROR", failedAt, "closed", 250d),
            (details.Error, details.ErrorType, details.LastFailureTime, details.CircuitBreakerState,
                details.ResponseTimeMs));
        Assert.Equal(0.5, Record("a").ErrorRate, 3);
    }

    [Fact]
    public void One_model_that_fails_degrades_its_provider()
    {
        Called("a", "x", Outcome.Timeout, times: 3);

        Assert.Equal(("degraded", "degraded", "x: unavailable: 3 failures in a row: timeout"),
            (Record("a").Status, Record("a").Health, Record("a").Message));
        Assert.Equal(("critical", "ok"), (Record("a").Models![0].Status, Record("a").Models![1].Status));
        Assert.Equal(("degraded", 2, 0), (Report().Status, Report().Healthy, Report().Unhealthy));
    }

    [Fact]
    public void A_provider_none_of_whose_models_works_is_critical()
    {
        Down("a");

        Assert.Equal(("critical", "unavailable"), (Record("a").Status, Record("a").Health));
        Assert.Equal(("degraded", 1, 1), (Report().Status, Report().Healthy, Report().Unhealthy));
    }

    [Fact]
    public void A_provider_whose_circuits_are_open_is_unhealthy_whatever_its_signs_say()
    {
        Open("a", "x");
        Open("a", "y");

        Assert.Equal(("critical", "open", 10),
            (Record("a").Status, Record("a").Details.CircuitBreakerState, Record("a").Details.FailureCount));
        Assert.Equal(1, Report().Unhealthy);
    }

    [Fact]
    public void Critical_providers_decide_how_all_of_them_do()
    {
        _routes = Routes(isCritical: true);
        Down("a");

        Assert.Equal(("critical", 1, 1), (Report().Status, Report().Healthy, Report().Unhealthy));
        Assert.True(Record("a").Critical);
    }

    [Fact]
    public void A_critical_model_makes_its_provider_critical_though_another_one_works()
    {
        _routes = Routes(isCritical: true);
        Called("a", "x", Outcome.Refused, times: 3);

        Assert.Equal(("critical", "degraded"), (Record("a").Status, Record("a").Health));
    }

    [Fact]
    public void All_of_them_down_is_critical_whether_critical_or_not()
    {
        Down("a");
        Called("b", "x", Outcome.Refused, times: 3);

        Assert.Equal(("critical", 0, 2), (Report().Status, Report().Healthy, Report().Unhealthy));
    }

    [Fact]
    public void What_was_isolated_is_in_maintenance_and_counts_as_neither()
    {
        _states.Isolate("a", null);

        Assert.Equal(("degraded", "maintenance"), (Record("a").Status, Record("a").Health));
        Assert.Equal(("ok", 1, 0, 1),
            (Report().Status, Report().Healthy, Report().Unhealthy, Report().Maintenance));
    }

    [Fact]
    public void A_provider_that_no_route_names_is_not_watched_and_says_so()
    {
        _routes = RouteTable.Build([Provider("c")], [], _states, new KeyStates(_watching.Time), default);
        _watching.Monitor.Watch(WatchedTargets.Of(_routes));

        Assert.Equal(("ok", "unknown", "no route names a model of it: it is not watched"),
            (Record("c").Status, Record("c").Health, Record("c").Message));
        Assert.Equal((0, 0), (Report().Healthy, Report().Unhealthy));
    }

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(property => property.Name);

    private static ProviderOptions Provider(string name) =>
        new() { Name = name, Type = "openai", BaseUrl = new Uri("http://x.test/v1") };

    private RouteTable Routes(bool isCritical)
    {
        var check = new HealthCheckOptions { Interval = TimeSpan.Zero, Critical = isCritical };
        var route = new RouteOptions
        {
            Name = "m",
            Targets =
            [
                new() { Provider = "a", Model = "x", HealthCheck = check }, new() { Provider = "a", Model = "y" },
                new() { Provider = "b", Model = "x" },
            ],
        };
        var routes = RouteTable.Build(
            [Provider("a"), Provider("b")], [route], _states, new KeyStates(_watching.Time), default);
        _watching.Monitor.Watch(WatchedTargets.Of(routes));
        return routes;
    }

    private HealthReport Report() => HealthReport.Of(
        ProviderView.All(_routes, _states, _watching.Monitor), _watching.Time.GetUtcNow());

    private HealthRecordReport Record(string provider) =>
        Report().Records.Single(record => record.Name == "llm_provider_" + provider);

    private void Down(string provider)
    {
        Called(provider, "x", Outcome.Refused, times: 3);
        Called(provider, "y", Outcome.Refused, times: 3);
    }

    private void Called(string provider, string model, Outcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var record = new CallRecord(ChatCall.Of(ChatCall.Plain));
            record.Add(new AttemptRecord(provider, model, outcome, TimeSpan.Zero, WasSent: true)
            {
                Answered = TimeSpan.FromMilliseconds(250),
            });
            _watching.Monitor.OnCompleted(record);
        }
    }

    private void Open(string provider, string model)
    {
        var breaker = _states.Of(provider).Single(state => state.Model == model).Breaker;
        for (var i = 0; i < 5; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit));
            permit.Failed();
        }

        Assert.Equal(CircuitState.Open, breaker.State);
    }
}
