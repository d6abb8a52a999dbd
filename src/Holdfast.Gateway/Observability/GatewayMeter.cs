using System.Diagnostics.Metrics;

namespace Holdfast.Gateway.Observability;

/// <summary>The meter of one gateway. Instruments bear their Prometheus names.</summary>
internal sealed class GatewayMeter : IDisposable
{
    /// <summary>Seconds from 1 ms to 10 min.</summary>
    private static readonly double[] CallSeconds =
    [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
    ];

    /// <summary>Seconds from 10 µs to 1 s.</summary>
    private static readonly double[] OverheadSeconds =
    [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 1,
    ];

    public const string Name = "Holdfast.Gateway";

    public Meter Meter { get; } = new(Name);

    public Histogram<double> CallHistogram(string name, string description) =>
        Histogram(name, description, CallSeconds);

    public Histogram<double> OverheadHistogram(string name, string description) =>
        Histogram(name, description, OverheadSeconds);

    public void Dispose() => Meter.Dispose();

    private Histogram<double> Histogram(string name, string description, double[] bounds) =>
        Meter.CreateHistogram(name, "s", description, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
