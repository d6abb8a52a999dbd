namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Imports a configuration of the LiteLLM proxy: its model groups become routes.</summary>
internal sealed class LiteLlmImport(ImportedConfiguration result)
{
    // More don't fit into a file that loads; groups that all fall back to each other multiply.
    private const int MostTargets = 20_000;

    // Unlike its own order of preference, ours is in the weights: without one a target comes last.
    private const string DrawnLast =
        "fallbacks of a group whose deployments are drawn have weight 0, which puts them last, in any order";

    private readonly Dictionary<string, List<LiteLlmDeployment>> _groups = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private int _fallbackTargets;

    /// <summary>Whether a file is one.</summary>
    public static bool Is(SourceSection root) => root.Has("model_list") || root.HasMapping("litellm_settings") ||
        root.HasMapping("router_settings") || root.HasMapping("general_settings");

    public void Read(SourceSection root)
    {
        if (root.Has("model_list") && !root.HasList("model_list"))
            root.Source.Problems.Error(root.LineOf("model_list"), root.PlaceOf("model_list"), "must be a list");
        var settings = LiteLlmSettings.Read(root, result);
        foreach (var item in root.Items("model_list"))
        {
            if (item.Section() is { } entry)
                ReadDeployment(entry, settings);
        }

        foreach (var group in _order)
            WriteGroup(root, group, settings);
        ReportStrategy(settings);
        ReportSharedTargets(root);
        WriteAliases(settings);
        ReportLostFallbacks(settings);
        root.Rest(LiteLlmHints.Root);
    }

    private void ReadDeployment(SourceSection entry, LiteLlmSettings settings)
    {
        var group = entry.Raw("model_name");
        if (group is null)
        {
            entry.Source.Report.Drop(entry.Line, entry.Place, "is left out: model_name is missing");
            return;
        }

        if (!ImportedConfiguration.IsModelName(group))
        {
            entry.Drop("model_name", "is not a name that a model can have here: 1 to 256 printable ASCII characters",
                "choose another name");
            entry.Known("litellm_params", "model_info");
        }
        else if (LiteLlmDeployment.Read(
            entry, result, settings, isWildcard: group.Contains('*')) is { } deployment)
        {
            if (group.Contains('*'))
                ReportWildcard(entry, group, deployment);
            else
                AddTo(group, deployment);
        }

        entry.Rest(LiteLlmHints.Deployment);
    }

    private void AddTo(string group, LiteLlmDeployment deployment)
    {
        if (!_groups.TryGetValue(group, out var deployments))
        {
            _groups.Add(group, deployments = []);
            _order.Add(group);
        }

        deployments.Add(deployment);
    }

    private static void ReportWildcard(SourceSection entry, string group, LiteLlmDeployment deployment)
    {
        if (group == $"{deployment.Provider}/*")
        {
            entry.Change("model_name", $"needs no route: {deployment.Provider}/MODEL addresses any model of the " +
                "provider, and one that does not exist is the provider's error");
        }
        else
        {
            entry.Drop("model_name", "stands for many names at once",
                $"callers write {deployment.Provider}/MODEL, or give each model a route");
        }
    }

    private void WriteGroup(SourceSection root, string group, LiteLlmSettings settings)
    {
        var deployments = _groups[group];
        var route = new ImportedRoute();
        var fallbacks = settings.Chain(group, _groups.ContainsKey);
        route.Strategy = LiteLlmStrategy.Of(deployments, settings.Strategy, hasFallbacks: fallbacks.Count > 0);
        var unordered = 1 + (deployments.Max(it => it.Order) ?? 0);
        foreach (var deployment in deployments)
        {
            var target = deployment.Target with
            {
                Weight = LiteLlmStrategy.WeightOf(deployment, deployments, route.Strategy, settings.Strategy),
                Priority = deployment.Order ?? unordered,
            };
            if (!route.Add(target))
            {
                root.Source.Report.Drop(deployment.Line, deployment.Place,
                    $"is the same provider, key and model as a deployment of {Wording.Quote(group)} before it",
                    "one target is enough; give the other one a larger weight if it should get more");
            }
        }

        ReportOrder(root, group, deployments, route.Strategy, unordered);
        ReportWeights(root, group, deployments, route, settings.Strategy);
        SetRetries(root, group, deployments, route);
        SetCall(root, deployments, route);
        AddFallbacks(root, route, group, fallbacks, settings);
        route.WriteTo(result.Models, group);
    }

    /// <summary>What became of the strategy, which says nothing to groups with an order.</summary>
    private void ReportStrategy(LiteLlmSettings settings)
    {
        if (LiteLlmStrategy.Differences[settings.Strategy] is not { } difference)
            return;
        var ordered = _order.FindAll(group => _groups[group].Exists(it => it.Order is not null));
        if (ordered.Count < _order.Count || ordered.Count == 0)
            settings.Router.Change("routing_strategy", difference);
        if (ordered.Count > 0)
        {
            settings.Router.Change("routing_strategy", "chooses among deployments of the same order; those of " +
                $"{Wording.List(ordered)} are tried one after the other (sequential), by their order");
        }
    }

    /// <summary>A target has one queue, whichever routes lead there.</summary>
    private void ReportSharedTargets(SourceSection root)
    {
        var first = new Dictionary<(string, string), (LiteLlmDeployment Deployment, string Limits)>();
        foreach (var deployment in _order.SelectMany(group => _groups[group]))
        {
            var target = deployment.Target;
            var limits = OutputYaml.Write(target.Settings.At("queue"));
            if (first.TryAdd((target.Provider, target.Model), (deployment, limits)))
                continue;
            var (other, others) = first[(target.Provider, target.Model)];
            if (limits != others)
            {
                root.Source.Report.Change(deployment.Line, deployment.Place, $"is the same target as {other.Place} " +
                    "with other limits; a target has one queue here, and the lowest of each limit holds");
            }
        }
    }

    private static void ReportOrder(
        SourceSection root, string group, List<LiteLlmDeployment> deployments, string? strategy, double unordered)
    {
        foreach (var last in deployments.Where(it => unordered > 1 && it.Order is null))
        {
            root.Source.Report.Change(last.Line, last.Place, $"has no order, which puts it behind all of " +
                $"{Wording.Quote(group)} that have one; it became priority {unordered}");
        }

        var orders = deployments.Select(deployment => deployment.Order).Distinct().Count();
        if (strategy is not null || orders == deployments.Count || deployments.TrueForAll(it => it.Order is null))
            return;
        root.Source.Report.Change(deployments[0].Line, deployments[0].Place,
            $"the deployments of {Wording.Quote(group)} are tried one after the other by their order; where it is " +
            "the same for several, the first of the file leads instead of a draw");
    }

    private static void ReportWeights(SourceSection root, string group, List<LiteLlmDeployment> deployments,
        ImportedRoute route, string strategy)
    {
        var areUsed = route.Strategy == "weighted" && strategy != LiteLlmStrategy.ByLatency;
        if (!areUsed && deployments.Count > 1 && deployments.Find(it => it.Weight is not null) is { } weighed)
        {
            root.Source.Report.Drop(weighed.Line, weighed.Place,
                $"has a weight, which the routing of {Wording.Quote(group)} doesn't look at");
        }
    }

    /// <summary>Repeats are counted over the call, so a route has one number.</summary>
    private static void SetRetries(
        SourceSection root, string group, List<LiteLlmDeployment> deployments, ImportedRoute route)
    {
        var retries = deployments.Select(deployment => deployment.Retries).OfType<double>().ToList();
        if (retries.Count == 0)
            return;
        route.Settings.At("retry").Set("maxRetries", retries.Max());
        if (retries.Distinct().Count() > 1 || retries.Count < deployments.Count)
        {
            root.Source.Report.Change(deployments[0].Line, deployments[0].Place,
                $"the deployments of {Wording.Quote(group)} have different numbers of retries; here they are counted " +
                $"over the whole call, so the largest became models{Wording.Place("", group)}.retry.maxRetries");
        }
    }

    /// <summary>A call that ends before one of its attempts may would make that limit meaningless.</summary>
    private void SetCall(SourceSection root, List<LiteLlmDeployment> deployments, ImportedRoute route)
    {
        var call = TimeSpan.FromMinutes(10);
        if (result.Defaults.At("timeouts").Text("call") is { } standard)
            DurationText.TryParse(standard, out call);
        foreach (var deployment in deployments)
        {
            if (deployment.Target.Settings.At("timeouts").Text("attempt") is not { } attempt ||
                !DurationText.TryParse(attempt, out var limit) || limit <= call)
            {
                continue;
            }

            call = limit;
            route.Settings.At("timeouts").Set("call", attempt);
            root.Source.Report.Change(deployment.Line, deployment.Place,
                $"has a timeout longer than a call may take here; the model's timeouts.call became {attempt}");
        }
    }

    private void AddFallbacks(SourceSection root, ImportedRoute route, string group, List<string> fallbacks,
        LiteLlmSettings settings)
    {
        var isDrawn = route.Strategy is not null;
        var last = route.Targets.Max(target => target.Priority);
        var added = 0;
        foreach (var fallback in fallbacks)
        {
            last++;
            foreach (var deployment in _groups[fallback])
            {
                if (++_fallbackTargets > MostTargets)
                    throw new SourceException(0, $"has fallbacks that come to more than {MostTargets} targets");
                var target = deployment.Target with { Priority = last, Weight = isDrawn ? 0 : null };
                if (!route.Add(target))
                {
                    var (at, where) = settings.PlaceOfFallbacks(group, root);
                    root.Source.Report.Drop(at, where, $"leads to {deployment.Place}, whose provider, key and model " +
                        $"are in the route of {Wording.Quote(group)} already; its own timeout and limits don't count " +
                        "there");
                    continue;
                }

                added++;
            }
        }

        if (isDrawn && added > 1)
        {
            var (line, place) = settings.PlaceOfFallbacks(group, root);
            root.Source.Report.Change(line, place, DrawnLast);
        }
    }

    private void WriteAliases(LiteLlmSettings settings)
    {
        foreach (var alias in settings.Aliases)
        {
            if (!_groups.ContainsKey(alias.Model))
            {
                settings.Router.Source.Report.Drop(alias.Line, alias.Place,
                    "stands for a model that is not in model_list");
            }
            else if (!ImportedConfiguration.IsModelName(alias.Name) || _groups.ContainsKey(alias.Name))
            {
                settings.Router.Source.Report.Drop(alias.Line, alias.Place,
                    "is no name for a model here, or is one of model_list already");
            }
            else
            {
                result.Models.Set(alias.Name, result.Models.At(alias.Model));
            }
        }
    }

    private void ReportLostFallbacks(LiteLlmSettings settings)
    {
        foreach (var fallback in settings.Fallbacks)
        {
            var report = settings.Router.Source.Report;
            if (settings.GroupOf(fallback.Group) != fallback.Group && !_groups.ContainsKey(fallback.Group))
            {
                report.Drop(fallback.Line, fallback.Place,
                    "are fallbacks of an alias, which has those of its model here",
                    $"write a route of its own for {Wording.Quote(fallback.Group)}");
            }
            else if (fallback.Group is not "*" && !_groups.ContainsKey(fallback.Group))
            {
                report.Drop(fallback.Line, fallback.Place, "are fallbacks of a model that is not in model_list");
            }

            foreach (var model in fallback.Models.Where(model => !_groups.ContainsKey(settings.GroupOf(model))))
            {
                report.Drop(fallback.Line, fallback.Place,
                    $"names {Wording.Quote(model)}, which is not in model_list",
                    "add it there, or write a target for it into the route");
            }
        }
    }
}

/// <summary>How a routing strategy of LiteLLM is written with one of ours.</summary>
internal static class LiteLlmStrategy
{
    public const string Standard = "simple-shuffle";

    /// <summary>Nothing but latency counts with it, weights neither.</summary>
    public const string ByLatency = "latency-based-routing";

    /// <summary>What each one becomes, and what differs; null: nothing does.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Differences = new Dictionary<string, string?>
    {
        [Standard] = null,
        ["least-busy"] = "became an even draw (random): what is busy is not looked at",
        ["usage-based-routing"] = "became a draw by rpm (weighted): what was used in this minute is not looked at",
        ["usage-based-routing-v2"] = "became a draw by rpm (weighted): what was used in this minute is not looked at",
        [ByLatency] = "became a draw by latency and success rate (weighted), where the quickest is " +
            "only likelier to be first; 'fastest' would ask all targets at once and pay for each",
        ["cost-based-routing"] = "became the order of the list (sequential): put the cheapest deployment first, or " +
            "give it the lowest priority",
    };

    /// <summary>Ours for a group; null is the default, by priority.</summary>
    public static string? Of(List<LiteLlmDeployment> group, string strategy, bool hasFallbacks)
    {
        if (group.Count < 2 || strategy == "cost-based-routing" || group.Exists(it => it.Order is not null))
            return null;
        var isWeighed = strategy switch
        {
            "least-busy" => false,
            ByLatency => true,
            _ => group.Exists(it => (it.Weight ?? it.Rpm ?? it.Tpm) is not null),
        };
        // Only weights keep fallbacks out of the draw.
        return isWeighed || hasFallbacks ? "weighted" : "random";
    }

    /// <summary>
    /// A deployment's weight in its group: the first of weight, rpm and tpm that any of the group has.
    /// </summary>
    public static double? WeightOf(
        LiteLlmDeployment one, List<LiteLlmDeployment> group, string? ours, string theirs)
    {
        if (ours != "weighted")
            return null;
        if (theirs is ByLatency or "least-busy")
            return 1;
        if (group.Exists(it => it.Weight is not null))
            return one.Weight ?? 0;
        if (group.Exists(it => it.Rpm is not null))
            return Math.Min(one.Rpm ?? 0, 1_000_000);
        return group.Exists(it => it.Tpm is not null) ? Math.Min((one.Tpm ?? 0) / 1000, 1_000_000) : 1;
    }
}
