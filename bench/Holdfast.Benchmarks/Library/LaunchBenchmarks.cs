using Holdfast.CircuitBreaking;
using Holdfast.Failover;

namespace Holdfast.Benchmarks.Library;

/// <summary>
/// What hedging costs where it is off, where it has nothing to go by yet, and where it never strikes.
/// </summary>
[BenchmarkCategory("launch")]
public class LaunchBenchmarks
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly CircuitBreaker[] _two = [ProtectedNumber.Closed(), ProtectedNumber.Closed()];

    [Benchmark(Baseline = true, Description = "sequential, no hedging")]
    public ValueTask<int> Off() => ProtectedNumber.CallAsync(_two, FailoverLaunch.OnFailure, 42);

    [Benchmark(Description = "hedging on, no latency known yet")]
    public ValueTask<int> Unknown() => ProtectedNumber.CallAsync(_two, FailoverLaunch.Hedged, 42);

    [Benchmark(Description = "hedging on, the first is in time")]
    public ValueTask<int> NotStriking() => ProtectedNumber.CallAsync(_two, FailoverLaunch.Hedged, 42, Long);
}
