using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Gateway.Configuration.Import;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary><c>holdfast import</c>: turns another gateway's configuration into ours.</summary>
internal static class ImportVerb
{
    // It is read by people and terminals, never put into a page: '<' may stay '<'.
    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A LiteLLM proxy configuration, a Portkey config, or an older shape",
        };
        var output = new Option<string?>("--output")
        {
            Description = "Where the configuration goes. Default: standard output", HelpName = "FILE",
        };
        var force = new Option<bool>("--force") { Description = "Overwrites the file of --output" };
        var model = new Option<string?>("--model")
        {
            Description = "The model that callers send, where the source names none (Portkey)", HelpName = "NAME",
        };
        var json = new Option<bool>("--json") { Description = "Prints configuration and report as one JSON object" };
        var command = new Command("import", "Turns another gateway's configuration into this one's")
        {
            file, output, force, model, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(model),
            new Destination(parsed.GetValue(output), parsed.GetValue(force), parsed.GetValue(json))));
        return command;
    }

    private sealed record Destination(string? Path, bool MayOverwrite, bool IsJson);

    private static int Run(string file, string? model, Destination destination)
    {
        if (destination is { Path: { } path, MayOverwrite: false } && File.Exists(path))
        {
            throw new UsageException($"--output: '{path}' exists: --force overwrites it");
        }

        var result = ConfigurationImport.Load(file, model);
        if (result.Yaml is not { } yaml)
        {
            foreach (var error in result.Errors)
            {
                Console.Error.WriteLine($"error: {error}");
            }

            return ExitCodes.WrongUsage;
        }

        if (destination.Path is not null)
        {
            Write(destination.Path, yaml, destination.MayOverwrite);
        }

        Show(result, yaml, file, destination);
        return ExitCodes.Done;
    }

    private static void Show(ImportResult result, string yaml, string file, Destination destination)
    {
        if (destination.IsJson)
        {
            Console.Out.WriteLine(ToJson(result, yaml, file, destination.Path).ToJsonString(Json));
            return;
        }

        if (destination.Path is not null)
        {
            WriteTable(result.Notes);
        }
        else
        {
            // The configuration has standard output for itself.
            Console.Out.Write(yaml);
            foreach (var note in result.Notes)
            {
                Console.Error.WriteLine(note.Line > 0 ? $"{file}:{note.Line}: {note}" : $"{file}: {note}");
            }
        }

        Console.Error.WriteLine($"imported from {result.Kind}: {Count(result, ImportNoteKind.Dropped)} dropped, "
            + $"{Count(result, ImportNoteKind.Changed)} changed, "
            + $"{Count(result, ImportNoteKind.Secret)} secrets left out");
        if (result.Variables.Count > 0)
        {
            Console.Error.WriteLine($"environment variables to set: {string.Join(", ", result.Variables.Keys)}");
        }
    }

    private static int Count(ImportResult result, ImportNoteKind kind) => result.Notes.Count(note => note.Kind == kind);

    private static void WriteTable(IReadOnlyList<ImportNote> notes)
    {
        if (notes.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("line", "place", "became", "what", "instead");
        foreach (var note in notes)
        {
            table.AddRow($"{note.Line}", Terminal.Text(note.Place), note.Word, Terminal.Text(note.What),
                Terminal.Text(note.Instead ?? ""));
        }

        Terminal.Out.Write(table);
    }

    private static JsonObject ToJson(ImportResult result, string yaml, string file, string? output) => new()
    {
        ["file"] = file,
        ["source"] = result.Kind,
        ["output"] = output,
        ["configuration"] = yaml,
        ["variables"] = new JsonArray([.. result.Variables.Keys.Select(name => (JsonNode)name)]),
        ["notes"] = new JsonArray([.. result.Notes.Select(note => (JsonNode)new JsonObject
        {
            ["line"] = note.Line,
            ["place"] = note.Place,
            ["became"] = note.Word,
            ["what"] = note.What,
            ["instead"] = note.Instead,
        })]),
    };

    /// <summary>The whole file or none of it: what is half written never has the file's name.</summary>
    private static void Write(string path, string yaml, bool mayOverwrite)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        var half = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllText(half, yaml);
            File.Move(half, path, mayOverwrite);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(half))
            {
                File.Delete(half);
            }

            throw new RefusedException($"--output: '{path}' cannot be written: {failure.Message}");
        }
    }
}
