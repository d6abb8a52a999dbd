using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using Holdfast.Gateway.Validation;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Holdfast.Gateway.Tests;

/// <summary>
/// The schemas of OpenAI's own specification, which lies beside the repository. Only those that a test asks for are
/// read, with all that they refer to.
/// </summary>
internal static partial class OpenAiSpecification
{
    public const string File = "openai-openapi.yaml";

    private const string Reference = "#/components/schemas/";

    private static readonly string[] Keywords =
    [
        "type", "properties", "required", "enum", "const", "items", "anyOf", "oneOf", "allOf", "additionalProperties",
        "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "$ref",
    ];

    private static readonly Lazy<Dictionary<string, string>> Texts = new(Load);
    private static readonly Dictionary<string, JsonSchema> Read = [];
    private static readonly ManualTimeProvider Time = new();

    /// <summary>Null, or why the JSON is not what the schema of that name describes.</summary>
    public static string? Problem(string schema, string json)
    {
        lock (Read)
        {
            if (!Read.TryGetValue(schema, out var known))
            {
                Read[schema] = known = Compile(schema);
            }

            return known.Check(json, Time);
        }
    }

    [GeneratedRegex("^    ([A-Za-z0-9_.-]+):$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    private static Dictionary<string, string> Load()
    {
        var text = System.IO.File.ReadAllText(Recordings.PathOf(File)).ReplaceLineEndings("\n");
        var schemas = text[text.IndexOf("\n  schemas:\n", StringComparison.Ordinal)..];
        var headings = Heading().Matches(schemas);
        return headings.Select((heading, i) => (Name: heading.Groups[1].Value,
                Text: schemas[heading.Index..(i + 1 < headings.Count ? headings[i + 1].Index : schemas.Length)]))
            .DistinctBy(schema => schema.Name)
            .ToDictionary(schema => schema.Name, schema => schema.Text);
    }

    private static JsonSchema Compile(string name)
    {
        var definitions = new JsonObject();
        Add(name, definitions);
        var root = new JsonObject { ["$ref"] = $"#/$defs/{name}", ["$defs"] = definitions };
        using var document = JsonDocument.Parse(root.ToJsonString());
        var schema = JsonSchema.Read(document.RootElement, out var problems);
        Assert.True(schema is not null, string.Join("\n", problems.Where(one => !one.IsWarning).Take(5)));
        return schema;
    }

    private static void Add(string name, JsonObject definitions)
    {
        if (definitions.ContainsKey(name))
        {
            return;
        }

        definitions[name] = true;
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Texts.Value[name]));
        var schema = ((YamlMappingNode)yaml.Documents[0].RootNode).Children.Single().Value;
        definitions[name] = Schema(schema, definitions);
    }

    /// <summary>What says something about values; descriptions and other people's extensions don't.</summary>
    private static JsonNode? Schema(YamlNode node, JsonObject definitions)
    {
        if (node is not YamlMappingNode map)
        {
            return Value(node);
        }

        var schema = new JsonObject();
        foreach (var (key, value) in map.Children)
        {
            var word = ((YamlScalarNode)key).Value!;
            if (!Keywords.Contains(word))
            {
                continue;
            }

            schema[word] = word switch
            {
                "properties" => new JsonObject(((YamlMappingNode)value).Children.Select(member =>
                    KeyValuePair.Create(((YamlScalarNode)member.Key).Value!, Schema(member.Value, definitions)))),
                "anyOf" or "oneOf" or "allOf" => new JsonArray(
                    [.. ((YamlSequenceNode)value).Select(one => Schema(one, definitions))]),
                "items" or "additionalProperties" => Schema(value, definitions),
                "$ref" => Refer(((YamlScalarNode)value).Value![Reference.Length..], definitions),
                _ => Value(value),
            };
        }

        return schema;
    }

    private static JsonValue Refer(string name, JsonObject definitions)
    {
        Add(name, definitions);
        return JsonValue.Create($"#/$defs/{name}");
    }

    private static JsonNode? Value(YamlNode node) => node switch
    {
        YamlSequenceNode list => new JsonArray([.. list.Select(Value)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or "" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } plain => plain.Value == "true",
        YamlScalarNode { Style: ScalarStyle.Plain } plain when long.TryParse(plain.Value, out var number) => number,
        YamlScalarNode text => JsonValue.Create(text.Value),
        _ => throw new InvalidOperationException($"{node} has no place in a schema"),
    };
}
