using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>models</c>: the routes and their targets, each over what it inherits from.</summary>
internal sealed class ModelsSection(DefaultsSection defaults, IReadOnlyList<ProviderOptions> providers)
{
    private const int Most = 1_000_000;

    private const string NoCircuitBreaker =
        "does not belong here: a circuit breaker belongs to a provider's model and all routes share it; " +
        "write it under defaults or under the provider";

    private static readonly Dictionary<string, double> Percentiles = new(StringComparer.Ordinal)
    {
        ["p50"] = 0.5, ["p90"] = 0.9, ["p95"] = 0.95, ["p99"] = 0.99,
    };

    private readonly Dictionary<string, ProviderOptions> _providers =
        providers.ToDictionary(provider => provider.Name, StringComparer.Ordinal);

    private readonly Dictionary<(string, string), (AdmissionOptions Queue, string Place)> _queues = [];

    public IReadOnlyList<RouteOptions> Read(SectionReader section)
    {
        var routes = new List<RouteOptions>();
        foreach (var entry in section.Entries())
        {
            if (!IsName(entry.Key))
            {
                section.Error(entry.Key,
                    "is not a model's name: 1 to 256 printable ASCII characters without spaces at the ends");
            }

            routes.Add(ReadRoute(entry.Key, section.Section(entry)));
        }

        return routes;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 256 && name[0] != ' ' && name[^1] != ' ' &&
        name.All(letter => letter is >= ' ' and <= '~');

    private RouteOptions ReadRoute(string name, SectionReader model)
    {
        model.InheritsFrom("defaults");
        // Before the targets read them over their providers': what is found first is shown as the model's.
        OptionLayers.Queue(model.Section("queue"), defaults.Queue);
        OptionLayers.HealthCheck(model.Section("healthCheck"), defaults.HealthCheck);
        var route = new RouteOptions
        {
            Name = name,
            Strategy = DefaultsSection.ReadStrategy(model, defaults.Strategy),
            MaxConcurrent = DefaultsSection.ReadMaxConcurrent(model, defaults.MaxConcurrent),
            Hedge = ReadHedge(model.Section("hedge")),
            Validation = ValidateSection.Read(model.Section("validate")),
            Retry = OptionLayers.Retry(model.Section("retry"), defaults.Retry),
            Timeouts = OptionLayers.Timeouts(model.Section("timeouts"), defaults.Timeouts),
            FailoverOn = OutcomeWords.FailoverOn(model, defaults.FailoverOn),
            Reliability = model.Flag("reliability", defaults.Reliability),
            ContinueStreams = model.Flag("continueStreams", false),
            Targets = ReadTargets(model),
        };
        if (route is { Hedge: not null, Strategy: FailoverStrategy.Parallel or FailoverStrategy.Fastest })
        {
            model.Warn("hedge", "does nothing with this strategy, which starts several targets at once anyway; only " +
                "for calls that ask for another one by x-holdfast-strategy");
        }

        if (route is { ContinueStreams: true } and ({ Targets.Count: 1 } or { Reliability: false }))
        {
            model.Warn("continueStreams", "does nothing here: a stream that breaks goes on at another target");
        }

        model.Done(("circuitBreaker", NoCircuitBreaker));
        return route;
    }

    private static HedgeOptions? ReadHedge(SectionReader section)
    {
        if (!section.IsWritten)
            return null;
        var hedge = new HedgeOptions { MaxShare = section.Number("maxShare", 0.05, 0, 1) };
        section.Standard("after", "p95");
        if (section.Placed("after") is { } after)
        {
            if (Percentiles.TryGetValue(after.Text, out var percentile))
                hedge = hedge with { Percentile = percentile };
            else if (DurationText.TryParse(after.Text, out var delay))
                hedge = hedge with { Percentile = null, Delay = delay };
            else
                section.Error("after", after.Says("is neither p50, p90, p95 or p99 nor a duration such as 500ms"));
        }

        section.Done();
        return hedge;
    }

    /// <summary>A target has one queue, whoever names it: who says other limits should know.</summary>
    private void WarnOfOtherLimits(TargetOptions target, int line, string place, ProblemList problems)
    {
        if (!_queues.TryGetValue((target.Provider, target.Model), out var known))
        {
            _queues[(target.Provider, target.Model)] = (target.Queue, place);
        }
        else if (known.Queue != target.Queue)
        {
            problems.Warn(line, place, $"has other queue limits than {known.Place}: {target.Provider}/{target.Model} "
                + "has one queue for all routes, and of each number the strictest holds");
        }
    }

    private List<TargetOptions> ReadTargets(SectionReader model)
    {
        var targets = new List<TargetOptions>();
        var seen = new HashSet<(string, string)>();
        var items = model.Items("targets");
        for (var i = 0; i < items.Count; i++)
        {
            var place = Wording.Place(model.PlaceOf("targets"), i);
            if (ReadTarget(items[i], place, model) is not { } target)
                continue;
            if (!seen.Add((target.Provider, target.Model)))
            {
                model.Report(items[i].Line, place, "is the same provider and model as a target before it");
                continue;
            }

            targets.Add(target);
            WarnOfOtherLimits(target, items[i].Line, place, model.Problems);
        }

        var isOtherKind = model.Has("targets") && model.HasFailed;
        if (items.Count == 0 && !isOtherKind)
            model.ErrorHere("has no targets; write at least one, such as targets: [provider/model]");
        return targets;
    }

    private TargetOptions? ReadTarget(ConfigurationNode node, string place, SectionReader model)
    {
        switch (node)
        {
            case ScalarNode { IsNull: false } scalar:
                return model.ToPlaced(scalar, node.Line, place) is { } text
                    ? ReadShort(scalar, text, place, model)
                    : null;
            case MappingNode mapping:
                return ReadLong(new SectionReader(mapping, node.Line, place, model.Problems), model);
            default:
                model.Report(node.Line, place, "must be provider/model, or a mapping with provider and model");
                return null;
        }
    }

    /// <summary><c>provider/model</c>: the first slash parts them, the model may have more.</summary>
    private TargetOptions? ReadShort(ScalarNode node, PlacedText text, string place, SectionReader model)
    {
        var slash = text.Text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || !IsName(text.Text[(slash + 1)..]))
        {
            model.Report(text.Line, text.Place, text.Says("is not provider/model, such as openai/gpt-4o"));
            return null;
        }

        var name = text with { Text = text.Text[..slash] };
        // It can say no more than a name; environment variables can.
        var mapping = new MappingNode(text.Line, 1, []) { Overrides = node.Overrides };
        var target = new SectionReader(mapping, text.Line, place, model.Problems);
        return Target(name, text.Text[(slash + 1)..], model, target);
    }

    private TargetOptions? ReadLong(SectionReader target, SectionReader model)
    {
        var provider = target.Placed("provider");
        var upstream = target.Placed("model");
        if (!target.HasFailed && provider is null)
            target.ErrorHere("provider is missing");
        if (!target.HasFailed && upstream is null)
            target.ErrorHere("model is missing");
        if (upstream is not null && !IsName(upstream.Text))
            target.Error("model", upstream.Says("is not a model's name: 1 to 256 printable ASCII characters"));
        // Read even when the target is unusable, so that everything that is wrong with it is said at once.
        var read = Target(provider, upstream?.Text ?? "", model, target);
        return read is { Model.Length: > 0 } ? read : null;
    }

    private TargetOptions? Target(PlacedText? name, string upstream, SectionReader model, SectionReader target)
    {
        var provider = name is null ? null : _providers.GetValueOrDefault(name.Text);
        if (name is not null && provider is null)
            ReportUndefined(name, model);
        target.InheritsFrom(model.Place, Wording.Place("providers", name?.Text ?? ""), "defaults");
        var retry = OptionLayers.Retry(model.Section("retry"), provider?.Retry ?? defaults.Retry);
        var timeouts = OptionLayers.Timeouts(model.Section("timeouts"), provider?.Timeouts ?? defaults.Timeouts);
        var check = OptionLayers.HealthCheck(
            model.Section("healthCheck"), provider?.HealthCheck ?? defaults.HealthCheck);
        var queue = OptionLayers.Queue(model.Section("queue"), provider?.Queue ?? defaults.Queue);
        var (ownRetry, ownTimeouts) = (target.Section("retry"), target.Section("timeouts"));
        retry = OptionLayers.Retry(ownRetry, retry);
        timeouts = OptionLayers.Timeouts(ownTimeouts, timeouts);
        queue = OptionLayers.Queue(target.Section("queue"), queue);
        check = OptionLayers.HealthCheck(target.Section("healthCheck"), check);
        var priority = target.Integer("priority", provider?.Priority ?? 1, -Most, Most);
        var weight = target.Number("weight", provider?.Weight ?? 1, 0, Most);
        WarnOfCallWide(ownRetry, "maxRetries");
        WarnOfCallWide(ownTimeouts, "call");
        target.Done(("circuitBreaker", NoCircuitBreaker));
        if (provider is not null && check.Endpoint != provider.HealthCheck.Endpoint)
            OptionLayers.RefuseForeignEndpoint(target.Has("healthCheck") ? target : model, check, provider);
        return provider is null
            ? null
            : new TargetOptions
            {
                Provider = provider.Name,
                Model = upstream,
                Priority = priority,
                Weight = weight,
                HealthCheck = check,
                Retry = retry,
                Timeouts = timeouts,
                Queue = queue,
            };
    }

    private void ReportUndefined(PlacedText name, SectionReader model)
    {
        var shown = name.IsHidden ? "provider (value not shown)" : $"provider {Wording.Quote(name.Text)}";
        var nearest = model.DidYouMean(name, _providers.Keys);
        var defined = providers.Count == 0
            ? "none is defined"
            : $"defined: {Wording.List(providers.Select(provider => provider.Name))}";
        model.Report(name.Line, name.Place, $"{shown} is not defined{nearest} ({defined})");
    }

    private static void WarnOfCallWide(SectionReader section, string key)
    {
        section.HasNoEffect(key);
        if (section.Has(key))
            section.Warn(key, "does nothing at a target: it is counted over the whole call; write it at the model");
    }
}
