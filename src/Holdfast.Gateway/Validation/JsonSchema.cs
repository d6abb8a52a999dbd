using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// A JSON Schema: the part of draft 2020-12 that describes answers (see docs/features/Validation.md). What it doesn't
/// know it refuses when it is read, so no keyword is ever passed over in silence. Immutable, thread-safe.
/// </summary>
internal sealed class JsonSchema
{
    // As deep as System.Text.Json reads by default; deeper answers are bad ones.
    private const int DeepestValue = 64;

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root, bool mayBacktrack)
    {
        _root = root;
        MayBacktrack = mayBacktrack;
    }

    /// <summary>It has a pattern whose cost only a timeout bounds.</summary>
    public bool MayBacktrack { get; }

    /// <summary>Null when a problem is an error; warnings leave the schema usable.</summary>
    public static JsonSchema? Read(in JsonElement schema, out IReadOnlyList<SchemaProblem> problems)
    {
        var reader = new SchemaReader();
        var root = reader.Read(schema);
        problems = reader.Problems;
        return problems.All(problem => problem.IsWarning)
            ? new JsonSchema(root, reader.MayBacktrack)
            : null;
    }

    /// <summary>Null, or why <paramref name="text"/> is not what the schema describes.</summary>
    public string? Check(string text, TimeProvider time)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions
            {
                MaxDepth = DeepestValue,
                // Which of two equal names counts would be the caller's parser's guess.
                AllowDuplicateProperties = false,
            });
            var run = new SchemaRun(time);
            return _root.IsGood(document.RootElement, run) ? null : run.Failure ?? "is not what the schema describes";
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is System.Text.Json's word for half a surrogate pair.
            return "is not JSON";
        }
    }
}

/// <param name="Path">The keys and positions from the schema's root.</param>
/// <param name="Message">What, and what is allowed.</param>
/// <param name="IsWarning">The schema is usable all the same.</param>
internal sealed record SchemaProblem(IReadOnlyList<string> Path, string Message, bool IsWarning = false);
