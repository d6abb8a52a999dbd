using System.Globalization;

namespace Holdfast.Bench.OverloadLoad;

/// <summary>What the run showed, each with the limit that it has to hold.</summary>
internal sealed class Findings(
    Phases phases, IReadOnlyList<Call> calls, IReadOnlyList<(double At, long Bytes)> memory, double serviceSeconds,
    double highLimitSeconds)
{
    private const double Megabyte = 1024 * 1024;

    // A second from the end of the overload: those that wait then are served first.
    private const double RecoverySeconds = 1;
    private const double MostGrowth = 100;

    public IEnumerable<Finding> All()
    {
        var overload = calls.Where(call => call.At >= phases.OverloadFrom && call.At < phases.OverloadUntil).ToList();
        var refused = overload.Where(call => call.IsRefused).ToList();
        var highWaits = overload.Where(call => call is { Priority: "high", IsGood: true })
            .Select(call => call.Took - serviceSeconds).ToList();
        var good = calls.Count(call =>
            call.IsGood && call.EndedAt >= phases.OverloadFrom && call.EndedAt < phases.OverloadUntil);
        var high = overload.Count(call => call.Priority == "high");
        var after = calls.Where(call => call.At >= phases.OverloadUntil + RecoverySeconds).ToList();
        var before = calls.Where(call => call.At < phases.OverloadFrom).ToList();

        yield return new Finding("goodput of the overload, share of capacity",
            good / phases.OverloadSeconds / phases.Capacity, 0.9, true, "");
        yield return new Finding("high priority answered, share of its calls",
            (double)overload.Count(call => call is { Priority: "high", IsGood: true }) / high, 0.99, true, "");
        yield return new Finding("high priority, p99 of the wait", Percentile(highWaits, 0.99) * 1000,
            highLimitSeconds * 1000, false, "ms");
        yield return new Finding("refusals, p99 until told",
            Percentile([.. refused.Select(call => call.Took)], 0.99) * 1000, 10, false, "ms");
        yield return new Finding("calls without any answer", calls.Count(call => call.Status == 0), 0, false);
        yield return new Finding("answers that are neither good nor a refusal",
            calls.Count(call => !call.IsGood && !call.IsRefused && call.Status != 0), 0, false);
        yield return new Finding("resident memory, growth from calm to the overload's peak",
            (Peak(phases.OverloadFrom, phases.OverloadUntil) - Peak(0, phases.OverloadFrom)) / Megabyte, MostGrowth,
            false, "MB");
        yield return new Finding("resident memory, growth over the overload's second half",
            (Peak(phases.OverloadUntil - 5, phases.OverloadUntil) - Peak(Half - 2.5, Half + 2.5)) / Megabyte, 20,
            false, "MB");
        yield return new Finding("refused later than a second after the overload",
            after.Count(call => call.IsRefused), 0, false);
        yield return new Finding("p99 from a second after the overload, of that before it",
            Percentile([.. after.Select(call => call.Took)], 0.99)
            / Percentile([.. before.Select(call => call.Took)], 0.99), 1.5, false, "times");
    }

    public string Counts()
    {
        var overload = calls.Where(call => call.At >= phases.OverloadFrom && call.At < phases.OverloadUntil).ToList();
        return string.Join("\n", new[] { "high", "normal", "low" }.Select(priority =>
        {
            var own = overload.Where(call => call.Priority == priority).ToList();
            var good = own.Where(call => call.IsGood).Select(call => call.Took * 1000).ToList();
            return string.Create(CultureInfo.InvariantCulture,
                $"| {priority} | {own.Count} | {good.Count} | {own.Count(call => call.IsRefused)} | "
                + $"{Percentile(good, 0.5):0} | {Percentile(good, 0.99):0} | {Refused(own, 0.5):0.0} | "
                + $"{Refused(own, 0.9):0.0} | {Refused(own, 0.99):0.0} |");
        }));
    }

    /// <summary>How late calls were sent, in milliseconds.</summary>
    public double SentLate(double share) => 1000 * Percentile([.. calls.Select(call => call.SentLate)], share);

    public static double Percentile(List<double> values, double share)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[(int)Math.Min(values.Count - 1, share * values.Count)];
    }

    private static double Refused(List<Call> calls, double share) =>
        1000 * Percentile([.. calls.Where(call => call.IsRefused).Select(call => call.Took)], share);

    private double Half => phases.OverloadFrom + (phases.OverloadSeconds / 2);

    private double Peak(double from, double until) => memory
        .Where(look => look.At >= from && look.At < until).Select(look => (double)look.Bytes).DefaultIfEmpty().Max();
}
