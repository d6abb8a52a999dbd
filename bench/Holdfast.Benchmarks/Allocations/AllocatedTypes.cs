using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Holdfast.Benchmarks.Allocations;

/// <summary>Samples what is allocated: one event for about every 100 KB, by type.</summary>
internal sealed class AllocatedTypes : EventListener
{
    private const EventKeywords Gc = (EventKeywords)0x1;

    private readonly ConcurrentDictionary<string, int> _samples = new();

    public void Print(string title)
    {
        var all = Math.Max(1, _samples.Values.Sum());
        Console.WriteLine($"  {title}: share of allocated bytes by type, {all} samples");
        foreach (var (type, samples) in _samples.OrderByDescending(pair => pair.Value).Take(25))
        {
            Console.WriteLine(FormattableString.Invariant($"  {100.0 * samples / all,6:0.0} %  {type}"));
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, Gc);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) == true
            && eventData.Payload?[5] is string type)
        {
            _samples.AddOrUpdate(type, 1, static (_, count) => count + 1);
        }
    }
}
