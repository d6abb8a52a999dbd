using System.Globalization;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Routing;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>The demo's table: totals, and what each provider is up to.</summary>
internal static class DemoTable
{
    private static readonly IAnsiConsole Terminal = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = IsPlain ? AnsiSupport.No : AnsiSupport.Detect,
        ColorSystem = IsPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        Out = new AnsiConsoleOutput(Console.Out),
    });

    /// <summary>Without a terminal, and for those who asked, there is no colour.</summary>
    private static bool IsPlain =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };

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
                Colored(status.State),
                status.FailureCount.ToString(CultureInfo.InvariantCulture),
                status.SuccessCount.ToString(CultureInfo.InvariantCulture),
                status.NextAttemptTime?.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "",
                rest > TimeSpan.Zero ? $"{rest.TotalSeconds:0.0} s" : "");
        }

        Terminal.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"[bold]{totals.Calls}[/] calls, [bold]{totals.Answered}[/] answered, "
            + $"{totals.Failovers} of them by failover, {totals.Cut} cut after the first token and reported as such"));
        Terminal.Write(table);
    }

    private static string Colored(CircuitState state) => state switch
    {
        CircuitState.Closed => "[green]closed[/]",
        CircuitState.HalfOpen => "[yellow]half-open[/]",
        CircuitState.Open => "[red]open[/]",
        _ => "[blue]isolated[/]",
    };
}
