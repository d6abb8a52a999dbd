using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Holdfast.Telemetry;

/// <summary>The one meter and the one activity source. They cost nearly nothing while nobody listens.</summary>
internal static class Instruments
{
    private static readonly Meter Meter = new(CallTelemetry.Name);

    public static ActivitySource Source { get; } = new(CallTelemetry.Name);

    public static Histogram<double> Calls { get; } = Meter.CreateHistogram<double>(
        "holdfast.operation.duration", "s", "Calls of an operation, by how they ended");

    public static Histogram<double> Attempts { get; } = Meter.CreateHistogram<double>(
        "holdfast.attempt.duration", "s", "Attempts at a target, by how they ended");

    public static Counter<long> Fallbacks { get; } = Meter.CreateCounter<long>(
        "holdfast.fallbacks", "{call}",
        "Calls that another target answered after one had failed, was passed over or was hedged");

    public static Counter<long> Hedges { get; } = Meter.CreateCounter<long>(
        "holdfast.hedges", "{attempt}", "Attempts started beside a slow one");

    public static Counter<long> Skipped { get; } = Meter.CreateCounter<long>(
        "holdfast.skipped", "{call}", "Targets that a call passed over, by why");

    public static Counter<long> Transitions { get; } = Meter.CreateCounter<long>(
        "holdfast.circuit.transitions", "{transition}", "Changes of a circuit's state, by the new one");
}
