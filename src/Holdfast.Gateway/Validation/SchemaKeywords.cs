using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>Every keyword that says what is good, and the rule that it stands for (JSON Schema 2020-12).</summary>
internal static class SchemaKeywords
{
    private static readonly string[] Types = ["string", "number", "integer", "boolean", "object", "array", "null"];

    /// <summary>In the order that messages list them in.</summary>
    public static IReadOnlyDictionary<string, Action<SchemaReader, SchemaKeyword>> All { get; } =
        new OrderedDictionary<string, Action<SchemaReader, SchemaKeyword>>(StringComparer.Ordinal)
        {
            ["type"] = Type,
            ["enum"] = Enum,
            ["const"] = Const,
            ["properties"] = SchemaObjects.Properties,
            ["required"] = SchemaObjects.Required,
            ["additionalProperties"] = SchemaObjects.AdditionalProperties,
            ["patternProperties"] = SchemaObjects.PatternProperties,
            ["propertyNames"] = SchemaObjects.PropertyNames,
            ["dependentRequired"] = SchemaObjects.DependentRequired,
            ["minProperties"] = SchemaObjects.MinProperties,
            ["maxProperties"] = SchemaObjects.MaxProperties,
            ["items"] = SchemaArrays.Items,
            ["prefixItems"] = SchemaArrays.PrefixItems,
            ["contains"] = SchemaArrays.Contains,
            ["minItems"] = SchemaArrays.MinItems,
            ["maxItems"] = SchemaArrays.MaxItems,
            ["uniqueItems"] = SchemaArrays.UniqueItems,
            ["minLength"] = SchemaScalars.MinLength,
            ["maxLength"] = SchemaScalars.MaxLength,
            ["pattern"] = SchemaScalars.Pattern,
            ["minimum"] = SchemaScalars.Minimum,
            ["maximum"] = SchemaScalars.Maximum,
            ["exclusiveMinimum"] = SchemaScalars.ExclusiveMinimum,
            ["exclusiveMaximum"] = SchemaScalars.ExclusiveMaximum,
            ["multipleOf"] = SchemaScalars.MultipleOf,
            ["anyOf"] = AnyOf,
            ["oneOf"] = OneOf,
            ["allOf"] = AllOf,
            ["not"] = Not,
            ["if"] = If,
            ["then"] = (reader, keyword) => NeedsIf(reader, keyword, "then"),
            ["else"] = (reader, keyword) => NeedsIf(reader, keyword, "else"),
            ["$ref"] = Reference,
        };

    /// <summary>A whole number from 0; null, and an error, when it is none.</summary>
    public static int? Count(SchemaReader reader, in SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind == JsonValueKind.Number && keyword.Value.TryGetInt32(out var count) && count >= 0)
        {
            return count;
        }

        reader.Error($"must be a whole number from 0 to {int.MaxValue}");
        return null;
    }

    /// <summary>Texts without repetition; null, and an error, when the value is no list of them.</summary>
    public static string[]? Names(SchemaReader reader, in JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!).Distinct(StringComparer.Ordinal)];
        }

        reader.Error("must be a list of texts");
        return null;
    }

    /// <summary>A name of the schema for a message, which is one line and not long.</summary>
    public static string Short(string name) => new(
        [.. (name.Length > 60 ? name[..60] + "…" : name).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    private static void Type(SchemaReader reader, SchemaKeyword keyword)
    {
        var names = keyword.Value.ValueKind == JsonValueKind.String
            ? [keyword.Value.GetString()!]
            : keyword.Value.ValueKind == JsonValueKind.Array
                ? keyword.Value.EnumerateArray()
                    .Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "").ToArray()
                : [];
        if (names.Length == 0 || names.Except(Types).Any())
        {
            reader.Error($"must be one of {string.Join(", ", Types)}, or a list of them (\"null\" in quotes)");
            return;
        }

        var message = $"must be of type {string.Join(" or ", names)}";
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var name in names)
            {
                if (IsOfType(value, name))
                {
                    return true;
                }
            }

            return run.Fail(message);
        });
    }

    private static bool IsOfType(in JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && JsonNumber.Of(value).IsWhole,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static void Enum(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Array || keyword.Value.GetArrayLength() == 0)
        {
            reader.Error("must be a list of the values that are allowed");
            return;
        }

        IsOneOf(keyword.Node, [.. keyword.Value.EnumerateArray().Select(item => item.Clone())],
            "is none of the values that are allowed");
    }

    private static void Const(SchemaReader reader, SchemaKeyword keyword) =>
        IsOneOf(keyword.Node, [keyword.Value.Clone()], "is not the value that is asked for");

    private static void IsOneOf(SchemaNode node, JsonElement[] allowed, string message) =>
        node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var one in allowed)
            {
                if (!run.Step() || JsonElement.DeepEquals(value, one))
                {
                    return !run.IsOver;
                }
            }

            return run.Fail(message);
        });

    private static void AnyOf(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Branches(reader, keyword) is not { } branches)
        {
            return;
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var branch in branches)
            {
                if (run.Try(branch, value))
                {
                    return true;
                }
            }

            return run.Fail("fits none of anyOf");
        });
    }

    private static void OneOf(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Branches(reader, keyword) is not { } branches)
        {
            return;
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            var fitting = 0;
            foreach (var branch in branches)
            {
                fitting += run.Try(branch, value) ? 1 : 0;
            }

            return fitting == 1 || run.Fail(fitting == 0 ? "fits none of oneOf" : "fits more than one of oneOf");
        });
    }

    private static void AllOf(SchemaReader reader, SchemaKeyword keyword)
    {
        if (Branches(reader, keyword) is not { } branches)
        {
            return;
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            foreach (var branch in branches)
            {
                if (!branch.IsGood(value, run))
                {
                    return false;
                }
            }

            return true;
        });
    }

    private static SchemaNode[]? Branches(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Array || keyword.Value.GetArrayLength() == 0)
        {
            reader.Error("must be a list of schemas");
            return null;
        }

        var branches = keyword.Value.EnumerateArray()
            .Select((branch, i) => reader.Child($"[{i}]", branch)).ToArray();
        Array.ForEach(branches, keyword.Node.AddInPlace);
        return branches;
    }

    private static void Not(SchemaReader reader, SchemaKeyword keyword)
    {
        var unwanted = reader.Child(keyword.Value);
        keyword.Node.AddInPlace(unwanted);
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
            !run.Try(unwanted, value) ? !run.IsOver : run.Fail("is what not excludes"));
    }

    private static void If(SchemaReader reader, SchemaKeyword keyword)
    {
        var condition = reader.Child(keyword.Value);
        keyword.Node.AddInPlace(condition);
        var then = Branch("then");
        var otherwise = Branch("else");
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
            (run.Try(condition, value) ? then : otherwise)?.IsGood(value, run) ?? !run.IsOver);

        SchemaNode? Branch(string name)
        {
            if (!keyword.Schema.TryGetProperty(name, out var schema))
            {
                return null;
            }

            // Its errors belong to its own key, beside this one.
            var branch = reader.Beside(name, schema);
            keyword.Node.AddInPlace(branch);
            return branch;
        }
    }

    private static void NeedsIf(SchemaReader reader, SchemaKeyword keyword, string name)
    {
        if (!keyword.Schema.TryGetProperty("if", out _))
        {
            reader.Error($"{name} does nothing without if");
        }
    }

    private static void Reference(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.String)
        {
            reader.Error("must be a text such as '#/$defs/NAME'");
        }
        else if (reader.Reference(keyword.Value.GetString()!) is { } referred)
        {
            keyword.Node.AddInPlace(referred);
            keyword.Node.Add((in JsonElement value, SchemaRun run) => referred.IsGood(value, run));
        }
    }
}
