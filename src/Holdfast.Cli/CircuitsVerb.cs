using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast circuits</c>: shows the circuit breakers, takes targets out and back in.</summary>
internal static class CircuitsVerb
{
    public static Command Create() => new("circuits", "The circuit breakers of a running gateway")
    {
        List(),
        Change("isolate", "Takes a provider or one of its models out, until a reset"),
        Change("reset", "Closes the circuits of a provider or of one of its models"),
    };

    private static Command List()
    {
        var connection = new ConnectionArgument();
        var command = new Command("list", "Shows all circuits");
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var gateway = connection.Open(parsed);
            using var answer = await gateway.GetAsync("/admin/circuits", cancellation);
            return Show(answer, connection.IsJson(parsed));
        });
        return command;
    }

    private static Command Change(string verb, string description)
    {
        var connection = new ConnectionArgument();
        var target = new Argument<string>("TARGET") { Description = "A provider, or provider/model" };
        var command = new Command(verb, description) { target };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var body = BodyOf(parsed.GetValue(target)!);
            using var gateway = connection.Open(parsed);
            using var answer = await gateway.PostAsync($"/admin/circuits/{verb}", body, cancellation);
            return Show(answer, connection.IsJson(parsed));
        });
        return command;
    }

    private static string BodyOf(string target)
    {
        // Models may have slashes of their own.
        var slash = target.IndexOf('/', StringComparison.Ordinal);
        if (target.Length == 0 || slash == 0 || slash == target.Length - 1)
        {
            throw new UsageException($"TARGET: '{target}': allowed is a provider, or provider/model");
        }

        var body = new JsonObject { ["provider"] = slash < 0 ? target : target[..slash] };
        if (slash > 0)
        {
            body["model"] = target[(slash + 1)..];
        }

        return body.ToJsonString();
    }

    private static int Show(JsonDocument answer, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(answer.RootElement.GetRawText());
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("provider", "model", "circuit", "failures", "in a row", "successes", "rejections",
            "last failure", "next attempt");
        foreach (var circuit in answer.RootElement.GetProperty("circuits").EnumerateArray())
        {
            table.AddRow(
                Terminal.Text(circuit.GetProperty("provider").GetString()!),
                Terminal.Text(circuit.GetProperty("model").GetString()!),
                Terminal.Circuit(circuit.GetProperty("state").GetString()!),
                circuit.GetProperty("failureCount").GetRawText(),
                circuit.GetProperty("consecutiveFailures").GetRawText(),
                circuit.GetProperty("successCount").GetRawText(),
                circuit.GetProperty("rejections").GetRawText(),
                Time(circuit.GetProperty("lastFailureTime")),
                Time(circuit.GetProperty("nextAttemptTime")));
        }

        Terminal.Out.Write(table);
        return ExitCodes.Done;
    }

    private static string Time(JsonElement time) => time.ValueKind == JsonValueKind.Null
        ? ""
        : time.GetDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
