namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Portkey's conditional strategy: a condition on the model that callers send is a route here; other conditions have
/// no counterpart.
/// </summary>
internal sealed class PortkeyConditions(SourceSection root, SourceSection strategy)
{
    private const string Default = "default";

    private readonly Dictionary<string, SourceSection> _targets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _routes = new(StringComparer.Ordinal);

    /// <summary>Writes a route for each model that a condition names, and one for the default.</summary>
    public void Read(Action<string, SourceSection> writeRoute, string? standardName)
    {
        foreach (var item in root.Items("targets"))
        {
            if (item.Section() is { } target)
                _targets.TryAdd(target.Raw("name") ?? "", target);
        }

        foreach (var item in strategy.Items("conditions"))
        {
            if (item.Section() is { } condition)
                ReadCondition(condition, writeRoute);
        }

        if (strategy.Raw("default") is { } standard && Find(strategy, "default", standard) is { } last &&
            _routes.Add(standardName ?? Default))
        {
            strategy.Change("default", $"became the model {Wording.Quote(standardName ?? Default)}: a name that no " +
                "model has is an error here", "have callers send that name");
            writeRoute(standardName ?? Default, last);
        }

        foreach (var (name, target) in _targets.Where(entry => !_used.Contains(entry.Key)))
        {
            root.Source.Report.Drop(target.Line, target.Place,
                $"is called {Wording.Quote(name)}, and nothing that could be imported leads there");
        }
    }

    private void ReadCondition(SourceSection condition, Action<string, SourceSection> writeRoute)
    {
        var query = condition.Section("query");
        var models = Models(query);
        var name = condition.Raw("then");
        if (models.Count == 0)
        {
            condition.Drop("query", "asks for something else than the model", "give each case a model of its own");
        }
        else if (name is not null && Find(condition, "then", name) is { } target)
        {
            foreach (var model in models)
            {
                if (_routes.Add(model))
                    writeRoute(model, target);
                else
                    condition.Drop("query", $"asks for {Wording.Quote(model)}, as a condition before it does");
            }
        }

        condition.Rest(PortkeyHints.None);
    }

    private SourceSection? Find(SourceSection section, string key, string name)
    {
        _used.Add(name);
        if (_targets.TryGetValue(name, out var target))
            return target;
        section.Wrong(key, $"names no target (value not shown; targets: {Wording.List(_targets.Keys)})");
        return null;
    }

    /// <summary>The models that a query asks for, when it asks for nothing else.</summary>
    private static IReadOnlyList<string> Models(SourceSection query)
    {
        if (query.Keys.ToList() is not ["params.model"])
            return [];
        if (!query.HasMapping("params.model"))
            return query.Raw("params.model") is { } one ? [one] : [];
        var asked = query.Section("params.model");
        return asked.Keys.ToList() switch
        {
            ["$eq"] => asked.Raw("$eq") is { } one ? [one] : [],
            ["$in"] => asked.Words("$in"),
            _ => [],
        };
    }
}
