using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast mode</c>: shows the operation mode, sets it by hand, leaves it to the components.</summary>
internal static class ModeVerb
{
    private const string Path = "/admin/mode";

    public static Command Create()
    {
        var connection = new ConnectionArgument();
        var command = new Command("mode", "The operation mode of a running gateway") { Set(), Auto() };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var gateway = connection.Open(parsed);
            using var answer = await gateway.GetAsync(Path, cancellation);
            return Show(answer, connection.IsJson(parsed));
        });
        return command;
    }

    /// <summary>The mode in a line or two, for this verb and for <c>status</c>.</summary>
    public static void WriteLine(JsonElement mode)
    {
        var by = mode.GetProperty("setByHand").GetBoolean() ? ", set by hand" : "";
        Terminal.Out.MarkupLine($"mode {Coloured(mode.GetProperty("mode").GetString()!)} since "
            + $"{Time(mode.GetProperty("since"))}{by}");
        foreach (var reason in mode.GetProperty("reasons").EnumerateArray())
        {
            Terminal.Out.MarkupLine($"  {Terminal.Text(reason.GetString()!)}");
        }
    }

    private static Command Set()
    {
        var connection = new ConnectionArgument();
        var mode = new Argument<string>("MODE") { Description = "normal, degraded or emergency" };
        var reason = new Option<string>("--reason") { Description = "Why, in words", Required = true };
        var command = new Command("set", "Sets the mode by hand, until 'mode auto'") { mode, reason };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var body = new JsonObject { ["mode"] = parsed.GetValue(mode), ["reason"] = parsed.GetValue(reason) };
            using var gateway = connection.Open(parsed);
            using var answer = await gateway.PutAsync(Path, body.ToJsonString(), cancellation);
            return Show(answer, connection.IsJson(parsed));
        });
        return command;
    }

    private static Command Auto()
    {
        var connection = new ConnectionArgument();
        var command = new Command("auto", "Leaves the mode to the components again");
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var gateway = connection.Open(parsed);
            using var answer = await gateway.DeleteAsync(Path, cancellation);
            return Show(answer, connection.IsJson(parsed));
        });
        return command;
    }

    private static int Show(JsonDocument answer, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(answer.RootElement.GetRawText());
            return ExitCodes.Done;
        }

        var mode = answer.RootElement;
        WriteLine(mode);
        var spent = mode.GetProperty("secondsIn");
        Terminal.Out.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"changes: {mode.GetProperty("changes")}, time in normal {Spent(spent, "normal")}, "
            + $"degraded {Spent(spent, "degraded")}, emergency {Spent(spent, "emergency")}"));
        Terminal.Out.Write(Table(["component", "severity", "since", "reason"], mode.GetProperty("components"),
            one => [Word(one, "name"), Word(one, "severity"), Time(one.GetProperty("since")), Word(one, "reason")]));
        Terminal.Out.Write(Table(["from", "to", "at", "reasons"], mode.GetProperty("history"),
            one =>
            [
                Word(one, "from"), Word(one, "to"), Time(one.GetProperty("at")),
                Terminal.Text(string.Join("; ",
                    one.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()))),
            ]));
        return ExitCodes.Done;
    }

    private static Table Table(string[] columns, JsonElement rows, Func<JsonElement, string[]> cells)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns(columns);
        foreach (var row in rows.EnumerateArray())
        {
            table.AddRow(cells(row));
        }

        return table;
    }

    private static string Coloured(string mode) => mode switch
    {
        "NORMAL" => $"[green]{mode}[/]",
        "DEGRADED" => $"[yellow]{mode}[/]",
        "EMERGENCY" => $"[red]{mode}[/]",
        _ => Terminal.Text(mode),
    };

    private static string Spent(JsonElement seconds, string mode) =>
        TimeSpan.FromSeconds(Math.Floor(seconds.GetProperty(mode).GetDouble())).ToString("c");

    private static string Time(JsonElement time) => Terminal.Text(
        time.GetDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    private static string Word(JsonElement from, string name) => Terminal.Text(from.GetProperty(name).GetString()!);
}
