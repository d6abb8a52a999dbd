using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>A call's way through its target's limits: in, the answer's head, out.</summary>
[BenchmarkCategory("admission")]
public class AnnouncedLimitBenchmarks
{
    private const long Limit = 1_000_000_000;

    private static readonly TimeSpan Reset = TimeSpan.FromMinutes(1);

    private readonly KeyRing _ring = new([new ApiKey("one", TimeProvider.System)]);
    private readonly RateLimits[] _told =
    [
        .. Enumerable.Range(1, 4096).Select(taken => new RateLimits(
            new RateLimitReading(Limit, Limit - taken, Reset), null)),
    ];
    private readonly TargetAdmission[] _silent = Targets(1);
    private readonly TargetAdmission[] _alone = Targets(1);
    private readonly TargetAdmission[] _shared = Targets(2);
    private readonly TargetAdmission[] _apart = Targets(2);
    private int _calls;

    [Benchmark(Description = "a provider that says nothing", Baseline = true)]
    public bool Silent() => Call(_silent[0], RateLimits.None);

    [Benchmark(Description = "one that announces its limits, one model")]
    public bool Alone() => Call(_alone[0], _told[++_calls & 4095]);

    [Benchmark(Description = "two models that share a limit")]
    public bool Shared()
    {
        _calls++;
        return Call(_shared[_calls & 1], _told[_calls & 4095]);
    }

    [Benchmark(Description = "two models with limits of their own")]
    public bool Apart()
    {
        _calls++;
        return Call(_apart[_calls & 1], _told[(_calls / 2) & 4095]);
    }

    private static TargetAdmission[] Targets(int models)
    {
        var shared = new SharedLimits(TimeProvider.System);
        return [.. Enumerable.Range(0, models).Select(_ => new TargetAdmission(TimeProvider.System, shared, "one"))];
    }

    private bool Call(TargetAdmission admission, RateLimits told)
    {
        var isIn = admission.TryEnter(default, _ring, out var entry);
        admission.Heard(entry, told, Outcome.Ok);
        entry.Place.Settle(Outcome.Ok);
        return isIn;
    }
}
