using Holdfast.Timeouts;

namespace Holdfast.Benchmarks.Library;

/// <summary>What a latency costs that is recorded, and a percentile that is read.</summary>
[BenchmarkCategory("histogram")]
public class HistogramBenchmarks
{
    private readonly LatencyHistogram _latencies = new(TimeProvider.System);
    private long _ticks;

    [Benchmark(Baseline = true, Description = "LatencyHistogram.Record")]
    public void Record() => _latencies.Record(new TimeSpan(Next()));

    [Benchmark(Description = "LatencyHistogram.Record, with a timestamp")]
    public void RecordAt() => _latencies.Record(new TimeSpan(Next()), _ticks);

    [Benchmark(Description = "LatencyHistogram.Percentile")]
    public TimeSpan Percentile() => _latencies.Percentile(0.95);

    // From 0.1 ms to about 13 s, another bucket each time.
    private long Next() => 1_000 + ((_ticks += 7_919_777) & 0x7FFFFFF);
}
