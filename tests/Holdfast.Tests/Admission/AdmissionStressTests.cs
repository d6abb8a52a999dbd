using Holdfast.Admission;
using Holdfast.Timeouts;
using Xunit.Abstractions;

namespace Holdfast.Tests.Admission;

/// <summary>Tens of thousands of callers that leave at any moment; the printed seed repeats the choices.</summary>
public sealed class AdmissionStressTests(ITestOutputHelper output)
{
    private const int Callers = 40_000;
    private const int Places = 7;

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task No_wake_up_is_lost_when_tens_of_thousands_of_callers_leave(double throttleRate)
    {
        var seed = (int)TimeProvider.System.GetTimestamp();
        output.WriteLine($"seed {seed}");
        var time = new ManualTimeProvider();
        using var queue = new AdmissionQueue(
            new AdmissionOptions
            {
                MaxConcurrency = Places, MaxQueueSize = 500, ThrottleRate = throttleRate,
                Timeout = TimeSpan.FromSeconds(1),
            },
            time);
        var running = 0;
        var most = 0;
        var admitted = 0;
        var ended = 0;

        var callers = Parallel.ForEachAsync(Enumerable.Range(0, Callers),
            new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
            {
                var random = new Random(HashCode.Combine(seed, number));
                using var leaving = new CancellationTokenSource();
                var entering = queue.EnterAsync(Request(random, time), leaving.Token).AsTask();
                if (random.Next(2) == 0)
                    await leaving.CancelAsync();
                var result = await entering;
                if (result.IsAdmitted)
                {
                    Max(ref most, Interlocked.Increment(ref running));
                    Interlocked.Increment(ref admitted);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                    result.Lease.Succeeded();
                    result.Lease.Dispose();
                }

                Interlocked.Increment(ref ended);
            });
        while (!callers.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(0.7));
            await Task.Yield();
        }

        await callers.SoonAsync();
        output.WriteLine($"{admitted} let in, {queue.GetStatus()}");
        Assert.Equal(Callers, ended);
        Assert.InRange(most, 1, Places);
        AssertNothingIsLost(queue, admitted, time);
    }

    private static void AssertNothingIsLost(AdmissionQueue queue, int admitted, ManualTimeProvider time)
    {
        var status = queue.GetStatus();
        Assert.Equal(admitted, status.Admitted);
        Assert.Equal(Callers - admitted, status.Refused);
        Assert.Equal((0, 0), (status.Running, status.Depth));
        for (var i = 0; i < Places; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(queue.TryEnter(default, out var _), $"place {i} was lost");
        }
    }

    private static AdmissionRequest Request(Random random, ManualTimeProvider time) => new()
    {
        Priority = random.Next(AdmissionPriority.Levels),
        Key = random.Next(3) == 0 ? null : $"key {random.Next(20)}",
        Deadline = random.Next(4) == 0
            ? Deadline.After(TimeSpan.FromMilliseconds(random.Next(50)), time)
            : Deadline.None,
    };

    private static void Max(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, now, seen);
    }
}
