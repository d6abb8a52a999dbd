using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>Random arrivals, departures, cancellations, restrictions and time.</summary>
public sealed class AdmissionQueueProperties
{
    [Fact]
    public void Never_more_run_than_may_and_nobody_waits_for_a_place_that_is_free() => Property.HoldsFor(numbers =>
    {
        var time = new ManualTimeProvider();
        var options = new AdmissionOptions
        {
            MaxConcurrency = numbers.Below(4) + 1, MaxQueueSize = numbers.Below(6), ThrottleRate = 0,
            Timeout = TimeSpan.FromSeconds(10),
        };
        using var queue = new AdmissionQueue(options, time);
        var waiting = new List<Waiting>();
        var running = new List<AdmissionLease>();
        while (numbers.More)
        {
            Act(numbers, queue, time, waiting, running);
            Collect(waiting, running);

            var status = queue.GetStatus();
            Assert.Equal(running.Count, status.Running);
            Assert.Equal(waiting.Count, status.Depth);
            Assert.True(status.Running <= options.MaxConcurrency);
            Assert.True(status.Depth <= options.MaxQueueSize);
            if (queue.Restriction == default)
                Assert.True(status.Depth == 0 || status.Running == options.MaxConcurrency, "a place is free");
            foreach (var one in waiting)
                Assert.True(time.GetTimestamp() - one.Since < options.Timeout.Ticks, "waits too long");
        }
    });

    private static void Act(Property.Numbers numbers, AdmissionQueue queue, ManualTimeProvider time,
        List<Waiting> waiting, List<AdmissionLease> running)
    {
        switch (numbers.Below(8))
        {
            case 0 or 1 or 2:
                var leaving = new CancellationTokenSource();
                var request = new AdmissionRequest { Priority = numbers.Below(10), Key = $"{numbers.Below(3)}" };
                waiting.Add(new Waiting(queue.EnterAsync(request, leaving.Token), leaving, time.GetTimestamp()));
                break;
            case 3 when running.Count > 0:
                var at = numbers.Below(running.Count);
                running[at].Succeeded();
                running.RemoveAt(at);
                break;
            case 4 when waiting.Count > 0:
                waiting[numbers.Below(waiting.Count)].Leaving.Cancel();
                break;
            case 5:
                time.Advance(TimeSpan.FromMilliseconds(numbers.Below(6000)));
                break;
            case 6:
                queue.Restriction = numbers.Below(3) == 0
                    ? new AdmissionRestriction { LeastUrgent = numbers.Below(10), Reserved = numbers.Below(2) * 0.5 }
                    : default;
                break;
            case 7 when numbers.Below(4) == 0:
                time.GoBack(TimeSpan.FromMilliseconds(1));
                break;
        }
    }

    private static void Collect(List<Waiting> waiting, List<AdmissionLease> running)
    {
        foreach (var one in waiting.ToArray())
        {
            if (!one.Entering.IsCompleted)
                continue;
            waiting.Remove(one);
            var result = one.Entering.GetAwaiter().GetResult();
            if (result.IsAdmitted)
                running.Add(result.Lease);
        }
    }

    private sealed record Waiting(
        ValueTask<AdmissionResult> Entering, CancellationTokenSource Leaving, long Since);
}
