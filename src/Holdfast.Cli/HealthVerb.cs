using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast health</c>: the health of a running gateway's providers, as known or asked anew.</summary>
internal static class HealthVerb
{
    public static Command Create()
    {
        var connection = new ConnectionArgument();
        var check = new Option<bool>("--check") { Description = "Asks every provider first whether it is there" };
        var command = new Command("health", "The health of a running gateway's providers and models") { check };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var gateway = connection.Open(parsed);
            using var answer = parsed.GetValue(check)
                ? await gateway.PostAsync("/admin/health/check", "", cancellation)
                : await gateway.GetAsync("/admin/health", cancellation);
            if (connection.IsJson(parsed))
            {
                Console.Out.WriteLine(answer.RootElement.GetRawText());
            }
            else
            {
                Write(answer.RootElement);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(JsonElement health)
    {
        Terminal.Out.MarkupLine($"{Coloured(health.GetProperty("status"))}: "
            + $"healthy {health.GetProperty("healthy")}, unhealthy {health.GetProperty("unhealthy")}, "
            + $"in maintenance {health.GetProperty("maintenance")}");
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("provider", "model", "status", "health", "circuit", "errors", "answers", "last check", "why");
        foreach (var provider in health.GetProperty("records").EnumerateArray())
        {
            const string prefix = "llm_provider_";
            AddRow(table, Word(provider, "name")[prefix.Length..], "", provider);
            foreach (var model in provider.GetProperty("models").EnumerateArray())
            {
                AddRow(table, "", Word(model, "name"), model);
            }
        }

        Terminal.Out.Write(table);
    }

    private static void AddRow(Table table, string provider, string model, JsonElement record)
    {
        var details = record.GetProperty("details");
        var took = details.GetProperty("responseTimeMs");
        var checkedAt = record.GetProperty("lastCheck");
        table.AddRow(provider, model, Coloured(record.GetProperty("status")),
            Terminal.Circuit(record.GetProperty("health").GetString()!),
            Terminal.Circuit(details.GetProperty("circuitBreakerState").GetString()!),
            record.GetProperty("errorRate").GetDouble().ToString("P1", CultureInfo.InvariantCulture),
            took.ValueKind == JsonValueKind.Null ? "-"
                : string.Create(CultureInfo.InvariantCulture, $"{took.GetDouble():0} ms"),
            checkedAt.ValueKind == JsonValueKind.Null ? "-"
                : checkedAt.GetDateTimeOffset().ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            // A provider's message repeats those of its models, which stand right below it.
            model.Length > 0 ? Word(record, "message") : "");
    }

    private static string Coloured(JsonElement status) => status.GetString() switch
    {
        "ok" => "[green]ok[/]",
        "degraded" => "[yellow]degraded[/]",
        "critical" => "[red]critical[/]",
        var word => Terminal.Text(word!),
    };

    private static string Word(JsonElement from, string name) => Terminal.Text(from.GetProperty(name).GetString()!);
}
