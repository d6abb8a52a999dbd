using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>What one keyword asks of a value. Says why not to the run.</summary>
internal delegate bool SchemaRule(in JsonElement value, SchemaRun run);

/// <summary>A schema, or a part of one: all its rules must hold. Immutable once it was read.</summary>
internal sealed class SchemaNode
{
    private readonly List<SchemaRule> _rules = [];
    private readonly List<SchemaNode> _inPlace = [];

    /// <summary>Schemas that are asked about the same value, not about a part of it.</summary>
    public IReadOnlyList<SchemaNode> InPlace => _inPlace;

    public void Add(SchemaRule rule) => _rules.Add(rule);

    public void AddInPlace(SchemaNode schema) => _inPlace.Add(schema);

    public bool IsGood(in JsonElement value, SchemaRun run)
    {
        if (!run.Enter())
        {
            run.Leave();
            return false;
        }

        var isGood = true;
        for (var i = 0; i < _rules.Count && isGood; i++)
        {
            isGood = _rules[i](value, run);
        }

        run.Leave();
        return isGood && !run.IsOver;
    }
}
