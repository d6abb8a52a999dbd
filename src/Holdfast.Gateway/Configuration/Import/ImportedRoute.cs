namespace Holdfast.Gateway.Configuration.Import;

/// <summary>A target of a route that is being built.</summary>
/// <param name="Provider">Its provider's name here.</param>
/// <param name="Model">The model's name there.</param>
internal sealed record ImportedTarget(string Provider, string Model)
{
    /// <summary>Lower first.</summary>
    public double Priority { get; init; } = 1;

    /// <summary>Null: the provider's.</summary>
    public double? Weight { get; init; }

    /// <summary>Sections of its own, such as <c>timeouts</c>.</summary>
    public OutputMap Settings { get; init; } = new();

    public object ToOutput()
    {
        if (Priority == 1 && Weight is null && Settings.IsEmpty)
            return $"{Provider}/{Model}";
        var target = new OutputMap();
        target.Set("provider", Provider);
        target.Set("model", Model);
        target.Set("priority", Priority == 1 ? null : Priority);
        target.Set("weight", Weight);
        foreach (var (key, value) in Settings.Values)
            target.Set(key, (OutputMap)value);
        return target;
    }
}

/// <summary>A route that is being built: no target is in it twice.</summary>
internal sealed class ImportedRoute
{
    private readonly List<ImportedTarget> _targets = [];
    private readonly HashSet<(string Provider, string Model)> _seen = [];

    public IReadOnlyList<ImportedTarget> Targets => _targets;

    /// <summary>Null: the default, by priority.</summary>
    public string? Strategy { get; set; }

    /// <summary>Other sections, such as <c>retry</c>.</summary>
    public OutputMap Settings { get; } = new();

    /// <summary>False when it is there already.</summary>
    public bool Add(ImportedTarget target)
    {
        if (!_seen.Add((target.Provider, target.Model)))
            return false;
        _targets.Add(target);
        return true;
    }

    public void WriteTo(OutputMap models, string name)
    {
        var route = new OutputMap();
        route.Set("strategy", Strategy);
        foreach (var (key, value) in Settings.Values)
        {
            if (value is OutputMap section)
                route.Set(key, section);
            else
                route.Set(key, (IEnumerable<object>)value);
        }

        route.Set("targets", _targets.Select(target => target.ToOutput()));
        models.Set(name, route);
    }
}
