using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>Reads a schema into nodes and says everything that is wrong with it.</summary>
internal sealed class SchemaReader
{
    private const int LongestChain = 100;
    private const int MostPatterns = 1_000;

    private static readonly string[] Definitions = ["$defs", "definitions"];

    // Known, and without a say in what is good.
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$id",
    };

    private static readonly string Unknown = "is not known here (allowed: "
        + string.Join(", ", SchemaKeywords.All.Keys.Concat(Definitions).Concat(Annotations)) + ")";

    private static readonly string[] Drafts = ["draft-06", "draft-07", "2019-09", "2020-12"];

    private readonly List<SchemaProblem> _problems = [];
    private readonly List<string> _path = [];
    private readonly Dictionary<string, SchemaNode> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private readonly List<(string Name, string[] Path)> _references = [];

    private readonly Dictionary<string, (TextPattern? Pattern, string? Problem)> _patterns =
        new(StringComparer.Ordinal);

    public IReadOnlyList<SchemaProblem> Problems => _problems;

    public SchemaNode Read(in JsonElement schema)
    {
        var root = Named("#");
        _defined.Add("#");
        Fill(root, schema);
        foreach (var (name, path) in _references)
        {
            if (!_defined.Contains(name))
            {
                _problems.Add(new SchemaProblem(path,
                    "refers to what is not there (allowed: '#', '#/$defs/NAME' and '#/definitions/NAME' of this "
                    + "schema; nothing is fetched)"));
            }
        }

        if (_problems.All(problem => problem.IsWarning))
        {
            FindCircles();
        }

        return root;
    }

    public void Error(string message) => _problems.Add(new SchemaProblem([.. _path], message));

    public void Warn(string message) => _problems.Add(new SchemaProblem([.. _path], message, IsWarning: true));

    /// <summary>A schema below the place that is being read.</summary>
    public SchemaNode Child(in JsonElement schema)
    {
        var node = new SchemaNode();
        Fill(node, schema);
        return node;
    }

    /// <summary>A schema below a key or position.</summary>
    public SchemaNode Child(string part, in JsonElement schema)
    {
        _path.Add(part);
        var node = Child(schema);
        _path.RemoveAt(_path.Count - 1);
        return node;
    }

    /// <summary>A schema below a key that stands beside the one that is being read.</summary>
    public SchemaNode Beside(string key, in JsonElement schema)
    {
        var here = _path[^1];
        _path[^1] = key;
        var node = Child(schema);
        _path[^1] = here;
        return node;
    }

    /// <summary>Says something about a part of the place that is being read.</summary>
    /// <summary>A pattern that was read may backtrack.</summary>
    public bool MayBacktrack => _patterns.Values.Any(known => known.Pattern is { MayBacktrack: true });

    public void At(string part, Action say)
    {
        _path.Add(part);
        say();
        _path.RemoveAt(_path.Count - 1);
    }

    /// <summary>Null when the text is no pattern, or there are too many of them.</summary>
    /// <param name="text">The pattern; the same text gives the same one.</param>
    /// <param name="isSaid">What is wrong with it is said where it stands, not here.</param>
    public TextPattern? Pattern(string text, bool isSaid = false)
    {
        if (!_patterns.TryGetValue(text, out var known))
        {
            // The largest of them take a millisecond each, and a reload is not to take minutes.
            known = _patterns.Count >= MostPatterns
                ? (null, $"is one pattern too many: a schema may have {MostPatterns}")
                : TextPattern.TryCreate(text, out var pattern, out var problem) ? (pattern, null) : (null, problem);
            if (_patterns.Count < MostPatterns)
            {
                _patterns[text] = known;
            }
        }

        if (known.Problem is { } wrong && !isSaid)
        {
            Error(wrong);
        }

        return known.Pattern;
    }

    /// <summary>The schema that <c>$ref</c> names; it may come later in the text.</summary>
    public SchemaNode? Reference(string written)
    {
        if (written != "#" && !Definitions.Any(key => written.StartsWith($"#/{key}/", StringComparison.Ordinal)))
        {
            Error("is not allowed: '#', '#/$defs/NAME' and '#/definitions/NAME' of this schema are; "
                + "nothing is fetched");
            return null;
        }

        _references.Add((written, [.. _path]));
        return Named(written);
    }

    private SchemaNode Named(string name)
    {
        if (!_named.TryGetValue(name, out var node))
        {
            _named[name] = node = new SchemaNode();
        }

        return node;
    }

    private void Fill(SchemaNode node, in JsonElement schema)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                return;
            case JsonValueKind.False:
                node.Add(static (in JsonElement _, SchemaRun run) => run.Fail("is not allowed"));
                return;
            case JsonValueKind.Object:
                break;
            default:
                Error("must be a schema: a mapping of keywords, true or false");
                return;
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            _path.Add(keyword.Name);
            ReadKeyword(node, schema, keyword.Name, keyword.Value);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private void ReadKeyword(SchemaNode node, in JsonElement schema, string name, in JsonElement value)
    {
        var isRoot = _path.Count == 1;
        if (SchemaKeywords.All.TryGetValue(name, out var read))
        {
            read(this, new SchemaKeyword(node, schema, value));
        }
        else if (Definitions.Contains(name) && isRoot)
        {
            Define(name, value);
        }
        else if (Definitions.Contains(name))
        {
            Error("is only understood at the schema's root");
        }
        else if (name is "format" or "contentEncoding" or "contentMediaType")
        {
            Warn("is not checked; write a pattern for what must hold");
        }
        else if (name == "$schema")
        {
            CheckDraft(value);
        }
        else if (!Annotations.Contains(name))
        {
            Error(Unknown);
        }
    }

    private void CheckDraft(in JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (!Drafts.Any(draft => text.Contains(draft, StringComparison.Ordinal)))
        {
            Error("is not a draft that is understood (allowed: draft-06, draft-07, 2019-09, 2020-12)");
        }
    }

    private void Define(string key, in JsonElement definitions)
    {
        if (definitions.ValueKind != JsonValueKind.Object)
        {
            Error("must be a mapping of names and schemas");
            return;
        }

        foreach (var definition in definitions.EnumerateObject())
        {
            // As a JSON pointer writes it.
            var escaped = definition.Name.Replace("~", "~0", StringComparison.Ordinal)
                .Replace("/", "~1", StringComparison.Ordinal);
            var name = $"#/{key}/{escaped}";
            _defined.Add(name);
            _path.Add(definition.Name);
            Fill(Named(name), definition.Value);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    /// <summary>
    /// A schema that asks itself about the same value would never come to an end, and a long chain would take too
    /// much of the stack.
    /// </summary>
    private void FindCircles()
    {
        var heights = new Dictionary<SchemaNode, int>();
        if (_named.Values.Any(node => Height(node, heights, 0) > LongestChain))
        {
            _problems.Add(new SchemaProblem([],
                $"asks itself about the same value, or through more than {LongestChain} schemas"));
        }
    }

    private static int Height(SchemaNode node, Dictionary<SchemaNode, int> heights, int depth)
    {
        if (heights.TryGetValue(node, out var known))
        {
            return known;
        }

        if (depth > LongestChain)
        {
            return LongestChain + 1;
        }

        // Whoever meets it again before it is done goes in a circle.
        heights[node] = LongestChain + 1;
        var height = 1 + node.InPlace.Select(next => Height(next, heights, depth + 1)).DefaultIfEmpty().Max();
        heights[node] = Math.Min(height, LongestChain + 1);
        return heights[node];
    }
}

/// <param name="Node">What the keyword's rule is added to.</param>
/// <param name="Schema">The schema that it stands in.</param>
/// <param name="Value">What stands beside it.</param>
internal readonly record struct SchemaKeyword(SchemaNode Node, JsonElement Schema, JsonElement Value);
