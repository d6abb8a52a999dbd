using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Configuration.Import;

namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Imports a source written in a test.</summary>
internal static class ImportedText
{
    /// <summary>An import that must succeed; its result must load with its variables set, and only then.</summary>
    public static ImportResult Result(string source, string name = "source.yaml", string? model = null)
    {
        var result = ConfigurationImport.Parse(source, name, model);
        Assert.Empty(ConfigurationText.Lines(result.Errors));
        Assert.Empty(Load(result, result.Variables).Errors);
        foreach (var variable in result.Variables.Keys)
        {
            var others = result.Variables.Where(pair => pair.Key != variable).ToDictionary();
            Assert.Contains(Load(result, others).Errors, error => error.Message.Contains($"'{variable}'"));
        }

        return result;
    }

    /// <summary>The options that the result loads to.</summary>
    public static HoldfastOptions Options(string source, string name = "source.yaml", string? model = null)
    {
        var result = Result(source, name, model);
        return Load(result, result.Variables).Options!;
    }

    /// <summary>The whole result and the whole report of a source.</summary>
    public static void AssertGolden(string source, string name, string yaml, string report)
    {
        var result = Result(source, name);

        Assert.Equal(yaml.ReplaceLineEndings("\n").TrimEnd(), result.Yaml!.TrimEnd());
        Assert.Equal(report.ReplaceLineEndings("\n").TrimEnd(), string.Join('\n', Notes(result)));
    }

    public static List<string> Notes(ImportResult result) => [.. result.Notes.Select(note => $"{note.Line}: {note}")];

    /// <summary>The one error of a source that must have one, and then nothing else.</summary>
    public static string Error(string source, string name = "source.yaml", string? model = null)
    {
        var result = ConfigurationImport.Parse(source, name, model);
        Assert.Null(result.Yaml);
        return Assert.Single(ConfigurationText.Lines(result.Errors));
    }

    private static ConfigurationResult Load(ImportResult result, IReadOnlyDictionary<string, string> variables) =>
        ConfigurationFile.Parse(result.Yaml!, "holdfast.yaml", name => variables.GetValueOrDefault(name));
}
