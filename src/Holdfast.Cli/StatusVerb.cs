using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast status</c>: a running gateway on one page.</summary>
internal static class StatusVerb
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var connection = new ConnectionArgument();
        var watch = new Option<bool>("--watch") { Description = "Again every two seconds, until interrupted" };
        var command = new Command("status", "Shows how a running gateway and its providers do") { watch };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var gateway = connection.Open(parsed);
            await ShowAsync(gateway, connection.IsJson(parsed), cancellation);
            if (parsed.GetValue(watch))
            {
                await WatchAsync(gateway, connection.IsJson(parsed), cancellation);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Once there was an answer, a gateway that restarts is waited for.</summary>
    private static async Task WatchAsync(GatewayConnection gateway, bool isJson, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(Interval, TimeProvider.System, cancellation);
            try
            {
                await ShowAsync(gateway, isJson, cancellation, isAgain: true);
            }
            catch (RefusedException refused)
            {
                await Console.Error.WriteLineAsync($"holdfast: {refused.Message}");
            }
        }
    }

    private static async Task ShowAsync(
        GatewayConnection gateway, bool isJson, CancellationToken cancellation, bool isAgain = false)
    {
        using var answer = await gateway.GetAsync("/admin/status", cancellation);
        if (isJson)
        {
            Console.Out.WriteLine(answer.RootElement.GetRawText());
            return;
        }

        if (isAgain && Terminal.Out.Profile.Capabilities.Ansi)
        {
            Terminal.Out.Clear();
        }

        Write(answer.RootElement);
    }

    private static void Write(JsonElement status)
    {
        var configuration = status.GetProperty("configuration");
        var uptime = TimeSpan.FromSeconds(Math.Floor(status.GetProperty("uptimeSeconds").GetDouble()));
        Terminal.Out.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"holdfast {Word(status, "version")}, {Word(status, "phase")} for {uptime:c}, "
            + $"calls in flight: {status.GetProperty("callsInFlight")}"));
        Terminal.Out.MarkupLine($"configuration {configuration.GetProperty("version")}, loaded "
            + Terminal.Text(configuration.GetProperty("loadedAt").GetDateTimeOffset()
                .ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            + (configuration.GetProperty("reloadSucceeded").GetBoolean()
                ? ""
                : "; [red]the file has changed since, and was refused[/]"));
        ModeVerb.WriteLine(status.GetProperty("mode"));
        if (status.GetProperty("admission") is { ValueKind: JsonValueKind.Object } whole)
        {
            Terminal.Out.MarkupLine($"admission: {Queue(whole)}");
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("provider", "model", "status", "circuit", "requests", "success", "average", "p95", "queue");
        foreach (var provider in status.GetProperty("providers").EnumerateArray())
        {
            Row(table, Word(provider, "name"), "", provider);
            foreach (var model in provider.GetProperty("models").EnumerateArray())
            {
                Row(table, "", Word(model, "model"), model);
            }
        }

        Terminal.Out.Write(table);
        Terminal.Out.Write(Routes(status));
        foreach (var finding in status.GetProperty("findings").EnumerateArray())
        {
            Terminal.Out.MarkupLine(Terminal.Text(finding.GetString()!));
        }
    }

    private static void Row(Table table, string provider, string model, JsonElement about)
    {
        var known = about.TryGetProperty("statistics", out var statistics);
        table.AddRow(
            provider, model, Terminal.Circuit(about.GetProperty("status").GetString()!),
            Terminal.Circuit(about.GetProperty("state").GetString()!),
            known ? statistics.GetProperty("requestCount").ToString() : "",
            known ? Percent(statistics.GetProperty("successRate")) : "",
            known ? Milliseconds(statistics.GetProperty("averageResponseTimeMs")) : "",
            known ? Milliseconds(statistics.GetProperty("p95Ms")) : "",
            about.TryGetProperty("admission", out var admission) ? Queue(admission) : "");
    }

    /// <summary>Those that run, of how many may; those that wait, and for how long.</summary>
    private static string Queue(JsonElement queue)
    {
        if (queue.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        var most = queue.GetProperty("maxConcurrency").GetInt32();
        var waiting = queue.GetProperty("depth").GetInt32();
        return string.Create(CultureInfo.InvariantCulture,
            $"{queue.GetProperty("running")}{(most > 0 ? $" of {most}" : "")} running")
            + (waiting > 0
                ? $", {waiting} waiting ({Milliseconds(queue.GetProperty("estimatedWaitMs"))})"
                : "");
    }

    private static Table Routes(JsonElement status)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("route", "calls", "primary failed", "fallbacks", "success", "average");
        foreach (var route in status.GetProperty("routes").EnumerateArray())
        {
            var fallbacks = route.GetProperty("fallbacks");
            table.AddRow(Word(route, "name"), route.GetProperty("calls").ToString(),
                Percent(fallbacks.GetProperty("primaryFailureRate")),
                fallbacks.GetProperty("invocations").ToString(), Percent(fallbacks.GetProperty("successRate")),
                Milliseconds(fallbacks.GetProperty("averageFallbackLatencyMs")));
        }

        return table;
    }

    private static string Percent(JsonElement share) => share.ValueKind == JsonValueKind.Null
        ? "-"
        : share.GetDouble().ToString("P1", CultureInfo.InvariantCulture);

    private static string Milliseconds(JsonElement time) => time.ValueKind == JsonValueKind.Null
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{time.GetDouble():0} ms");

    private static string Word(JsonElement from, string name) => Terminal.Text(from.GetProperty(name).GetString()!);
}
