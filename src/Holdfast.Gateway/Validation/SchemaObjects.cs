using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// The keywords that speak of objects; other values pass them. A name that the schema doesn't name is the answer's
/// own text: messages show it as <c>*</c>.
/// </summary>
internal static class SchemaObjects
{
    private const string Unnamed = ".*";

    public static void Properties(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Mapping(reader, keyword.Value) is not { } entries)
        {
            return;
        }

        var schemas = entries.Select(entry => (entry.Name, Part: $".{SchemaKeywords.Short(entry.Name)}",
            Schema: reader.Child(entry.Name, entry.Value))).ToArray();
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var (name, part, schema) in schemas)
            {
                if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var property)
                    && !run.Within(part, schema, property))
                {
                    return false;
                }
            }

            return true;
        });
    }

    public static void Required(SchemaReader reader, SchemaKeyword keyword)
    {
        if (SchemaKeywords.Names(reader, keyword.Value) is not { } names)
        {
            return;
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
            value.ValueKind != JsonValueKind.Object || HasAll(value, names, run));
    }

    public static void AdditionalProperties(SchemaReader reader, SchemaKeyword keyword)
    {
        var schema = reader.Child(keyword.Value);
        var named = Siblings(keyword.Schema, "properties").ToHashSet(StringComparer.Ordinal);
        var patterns = Siblings(keyword.Schema, "patternProperties")
            .Select(text => reader.Pattern(text, isSaid: true))
            .OfType<TextPattern>().ToArray();
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                return true;
            }

            foreach (var property in value.EnumerateObject())
            {
                var name = property.Name;
                if (!named.Contains(name) && !Array.Exists(patterns, pattern => run.IsMatch(pattern, name))
                    && !run.Within(Unnamed, schema, property.Value))
                {
                    return false;
                }
            }

            return true;
        });
    }

    public static void PatternProperties(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Mapping(reader, keyword.Value) is not { } entries)
        {
            return;
        }

        var schemas = new List<(TextPattern Pattern, SchemaNode Schema)>();
        foreach (var entry in entries)
        {
            TextPattern? pattern = null;
            reader.At(entry.Name, () => pattern = reader.Pattern(entry.Name));
            if (pattern is not null)
            {
                schemas.Add((pattern, reader.Child(entry.Name, entry.Value)));
            }
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                return true;
            }

            foreach (var property in value.EnumerateObject())
            {
                foreach (var (pattern, schema) in schemas)
                {
                    if (run.IsMatch(pattern, property.Name) && !run.Within(Unnamed, schema, property.Value))
                    {
                        return false;
                    }
                }
            }

            return !run.IsOver;
        });
    }

    public static void PropertyNames(SchemaReader reader, SchemaKeyword keyword)
    {
        var schema = reader.Child(keyword.Value);
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                return true;
            }

            foreach (var property in value.EnumerateObject())
            {
                var name = JsonSerializer.SerializeToElement(property.Name, NameJson.Default.String);
                if (!run.Try(schema, name))
                {
                    return run.Fail("has a name that propertyNames does not allow");
                }
            }

            return true;
        });
    }

    public static void DependentRequired(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Mapping(reader, keyword.Value) is not { } entries)
        {
            return;
        }

        var needs = new List<(string Name, string[] Needed)>();
        foreach (var entry in entries)
        {
            reader.At(entry.Name, () =>
            {
                if (SchemaKeywords.Names(reader, entry.Value) is { } names)
                {
                    needs.Add((entry.Name, names));
                }
            });
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var (name, needed) in needs)
            {
                if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out _)
                    && !HasAll(value, needed, run))
                {
                    return false;
                }
            }

            return true;
        });
    }

    public static void MinProperties(SchemaReader reader, SchemaKeyword keyword) => Size(reader, keyword,
        static (size, limit) => size >= limit, limit => $"must have at least {limit} properties");

    public static void MaxProperties(SchemaReader reader, SchemaKeyword keyword) => Size(reader, keyword,
        static (size, limit) => size <= limit, limit => $"must have at most {limit} properties");

    private static void Size(SchemaReader reader, SchemaKeyword keyword, Func<int, int, bool> isGood,
        Func<int, string> message)
    {
        if (SchemaKeywords.Count(reader, keyword) is not { } limit)
        {
            return;
        }

        var otherwise = message(limit);
        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.Object
            || isGood(value.GetPropertyCount(), limit) || run.Fail(otherwise));
    }

    private static bool HasAll(in JsonElement value, string[] names, SchemaRun run)
    {
        foreach (var name in names)
        {
            if (!value.TryGetProperty(name, out _))
            {
                return run.Fail($"has no '{SchemaKeywords.Short(name)}'");
            }
        }

        return true;
    }

    private static JsonProperty[]? Mapping(SchemaReader reader, in JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return [.. value.EnumerateObject()];
        }

        reader.Error("must be a mapping");
        return null;
    }

    private static IEnumerable<string> Siblings(in JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var value) && value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().Select(property => property.Name)
            : [];
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class NameJson : System.Text.Json.Serialization.JsonSerializerContext;
