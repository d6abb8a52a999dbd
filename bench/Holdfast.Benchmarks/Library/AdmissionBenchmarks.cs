using Holdfast.Admission;

namespace Holdfast.Benchmarks.Library;

/// <summary>Calls through an admission queue: with a place for each, and with a thousand that wait.</summary>
[BenchmarkCategory("admission")]
public class AdmissionBenchmarks
{
    private const int Waiting = 1000;

    private readonly AdmissionQueue _roomy = new(
        new AdmissionOptions { MaxConcurrency = 100, ThrottleRate = 0 }, TimeProvider.System);
    private readonly AdmissionQueue _throttled = new(
        new AdmissionOptions { MaxConcurrency = 100, ThrottleRate = 1_000_000 }, TimeProvider.System);
    private readonly AdmissionQueue _crowded = new(
        new AdmissionOptions
        {
            MaxConcurrency = 1, MaxQueueSize = Waiting + 1, ThrottleRate = 0, Timeout = TimeSpan.FromHours(1),
        },
        TimeProvider.System);

    private readonly Queue<ValueTask<AdmissionResult>> _waiting = new(Waiting + 1);
    private AdmissionLease _running;

    [GlobalSetup]
    public void Crowd()
    {
        _crowded.TryEnter(default, out _running);
        for (var i = 0; i < Waiting; i++)
            _waiting.Enqueue(_crowded.EnterAsync(default));
    }

    [Benchmark(Description = "enter + leave, a place is free")]
    public bool Free()
    {
        var isIn = _roomy.TryEnter(default, out var lease);
        lease.Succeeded();
        return isIn;
    }

    [Benchmark(Description = "enter + leave, asynchronously")]
    public async ValueTask<bool> FreeAsync()
    {
        var result = await _roomy.EnterAsync(default);
        result.Lease.Succeeded();
        return result.IsAdmitted;
    }

    [Benchmark(Description = "enter + leave, with a throttle")]
    public bool Throttled()
    {
        var isIn = _throttled.TryEnter(default, out var lease);
        lease.Succeeded();
        return isIn;
    }

    [Benchmark(Description = "refused: a place is not free")]
    public bool Refused() => _crowded.TryEnter(default, out _);

    [Benchmark(Description = "leave, the next is let in, a new one waits; 1,000 wait")]
    public async ValueTask<bool> CrowdedAsync()
    {
        _running.Succeeded();
        var next = await _waiting.Dequeue();
        _running = next.Lease;
        _waiting.Enqueue(_crowded.EnterAsync(default));
        return next.IsAdmitted;
    }
}
