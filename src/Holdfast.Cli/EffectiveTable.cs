using System.Text.Json;
using Holdfast.Gateway.Configuration;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>Every value in force and where it came from, as a table or as JSON.</summary>
internal static class EffectiveTable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = global::System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(EffectiveValues values)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("key", "value", "from");
        foreach (var value in values.List())
        {
            table.AddRow(Terminal.Text(value.Key), Text(value), Terminal.Text(value.Source.ToString()));
        }

        Terminal.Out.Write(table);
    }

    public static void WriteJson(string path, EffectiveValues values) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(new
        {
            File = path,
            Values = values.List().Select(value => new
            {
                value.Key,
                Value = value.Text,
                Hidden = value.Text is null,
                Source = value.Source.Kind.ToString().ToLowerInvariant(),
                value.Source.File,
                value.Source.Line,
                value.Source.Variables,
                value.Source.InheritedFrom,
            }),
        }, Json));

    private static string Text(EffectiveValue value) => value.Text switch
    {
        null => "[dim](not shown)[/]",
        "" => "[dim](empty)[/]",
        _ => Terminal.Text(value.Text),
    };
}
