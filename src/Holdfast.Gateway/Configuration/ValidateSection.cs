using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>validate</c> of a model: what a good answer is.</summary>
internal static class ValidateSection
{
    private static readonly string[] StreamWords = ["buffer", "skip"];

    /// <summary>Null when the section is not written.</summary>
    public static ValidationOptions? Read(SectionReader section)
    {
        if (!section.IsWritten)
            return null;
        var standard = new ValidationOptions();
        var read = new ValidationOptions
        {
            MinLength = section.Integer("minLength", 0, 0, 1_000_000),
            Pattern = ReadPattern(section),
            Schema = ReadSchema(section),
            BuffersStreams = section.Word("streams", StreamWords[0], StreamWords) == StreamWords[0],
            MaxBytes = section.Integer("maxBytes", standard.MaxBytes, 1_000, 64_000_000),
        };
        section.Done();
        if (!section.HasFailed && read is { MinLength: 0, Pattern: null, Schema: null })
            section.ErrorHere("names nothing to check; write at least one of minLength, pattern, schema");
        return read;
    }

    private static TextPattern? ReadPattern(SectionReader section)
    {
        if (section.Placed("pattern") is not { } written)
            return null;
        if (written.Text.Length == 0)
        {
            section.Error("pattern", "is empty: every answer would match it");
            return null;
        }

        if (TextPattern.TryCreate(written.Text, out var pattern, out var problem))
            return pattern;
        section.Error("pattern", written.Says(problem));
        return null;
    }

    private static JsonSchema? ReadSchema(SectionReader section)
    {
        if (section.Node("schema") is not { } node)
            return null;
        if (node is not MappingNode)
        {
            section.Error("schema", $"must be a JSON schema as a mapping of keywords, not a {node.Kind}");
            return null;
        }

        using var json = NodeJson.ToDocument(node);
        var schema = JsonSchema.Read(json.RootElement, out var problems);
        foreach (var problem in problems)
        {
            var (line, place, isHidden) = Locate(node, section.LineOf("schema"), section.PlaceOf("schema"),
                problem.Path);
            var message = isHidden ? "is no part of a schema (not shown: its key may hold a secret)" : problem.Message;
            if (problem.IsWarning)
                section.Problems.Warn(line, place, message);
            else
                section.Report(line, place, message);
        }

        return schema;
    }

    /// <summary>Follows a path of keys and positions, down to where something may be a secret.</summary>
    private static (int Line, string Place, bool IsHidden) Locate(
        ConfigurationNode node, int line, string place, IReadOnlyList<string> path)
    {
        foreach (var part in path)
        {
            if (part.StartsWith('[') && node is SequenceNode list && int.TryParse(part[1..^1], out var position))
            {
                node = list.Items[position];
                (line, place) = (node.Line, Wording.Place(place, position));
            }
            else if (node is MappingNode mapping && mapping.Find(part) is { } entry)
            {
                node = entry.Value;
                (line, place) = (entry.Line, Wording.Place(place, part));
                if (Wording.IsSecret(part))
                    return (line, place, true);
            }
        }

        return (line, place, false);
    }
}
