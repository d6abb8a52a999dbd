using System.Text.Json;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Failsafe;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Health;

namespace Holdfast.Gateway.Tests.Failsafe;

public sealed class ProviderReportsTests : IDisposable
{
    private readonly Watching _watching = new();
    private readonly ManualTimeProvider _time;
    private readonly ProviderOptions _provider = new() { Name = "a", Type = "openai", ApiKeys = ["sk-secret"] };
    private readonly TargetStates _states;
    private readonly RouteTable _routes;

    public ProviderReportsTests()
    {
        _time = _watching.Time;
        _states = new TargetStates(_time);
        var route = new RouteOptions
        {
            Name = "m",
            Targets = [new() { Provider = "a", Model = "x" }, new() { Provider = "a", Model = "y" }],
        };
        _routes = RouteTable.Build([_provider], [route], _states, new KeyStates(_time), _time.GetUtcNow());
        _watching.Monitor.Watch(WatchedTargets.Of(_routes));
    }

    public void Dispose() => _watching.Dispose();

    [Fact]
    public void The_shape_is_the_contracts()
    {
        var json = JsonSerializer.Serialize(
            ProviderReports.Of(ProviderView.All(_routes, _states, _watching.Monitor), _time.GetUtcNow()),
            FailsafeJson.Default.ProviderReports);
        using var document = JsonDocument.Parse(json);
        string[] fields =
        [
            "name", "status", "state", "available", "circuitBreakerOpen", "consecutiveFailures", "failureCount",
            "successCount", "successRate", "errorRate", "avgResponseTime", "lastError", "lastFailureTime",
            "nextAttemptTime", "lastHealthCheck",
        ];

        Assert.Equal(["timestamp", "providers"], Names(document.RootElement));
        var provider = document.RootElement.GetProperty("providers")[0];
        Assert.Equal([.. fields, "models"], Names(provider));
        Assert.Equal(fields, Names(provider.GetProperty("models")[0]));
        Assert.DoesNotContain("secret", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_of_which_nothing_is_known_is_available()
    {
        var provider = Report();

        Assert.Equal(("available", "closed", true, false),
            (provider.Status, provider.State, provider.Available, provider.CircuitBreakerOpen));
        Assert.Equal((1, 0), (provider.SuccessRate, provider.ErrorRate));
        Assert.Null(provider.AvgResponseTime);
        Assert.Null(provider.LastError);
    }

    [Fact]
    public void A_provider_is_as_bad_as_its_worst_model()
    {
        Open("x");

        var provider = Report();

        Assert.Equal(("degraded", "open", true, true),
            (provider.Status, provider.State, provider.Available, provider.CircuitBreakerOpen));
        Assert.Equal(["unavailable", "available"], provider.Models!.Select(model => model.Status));
        Assert.Equal(["open", "closed"], provider.Models!.Select(model => model.State));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(60), provider.NextAttemptTime);
        Assert.Equal((5, 5), (provider.ConsecutiveFailures, provider.FailureCount));
    }

    [Fact]
    public void A_provider_none_of_whose_models_can_be_tried_is_unavailable()
    {
        Open("x");
        Open("y");

        Assert.Equal(("unavailable", false), (Report().Status, Report().Available));
    }

    [Fact]
    public void Half_open_is_degraded_and_not_worse_than_open()
    {
        var breaker = Open("x");
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.True(breaker.TryAcquire(out _));

        Assert.Equal(("degraded", "half_open", false), (Report().Status, Report().State, Report().CircuitBreakerOpen));
    }

    [Fact]
    public void What_was_taken_out_is_in_maintenance_and_not_unavailable()
    {
        _states.Isolate("a", null);

        Assert.Equal(("maintenance", "isolated", false), (Report().Status, Report().State, Report().Available));
    }

    [Fact]
    public void One_model_that_was_taken_out_degrades_its_provider()
    {
        _states.Isolate("a", "y");

        var provider = Report();

        Assert.Equal(("degraded", "isolated"), (provider.Status, provider.State));
        Assert.Equal(["available", "maintenance"], provider.Models!.Select(model => model.Status));
    }

    [Fact]
    public void Rates_are_weighted_by_requests_and_the_last_failure_is_a_word()
    {
        var x = _states.Look(_provider, "x");
        var y = _states.Look(_provider, "y");
        for (var i = 0; i < 3; i++)
        {
            x.Statistics.Record(Outcome.Ok, TimeSpan.FromMilliseconds(100));
        }

        y.Statistics.Record(Outcome.ServerError, TimeSpan.FromMilliseconds(5));
        y.NoteFailure(Outcome.ServerError);
        var at = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(1));

        var provider = Report();

        Assert.Equal(0.75, provider.SuccessRate, 3);
        Assert.Equal(0.25, provider.ErrorRate, 3);
        Assert.Equal(100, provider.AvgResponseTime!.Value, 1);
        Assert.Equal(("server_error", at), (provider.LastError, provider.LastFailureTime));
        Assert.Null(provider.Models![0].LastError);
    }

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(property => property.Name);

    private ProviderReport Report() =>
        ProviderReport.Of(ProviderView.All(_routes, _states, _watching.Monitor).Single());

    private CircuitBreaker Open(string model)
    {
        var breaker = _states.Look(_provider, model).Breaker;
        for (var i = 0; i < 5; i++)
        {
            Assert.True(breaker.TryAcquire(out var permit));
            permit.Failed();
        }

        return breaker;
    }
}
