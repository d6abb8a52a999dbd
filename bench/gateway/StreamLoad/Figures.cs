namespace Holdfast.Bench.StreamLoad;

/// <summary>Times as tab-separated microseconds.</summary>
internal static class Figures
{
    /// <summary>How many there were, how many failed, and p50, p90, p99 and the longest.</summary>
    public static string Of(int count, int failures, List<TimeSpan> times)
    {
        times.Sort();
        return FormattableString.Invariant(
            $"{count}\t{failures}\t{At(times, 0.5):0}\t{At(times, 0.9):0}\t{At(times, 0.99):0}\t{At(times, 1):0}");
    }

    /// <summary>p50 and p99.</summary>
    public static string Of(List<TimeSpan> times)
    {
        times.Sort();
        return FormattableString.Invariant($"{At(times, 0.5):0}\t{At(times, 0.99):0}");
    }

    private static double At(List<TimeSpan> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)].TotalMicroseconds;
}
