using System.Globalization;

namespace Holdfast.Bench.TraceLoad;

/// <summary>What the replay showed, each with the limit that it has to hold. All times are the trace's.</summary>
/// <param name="calls">The calls in their order.</param>
/// <param name="looks">The looks in their order.</param>
/// <param name="outage">When the primary was out.</param>
/// <param name="maxRecoverySeconds">The breaker's <c>maxRecoveryTime</c>.</param>
internal sealed class TraceFindings(
    IReadOnlyList<ReplayedCall> calls, IReadOnlyList<Look> looks, (double From, double Until) outage,
    double maxRecoverySeconds)
{
    // Load is looked at over so long, and only where so many calls or more want an answer: of three calls one more is
    // a third more.
    private const double LoadSeconds = 60;
    private const int FewestCalls = 20;

    // A share is one of so many calls in a row. Of fewer a primary that fails 5 % would now and then miss its share by
    // chance.
    private const int CallsOfAShare = 200;
    private const double ShareBack = 0.9;

    /// <summary>The share of the calls that the primary answered before its outage: what it is to have again.</summary>
    public double ShareBefore => Share(calls.Where(call => call.Traced.At < outage.From));

    public IEnumerable<Finding> All()
    {
        yield return new Finding("calls that succeeded, share of all",
            (double)calls.Count(call => call.IsGood) / calls.Count, 0.9995, true, "", "0.#####");
        yield return new Finding("the backup's load in a minute, at most, of the demand in it",
            Windows().Where(window => window.Wanted >= FewestCalls).Max(window => window.Backup / window.Wanted), 1.1,
            false, "", "0.###");
        yield return new Finding("until the primary had 90 % of its share again, for good", RegainedAfter ?? double.NaN,
            2 * maxRecoverySeconds, false, "s", "0");
    }

    /// <summary>
    /// Seconds from the outage's end to the call from which on, to the trace's end, every 200 calls in a row have
    /// the primary's share again; null: never.
    /// </summary>
    public double? RegainedAfter
    {
        get
        {
            var after = calls.Where(call => call.Traced.At >= outage.Until).ToList();
            var first = after.Count - CallsOfAShare;
            if (first < 0 || !IsBack(after, first))
            {
                return null;
            }

            while (first > 0 && IsBack(after, first - 1))
            {
                first--;
            }

            return after[first].Traced.At - outage.Until;
        }
    }

    /// <summary>What happened in each third, and what did not go well.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="failures">How often the primary failed in which way.</param>
    public void PrintCounts(TextWriter output, IReadOnlyDictionary<string, long> failures)
    {
        output.WriteLine("\n| | calls | failed | by the primary | by the backup | sent to the primary | "
            + "sent to the backup | p50 s | p99 s |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        output.WriteLine(Row("before", 0, outage.From));
        output.WriteLine(Row("the outage", outage.From, outage.Until));
        output.WriteLine(Row("after", outage.Until, double.MaxValue));
        var ways = string.Join(", ", failures.Select(way => $"{way.Key} {way.Value}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nThe primary's share before its outage: {100 * ShareBefore:0.0} %. Its failures: {ways}.\n"));
        var late = calls.Select(call => call.SentLate).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"The load itself was late by {Percentile(late, 0.5):0.00} s (p50) and {Percentile(late, 0.99):0.00} s "
            + $"(p99) of the trace's time."));
        foreach (var problem in calls.Where(call => !call.IsGood).GroupBy(call => call.Problem).Take(10))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"\n{problem.Count()} × {problem.Key}, first at {problem.First().Traced.At:0} s"));
        }
    }

    /// <summary>A percentile of the calls' times, or of how late they were sent.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
    }

    /// <summary>The share of calls that the primary answered.</summary>
    public static double Share(IEnumerable<ReplayedCall> calls) =>
        calls.Select(call => call.Provider == "primary" ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();

    // Demand in a minute: the calls that came in it, and those that had come and still wanted their answer.
    private IEnumerable<(double Backup, double Wanted)> Windows()
    {
        var last = 0;
        for (var first = 0; first < looks.Count; first++)
        {
            while (last < looks.Count - 1 && looks[last].At - looks[first].At < LoadSeconds)
            {
                last++;
            }

            yield return (looks[last].Backup - looks[first].Backup, looks[last].Asked - looks[first].Ended);
        }
    }

    private bool IsBack(List<ReplayedCall> after, int first) =>
        Share(after.Skip(first).Take(CallsOfAShare)) >= ShareBack * ShareBefore;

    private string Row(string name, double from, double until)
    {
        var own = calls.Where(call => call.Traced.At >= from && call.Traced.At < until).ToList();
        var good = own.Where(call => call.IsGood).Select(call => call.Took).ToList();
        var (begin, end) = (LookAt(from), LookAt(until));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {own.Count} | {own.Count(call => !call.IsGood)} | "
            + $"{own.Count(call => call is { IsGood: true, Provider: "primary" })} | "
            + $"{own.Count(call => call is { IsGood: true, Provider: "backup" })} | {end.Primary - begin.Primary} | "
            + $"{end.Backup - begin.Backup} | {Percentile(good, 0.5):0.00} | {Percentile(good, 0.99):0.00} |");
    }

    private Look LookAt(double at) => looks.LastOrDefault(look => look.At <= at);
}
