using System.Reflection;
using System.Runtime.CompilerServices;
using Holdfast.CircuitBreaking;
using Holdfast.Telemetry;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Telemetry;

/// <summary>Alerts and dashboards know events by their number: a number keeps its meaning for ever.</summary>
public class HoldfastEventsTests
{
    private static readonly (int Id, string Name, LogLevel Level)[] Known =
    [
        (101, "CircuitOpened", LogLevel.Warning),
        (102, "CircuitHalfOpened", LogLevel.Information),
        (103, "CircuitClosed", LogLevel.Information),
        (104, "CircuitIsolated", LogLevel.Warning),
        (110, "AttemptFailed", LogLevel.Debug),
        (111, "CallFailedOver", LogLevel.Warning),
        (112, "CallFailed", LogLevel.Error),
        (113, "HedgeStarted", LogLevel.Information),
        (120, "SdkRetriesLeftOn", LogLevel.Warning),
    ];

    [Fact]
    public void Numbers_and_names_stay_as_they_were_published()
    {
        var constants = typeof(HoldfastEvents).GetFields()
            .Select(field => ((int)field.GetRawConstantValue()!, field.Name)).Order();

        Assert.Equal(Known.Select(known => (known.Id, known.Name)), constants);
    }

    [Fact]
    public void Every_event_is_written_with_its_number_name_and_level()
    {
        var written = typeof(HoldfastEvents).Assembly.GetType("Holdfast.Telemetry.EventLog")!
            .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()!)
            .Select(said => (said.EventId, said.EventName!, said.Level)).Order();

        Assert.Equal(Known, written);
    }

    [Fact]
    public void The_page_lists_them_all()
    {
        var page = File.ReadAllText(Path.Combine(Folder(), "..", "..", "..", "docs", "features", "Telemetry.md"));

        Assert.All(Known, known => Assert.Contains($"| {known.Id} | `{known.Name}` | {known.Level} |", page));
    }

    [Fact]
    public void A_circuit_tells_each_change_of_its_state()
    {
        var time = new ManualTimeProvider();
        using var listening = new Listening("circuit-that-tells");
        var breaker = new CircuitBreaker("circuit-that-tells",
            new CircuitBreakerOptions { FailureThreshold = 1, SuccessThreshold = 1 }, time).WithTelemetry(listening);

        breaker.TryAcquire(out var first);
        first.Failed();
        time.Advance(TimeSpan.FromSeconds(60));
        breaker.TryAcquire(out var probe);
        probe.Succeeded();
        breaker.Isolate();

        Assert.Equal([101, 102, 103, 104], listening.Events.Select(one => one.Id));
        Assert.Equal("circuit circuit-that-tells opened; the next probe in 00:01:00", listening.Events[0].Text);
        Assert.Equal(
            ["open", "half_open", "closed", "isolated"],
            listening.Measured.Select(one => one["holdfast.circuit.transitions 1 to=".Length..]));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
