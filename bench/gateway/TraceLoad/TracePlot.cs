namespace Holdfast.Bench.TraceLoad;

/// <summary>The replay as an SVG: what was asked and answered, each target's load, and the primary's share.</summary>
internal sealed class TracePlot(
    IReadOnlyList<ReplayedCall> calls, IReadOnlyList<Look> looks, (double From, double Until) outage,
    double maxRecoverySeconds)
{
    private const double BinSeconds = 30;
    private const double SecondsPerMinute = 60;

    public string Draw()
    {
        var end = calls[^1].Traced.At;
        var bins = (int)Math.Ceiling(end / BinSeconds);
        var bound = outage.Until + (2 * maxRecoverySeconds);
        var chart = new Chart("calls and the load of each provider before, in and after an outage of the primary",
            end / SecondsPerMinute, BinSeconds / SecondsPerMinute, 5, "min",
            new ChartTimes(outage.From / SecondsPerMinute, outage.Until / SecondsPerMinute)
            {
                Moments = bound < end ? [(bound / SecondsPerMinute, "2 × maxRecoveryTime")] : [],
            });
        var asked = Counts(bins, calls.Select(call => call.Traced.At));
        chart.Panel("calls per second",
        [
            new ChartLine("asked", "#888888", asked),
            new ChartLine("answered", "#1b7837",
                Counts(bins, calls.Where(call => call.IsGood).Select(call => call.EndedAt))),
            new ChartLine("failed", "#b2182b",
                Counts(bins, calls.Where(call => !call.IsGood).Select(call => call.EndedAt))),
        ], null, "0.0");
        chart.Panel("requests that each provider got per second",
        [
            new ChartLine("primary", "#2166ac", Loads(bins, look => look.Primary)),
            new ChartLine("backup", "#e08214", Loads(bins, look => look.Backup)),
        ], null, "0.0");
        chart.Panel("share of the answers, %",
        [
            new ChartLine("primary", "#2166ac", [.. Enumerable.Range(0, bins).Select(bin =>
                100 * TraceFindings.Share(calls.Where(call => (int)(call.Traced.At / BinSeconds) == bin)))]),
        ]);
        return chart.Draw();
    }

    private static double[] Counts(int bins, IEnumerable<double> moments)
    {
        var counts = new double[bins];
        foreach (var moment in moments)
        {
            counts[Math.Clamp((int)(moment / BinSeconds), 0, bins - 1)] += 1 / BinSeconds;
        }

        return counts;
    }

    private double[] Loads(int bins, Func<Look, long> count)
    {
        var loads = new double[bins];
        foreach (var (before, look) in looks.Zip(looks.Skip(1)))
        {
            loads[Math.Clamp((int)(look.At / BinSeconds), 0, bins - 1)] += (count(look) - count(before)) / BinSeconds;
        }

        return loads;
    }
}
