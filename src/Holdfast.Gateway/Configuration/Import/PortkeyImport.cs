namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Imports a config of Portkey's gateway. Its tree of strategies becomes a route of levels: the targets of the first
/// level are drawn by weight, each further level is for when all before it have failed.
/// </summary>
/// <param name="result">Where it goes.</param>
/// <param name="model">
/// The name that callers send, and the model of targets that pass it on. Null: the first model that the config names.
/// </param>
internal sealed class PortkeyImport(ImportedConfiguration result, string? model)
{
    // More don't fit into a file that loads; conditions that lead to the same targets multiply.
    private const int MostTargets = 20_000;

    private int _targets;

    /// <summary>Whether a file is one.</summary>
    public static bool Is(SourceSection root) =>
        root.HasMapping("strategy") || root.Has("targets") || root.Has("virtual_key") || root.Has("provider");

    public void Read(SourceSection root)
    {
        ReadRoutes(root);
        if (!result.Models.IsEmpty)
            return;
        // A config is about nothing but its targets.
        foreach (var note in root.Source.Report.Notes.Where(note => note.Kind == ImportNoteKind.Dropped))
            root.Source.Problems.Error(note.Line, note.Place, note.Text);
        root.Source.Problems.Error(0, "", "has no target that could be imported");
    }

    private void ReadRoutes(SourceSection root)
    {
        ReadCache(root.Section("cache"));
        var strategy = root.Section("strategy");
        if (strategy.Raw("mode") == "conditional")
        {
            new PortkeyConditions(root, strategy).Read((name, target) => WriteRoute(target, root, name), model);
            strategy.Rest(PortkeyHints.Strategy);
            root.Rest(PortkeyHints.Target);
            return;
        }

        WriteRoute(root, root, model);
        root.Rest(PortkeyHints.Target);
    }

    private void WriteRoute(SourceSection section, SourceSection root, string? name)
    {
        var tree = new PortkeyTree(result, name);
        var inherited = ReferenceEquals(section, root)
            ? PortkeyInherited.None
            : tree.Inherit(root, PortkeyInherited.None);
        var levels = tree.Levels(section, inherited);
        _targets += levels.Sum(level => level.Count);
        if (_targets > MostTargets)
            throw new SourceException(0, $"comes to more than {MostTargets} targets");
        if (levels.Count == 0)
            return;
        var route = new ImportedRoute();
        if (name is null)
            section.Source.Report.Change(section.Line, section.Place, "names no model that callers send; it became " +
                $"{Wording.Quote(levels[0][0].Target.Model)}", "choose another name with --model");
        AddTargets(section, route, levels);
        tree.WriteTo(route);
        name ??= levels[0][0].Target.Model;
        if (ImportedConfiguration.IsModelName(name))
            route.WriteTo(result.Models, name);
        else
            section.Source.Report.Drop(section.Line, section.Place, "would need a name that no model can have here",
                "choose another name with --model");
    }

    private static void AddTargets(SourceSection section, ImportedRoute route, List<List<PortkeyTarget>> levels)
    {
        var isDrawn = levels[0].Count > 1;
        route.Strategy = isDrawn ? "weighted" : null;
        for (var level = 0; level < levels.Count; level++)
        {
            foreach (var (target, weight, line, place) in levels[level])
            {
                var added = route.Add(target with
                {
                    Priority = level + 1,
                    Weight = !isDrawn ? null : level == 0 ? Math.Min(weight, 1_000_000) : 0,
                });
                if (!added)
                    section.Source.Report.Drop(line, place,
                        $"is {Wording.Quote($"{target.Provider}/{target.Model}")} again; the first one counts");
            }
        }

        var report = section.Source.Report;
        if (isDrawn)
        {
            report.Change(section.Line, section.Place, "draws one target by weight; here another one is tried when " +
                "it fails, and weights follow success and latency");
        }

        if (isDrawn && levels.Skip(1).Sum(level => level.Count) > 1)
        {
            report.Change(section.Line, section.Place,
                "has several targets behind those that are drawn; they have weight 0 and come last, in any order");
        }
        else if (!isDrawn && levels.Exists(level => level.Count > 1))
        {
            report.Change(section.Line, section.Place,
                "draws by weight among fallbacks; here they are tried in the order of the list");
        }
    }

    private void ReadCache(SourceSection section)
    {
        if (!section.IsWritten)
            return;
        var cache = result.Root.At("cache");
        cache.Set("enabled", true);
        if (section.Raw("mode") is "semantic")
            section.Change("mode", "finds similar prompts; here only exact repeats are found");
        cache.Set("ttl", section.Duration("max_age", "s", DurationText.Longest, TimeSpan.FromMilliseconds(1)));
        section.Rest(PortkeyHints.None);
    }
}

/// <summary>A target with the weight of its draw, and where it stands.</summary>
internal sealed record PortkeyTarget(ImportedTarget Target, double Weight, int Line, string Place);
