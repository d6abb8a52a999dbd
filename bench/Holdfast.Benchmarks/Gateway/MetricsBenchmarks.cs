using System.Diagnostics.Metrics;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>What it costs to have been measured: one instrument, and all of a call's.</summary>
[BenchmarkCategory("metrics")]
public class MetricsBenchmarks
{
    private readonly PrometheusPage _page;
    private readonly Counter<long> _counter;
    private readonly Histogram<double> _histogram;
    private readonly CallMetrics _metrics;
    private readonly CallRecord _record;

    public MetricsBenchmarks()
    {
        var meter = new GatewayMeter();
        _page = new PrometheusPage(meter);
        _counter = meter.Meter.CreateCounter<long>("bench_total");
        _histogram = meter.CallHistogram("bench_seconds", "");
        _metrics = new CallMetrics(meter);
        _record = new CallRecord(new CallRequest
        {
            Id = "bench", Dialect = Dialect.OpenAi, Operation = Operation.ChatCompletions, Body = default,
            Model = "smart", ModelValue = default, ObjectStart = 0,
        })
        {
            ModelLabel = "smart", Outcome = Outcome.Ok, HttpStatus = 200, Duration = TimeSpan.FromMilliseconds(3),
            Overhead = TimeSpan.FromMicroseconds(80),
        };
        _record.Add(new AttemptRecord("openai", "gpt-4o", Outcome.Ok, TimeSpan.FromMilliseconds(2), WasSent: true)
        {
            Usage = new Usage(19, 24),
        });
    }

    [GlobalCleanup]
    public void Cleanup() => _page.Dispose();

    [Benchmark(Description = "a counter with 3 labels")]
    public void Counter() => _counter.Add(
        1, new("status", "success"), new("model", "smart"), new("operation", "chat"));

    [Benchmark(Description = "a histogram with 3 labels")]
    public void Histogram() => _histogram.Record(
        0.003, new("status", "success"), new("model", "smart"), new("operation", "chat"));

    [Benchmark(Description = "all of one call's")]
    public void Call() => _metrics.OnCompleted(_record);
}
