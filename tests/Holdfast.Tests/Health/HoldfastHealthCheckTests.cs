using Holdfast.DependencyInjection;
using Holdfast.Execution;
using Holdfast.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Reported = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Holdfast.Tests.Health;

/// <summary>What .NET's own health checks say, asked through their service.</summary>
public sealed class HoldfastHealthCheckTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly HealthMonitor _monitor;
    private readonly ServiceProvider _services;

    public HoldfastHealthCheckTests()
    {
        _monitor = new HealthMonitor(new HealthOptions(), _time);
        var services = new ServiceCollection();

        #region HealthChecks
        services.AddHoldfast().AddOperation<string>("ask", _ => [new("openai", AskAsync), new("groq", AskAsync)]);
        services.AddSingleton(_monitor);
        services.AddHealthChecks().AddCheck<HoldfastHealthCheck>("holdfast", tags: ["dependencies"]);
        #endregion

        services.AddSingleton<TimeProvider>(_time);
        services.AddLogging();
        _services = services.BuildServiceProvider();
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task What_works_is_healthy_and_every_state_is_shown()
    {
        _monitor.Register(new MonitoredModel("m", "Model", "acme"));

        var entry = await CheckAsync();

        Assert.Equal((Reported.Healthy, "all is well"), (entry.Status, entry.Description));
        Assert.Equal(["ask/groq=closed", "ask/openai=closed", "m=Available"],
            entry.Data.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["dependencies"], entry.Tags);
    }

    [Fact]
    public async Task A_circuit_that_is_not_closed_is_degraded()
    {
        Operation.Isolate("groq");

        var entry = await CheckAsync();

        Assert.Equal((Reported.Degraded, "ask/groq: the circuit is isolated"), (entry.Status, entry.Description));
    }

    [Fact]
    public async Task An_operation_none_of_whose_targets_can_be_tried_is_unhealthy()
    {
        Operation.Isolate("groq");
        Operation.Isolate("openai");

        var entry = await CheckAsync();

        Assert.Equal(Reported.Unhealthy, entry.Status);
        Assert.StartsWith("ask: none of its targets can be tried; ", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_others_can_stand_in_for_is_degraded_and_a_critical_one_is_unhealthy()
    {
        _monitor.Register(new MonitoredModel("m", "Model", "acme"));
        _monitor.Register(new MonitoredModel("other", "Other", "acme"));
        for (var i = 0; i < 3; i++)
            _monitor.Failed("m", "refused");
        Assert.Equal(Reported.Degraded, (await CheckAsync()).Status);

        _monitor.Register(new MonitoredModel("m", "Model", "acme") { IsCritical = true });

        var entry = await CheckAsync();
        Assert.Equal((Reported.Unhealthy, "m: Unavailable: 3 failures in a row: refused"),
            (entry.Status, entry.Description));
    }

    [Fact]
    public async Task What_was_taken_out_by_hand_is_meant_to_be_out()
    {
        _monitor.Register(new MonitoredModel("m", "Model", "acme"));
        _monitor.SetMaintenance("m", true);

        Assert.Equal(Reported.Healthy, (await CheckAsync()).Status);
    }

    [Fact]
    public async Task The_failure_status_is_the_registrations()
    {
        Operation.Isolate("groq");
        Operation.Isolate("openai");
        var check = new HoldfastHealthCheck(_services.GetRequiredService<ResilientOperations>());
        var registration = new HealthCheckRegistration("holdfast", check, Reported.Degraded, null);

        var result = await check.CheckHealthAsync(new HealthCheckContext { Registration = registration });

        Assert.Equal(Reported.Degraded, result.Status);
    }

    [Fact]
    public async Task Who_has_nothing_to_watch_is_healthy()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddCheck<HoldfastHealthCheck>("holdfast");
        using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal((Reported.Healthy, 0), (report.Status, report.Entries["holdfast"].Data.Count));
    }

    private ResilientOperation<string> Operation =>
        _services.GetRequiredService<ResilientOperations>().Get<string>("ask");

    private async Task<HealthReportEntry> CheckAsync() =>
        (await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["holdfast"];

    private static ValueTask<string> AskAsync(CancellationToken cancellation) => new("an answer");
}
