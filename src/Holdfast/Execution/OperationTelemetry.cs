using System.Diagnostics;
using System.Diagnostics.Metrics;
using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>The meter and the activity source <c>Holdfast</c>. They cost nearly nothing while nobody listens.</summary>
internal static class OperationTelemetry
{
    private const string Name = "Holdfast";

    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Calls = Meter.CreateHistogram<double>(
        "holdfast.operation.duration", "s", "Calls of an operation, by how they ended");
    private static readonly Histogram<double> Attempts = Meter.CreateHistogram<double>(
        "holdfast.attempt.duration", "s", "Attempts at a target, by how they ended");
    private static readonly Counter<long> Fallbacks = Meter.CreateCounter<long>(
        "holdfast.fallbacks", "{call}", "Calls that a target after the first answered");
    private static readonly Counter<long> Hedges = Meter.CreateCounter<long>(
        "holdfast.hedges", "{attempt}", "Attempts started beside a slow one");

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A span, when anybody listens; the name is only put together then.</summary>
    public static Activity? Start(string kind, string name) =>
        Source.HasListeners() ? Source.StartActivity($"{kind} {name}") : null;

    public static void Attempted(string operation, string target, Outcome outcome, TimeSpan took) => Attempts.Record(
        took.TotalSeconds, new("operation", operation), new("target", target), new("outcome", outcome.Word()));

    public static void Called(string operation, Outcome outcome, TimeSpan took, bool fellBack, int hedges)
    {
        Calls.Record(took.TotalSeconds, new("operation", operation), new("outcome", outcome.Word()));
        if (fellBack)
            Fallbacks.Add(1, new KeyValuePair<string, object?>("operation", operation));
        if (hedges > 0)
            Hedges.Add(hedges, new KeyValuePair<string, object?>("operation", operation));
    }
}
