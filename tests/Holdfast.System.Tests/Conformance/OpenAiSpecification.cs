using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Collects what was answered and holds it against the schemas of OpenAI's own specification.</summary>
internal sealed class OpenAiSpecification
{
    private readonly List<(string Place, string Schema, string Json)> _notes = [];

    /// <param name="place">What it belongs to.</param>
    /// <param name="schema">The schema's name.</param>
    /// <param name="json">What was answered.</param>
    public void Note(string place, string schema, string json) => _notes.Add((place, schema, json));

    /// <summary>How many values there are.</summary>
    public int Count => _notes.Count;

    /// <summary>What is wrong, by place; empty where the specification isn't here.</summary>
    public async Task<ILookup<string, string>> ProblemsAsync()
    {
        if (!SharedData.Has(SharedData.Specification))
        {
            return Enumerable.Empty<string>().ToLookup(one => one);
        }

        var input = new JsonObject
        {
            ["specification"] = SharedData.PathOf(SharedData.Specification),
            ["items"] = new JsonArray([.. _notes.Select(note => (JsonNode)new JsonObject
            {
                ["schema"] = note.Schema, ["value"] = JsonNode.Parse(note.Json),
            })]),
        };
        var verdicts = (await NodeScript.RunAsync("validate.mjs", input)).EnumerateArray().ToList();
        return _notes.Zip(verdicts).Where(pair => pair.Second.ValueKind == JsonValueKind.String)
            .ToLookup(pair => pair.First.Place,
                pair => $"is no {pair.First.Schema}: {pair.Second}: {pair.First.Json}");
    }

    /// <summary>Null, or why a value isn't what a schema says.</summary>
    public static async Task<string?> ProblemAsync(string schema, string json)
    {
        var specification = new OpenAiSpecification();
        specification.Note("", schema, json);
        return (await specification.ProblemsAsync())[""].SingleOrDefault();
    }
}
