namespace Holdfast.Bench.OverloadLoad;

/// <summary>The run as an SVG: what was asked, answered and refused each second, and how long answers took.</summary>
internal sealed class Plot(Phases phases, IReadOnlyList<Call> calls)
{
    public string Draw()
    {
        var seconds = (int)Math.Ceiling(phases.End);
        double[] Each(Func<Call, bool> which, Func<Call, double> when) =>
            [.. Enumerable.Range(0, seconds).Select(second =>
                (double)calls.Count(call => which(call) && (int)when(call) == second))];
        double[] Times(string priority) => [.. Enumerable.Range(0, seconds).Select(second => 1000 * Findings.Percentile(
            [.. calls.Where(call => call.IsGood && call.Priority == priority && (int)call.At == second)
                .Select(call => call.Took)], 0.99))];

        var chart = new Chart("calls asked, answered and refused before, in and after an overload", phases.End, 1, 10,
            "s", new ChartTimes(phases.OverloadFrom, phases.OverloadUntil));
        chart.Panel("calls per second",
        [
            new ChartLine("asked", "#888888", Each(_ => true, call => call.At)),
            new ChartLine("answered", "#1b7837", Each(call => call.IsGood, call => call.EndedAt)),
            new ChartLine("refused", "#b2182b", Each(call => call.IsRefused, call => call.EndedAt)),
        ], ("capacity", phases.Capacity));
        chart.Panel("p99 until answered, ms",
        [
            new ChartLine("high priority", "#2166ac", Times("high")),
            new ChartLine("normal", "#e08214", Times("normal")),
            new ChartLine("low", "#999999", Times("low")),
        ]);
        return chart.Draw();
    }
}
