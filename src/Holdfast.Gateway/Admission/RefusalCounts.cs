using Holdfast.Admission;

namespace Holdfast.Gateway.Admission;

/// <summary>How often a queue turned a call away, by reason.</summary>
internal sealed class RefusalCounts
{
    private readonly long[] _counts = new long[Enum.GetValues<AdmissionRefusal>().Length];

    /// <summary>A caller that left was not turned away.</summary>
    public void Add(AdmissionRefusal why)
    {
        if (why is not (AdmissionRefusal.None or AdmissionRefusal.Cancelled))
        {
            Interlocked.Increment(ref _counts[(int)why]);
        }
    }

    /// <summary>Those that happened, by their word.</summary>
    public IEnumerable<(string Reason, long Count)> All =>
        Enum.GetValues<AdmissionRefusal>().Select(why => (why.Word(), Interlocked.Read(ref _counts[(int)why])))
            .Where(known => known.Item2 > 0);

    public long Total => All.Sum(known => known.Count);
}

/// <summary>Words for metrics and for people.</summary>
internal static class AdmissionWords
{
    public static string Word(this AdmissionRefusal why) => why switch
    {
        AdmissionRefusal.QueueFull => "queue_full",
        AdmissionRefusal.WouldBeLate => "would_be_late",
        AdmissionRefusal.TimedOut => "timed_out",
        AdmissionRefusal.Shed => "shed",
        AdmissionRefusal.Cancelled => "cancelled",
        _ => "none",
    };
}
