using System.Globalization;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Routing;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>The demo's table: totals, and what each provider is up to.</summary>
internal static class DemoTable
{
    public static void Write(DemoTotals totals, RouteTable routes)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("provider", "circuit", "failures", "successes", "next attempt", "resting");
        foreach (var target in routes.Routes.SelectMany(route => route.Targets).DistinctBy(target => target.State))
        {
            var status = target.State.Breaker.GetStatus();
            var rest = target.State.Cooldown.Remaining;
            table.AddRow(
                target.Provider.Name,
                Terminal.Circuit(status.State.Word()),
                status.FailureCount.ToString(CultureInfo.InvariantCulture),
                status.SuccessCount.ToString(CultureInfo.InvariantCulture),
                status.NextAttemptTime?.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "",
                rest > TimeSpan.Zero ? $"{rest.TotalSeconds:0.0} s" : "");
        }

        Terminal.Out.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"[bold]{totals.Calls}[/] calls, [bold]{totals.Answered}[/] answered, "
            + $"{totals.Failovers} of them by failover, {totals.Cut} cut after the first token and reported as such"));
        Terminal.Out.Write(table);
    }
}
