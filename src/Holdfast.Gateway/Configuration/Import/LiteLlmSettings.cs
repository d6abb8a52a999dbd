namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Fallbacks of one group of LiteLLM's; the group <c>*</c> is every group without its own.</summary>
internal sealed record LiteLlmFallback(string Group, IReadOnlyList<string> Models, int Line, string Place);

/// <summary>Another name for a group of LiteLLM's.</summary>
internal sealed record LiteLlmAlias(string Name, string Model, int Line, string Place);

/// <summary>
/// What LiteLLM's <c>litellm_settings</c> and <c>router_settings</c> say together: most keys may stand in either, and
/// the router's count.
/// </summary>
internal sealed class LiteLlmSettings
{
    // LiteLLM counts failures by the minute.
    private const string FailureWindow = "1m";

    // So far LiteLLM goes from one fallback to its own.
    private const int StandardFallbacks = 5;

    // More would not come back from a chain as long as the file.
    private const int MostFallbacks = 100;

    private readonly SourceSection _library;
    private readonly List<LiteLlmFallback> _fallbacks = [];
    private readonly OrderedDictionary<string, LiteLlmAlias> _aliases = new(StringComparer.Ordinal);

    private Dictionary<string, List<string>>? _byGroup;
    private double _maxFallbacks;

    private LiteLlmSettings(SourceSection library, SourceSection router) => (_library, Router) = (library, router);

    public SourceSection Router { get; }

    public IReadOnlyList<LiteLlmFallback> Fallbacks => _fallbacks;

    public IReadOnlyCollection<LiteLlmAlias> Aliases => _aliases.Values;

    public string Strategy { get; private set; } = LiteLlmStrategy.Standard;

    public bool? DropParams { get; private set; }

    public static LiteLlmSettings Read(SourceSection root, ImportedConfiguration result)
    {
        var general = root.Section("general_settings");
        var settings = new LiteLlmSettings(root.Section("litellm_settings"), root.Section("router_settings"));
        settings.ReadCalls(result.Defaults);
        settings.ReadBreaker(result.Defaults);
        settings.ReadRouting();
        LiteLlmServer.Read(general, settings._library, settings.Router, result);
        LiteLlmServer.ReadEnvironment(root.Section("environment_variables"));
        settings._library.Rest(LiteLlmHints.Library);
        settings.Router.Rest(LiteLlmHints.Router);
        general.Rest(LiteLlmHints.General);
        return settings;
    }

    /// <summary>The groups that follow when one has failed, in the order in which they are asked.</summary>
    /// <param name="group">The first one, which is not among them.</param>
    /// <param name="isGroup">Others don't count, and neither do their fallbacks.</param>
    public List<string> Chain(string group, Func<string, bool> isGroup)
    {
        _byGroup ??= _fallbacks.GroupBy(it => it.Group, StringComparer.Ordinal).ToDictionary(
            it => it.Key,
            it => it.SelectMany(fallback => fallback.Models).Select(GroupOf).Where(isGroup).Distinct().ToList(),
            StringComparer.Ordinal);
        var chain = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { group };
        Follow(group, 0);
        return chain;

        // A fallback's own fallbacks come before the next one. Who failed already isn't asked again.
        void Follow(string failed, int depth)
        {
            if (depth >= _maxFallbacks)
                return;
            foreach (var next in _byGroup.GetValueOrDefault(failed) ?? _byGroup.GetValueOrDefault("*") ?? [])
            {
                if (!seen.Add(next))
                    continue;
                chain.Add(next);
                Follow(next, depth + 1);
            }
        }
    }

    /// <summary>The group that a name stands for: what an alias leads to, or itself.</summary>
    public string GroupOf(string name) => _aliases.GetValueOrDefault(name)?.Model ?? name;

    public (int Line, string Place) PlaceOfFallbacks(string group, SourceSection root) =>
        (_fallbacks.Find(it => it.Group == group) ?? _fallbacks.Find(it => it.Group == "*")) is { } found
            ? (found.Line, found.Place)
            : (root.Line, root.Place);

    private void ReadCalls(OutputMap defaults)
    {
        var timeouts = defaults.At("timeouts");
        var attempt = Either("timeout").Duration("timeout", "s");
        if (attempt is not null)
            _library.Drop("request_timeout", "stands beside router_settings.timeout, which counts");
        attempt ??= _library.Duration("request_timeout", "s");
        timeouts.Set("attempt", attempt);
        if (Either("stream_timeout").Duration("stream_timeout", "s") is { } stream)
        {
            timeouts.Set("firstToken", stream);
            timeouts.Set("idle", stream);
        }

        // A call that ends before its attempt may would make the limit meaningless.
        if (attempt is not null && DurationText.TryParse(attempt, out var limit) && limit > TimeSpan.FromMinutes(10))
            timeouts.Set("call", attempt);

        var retry = defaults.At("retry");
        retry.Set("maxRetries", Either("num_retries").Whole("num_retries", 100));
        if (Either("retry_after").Duration("retry_after", "s", TimeSpan.FromSeconds(30)) is { } delay)
            retry.Set("baseDelay", delay);
        var parallel = Router.Whole("default_max_parallel_requests", 1_000_000);
        defaults.At("queue").Set("maxConcurrency", parallel);
        DropParams = _library.Flag("drop_params");
    }

    /// <summary>A deployment rests when more than so many calls of a minute have failed, always equally long.</summary>
    private void ReadBreaker(OutputMap defaults)
    {
        var breaker = defaults.At("circuitBreaker");
        if (Router.Flag("disable_cooldowns") == true)
        {
            breaker.Set("failureThreshold", 0);
            breaker.Set("windowThreshold", 0);
            foreach (var key in (string[])["cooldown_time", "allowed_fails"])
                Either(key).Drop(key, "does nothing beside router_settings.disable_cooldowns");
            return;
        }

        var cooldown = Either("cooldown_time").Duration("cooldown_time", "s", null, TimeSpan.FromMilliseconds(1));
        var fails = Either("allowed_fails").Whole("allowed_fails", 999_999);
        if (fails is not null)
        {
            breaker.Set("failureThreshold", 0);
            breaker.Set("windowThreshold", fails + 1);
            breaker.Set("monitoringPeriod", FailureWindow);
        }

        if (cooldown is not null)
        {
            breaker.Set("recoveryTimeout", cooldown);
            breaker.Set("maxRecoveryTime", cooldown);
        }
    }

    private void ReadRouting()
    {
        var strategy = Router.Raw("routing_strategy");
        if (strategy is not null && !LiteLlmStrategy.Differences.ContainsKey(strategy))
        {
            Router.Drop("routing_strategy", $"{Wording.Quote(strategy)} is not known here; groups are drawn evenly");
        }
        else if (strategy is not null)
        {
            Strategy = strategy;
        }

        _maxFallbacks = Either("max_fallbacks").Whole("max_fallbacks", MostFallbacks) ?? StandardFallbacks;
        ReadFallbacks(Either("fallbacks"));
        var standard = Either("default_fallbacks");
        var models = standard.Words("default_fallbacks");
        if (models.Count > 0)
        {
            _fallbacks.Add(new LiteLlmFallback("*", models,
                standard.LineOf("default_fallbacks"), standard.PlaceOf("default_fallbacks")));
        }

        ReadAliases(Either("model_group_alias").Section("model_group_alias"));
    }

    private void ReadFallbacks(SourceSection section)
    {
        foreach (var item in section.Items("fallbacks"))
        {
            if (item.Section() is not { } entry)
                continue;
            foreach (var group in entry.Keys.ToList())
            {
                var models = new List<string>();
                foreach (var model in entry.Items(group))
                {
                    if (!model.IsMapping)
                        models.AddRange(model.Text() is { } name ? [name] : []);
                    else
                        section.Source.Report.Drop(model.Line, model.Place, "is a fallback with parameters of its own",
                            "give it an entry in model_list and name that");
                }

                _fallbacks.Add(new LiteLlmFallback(group, models, entry.LineOf(group), entry.PlaceOf(group)));
            }
        }
    }

    private void ReadAliases(SourceSection aliases)
    {
        foreach (var name in aliases.Keys.ToList())
        {
            string? model;
            if (aliases.HasMapping(name))
            {
                var alias = aliases.Section(name);
                model = alias.Raw("model");
                alias.Rest(LiteLlmHints.Alias);
            }
            else
            {
                model = aliases.Raw(name);
            }

            if (model is not null)
                _aliases.Add(name, new LiteLlmAlias(name, model, aliases.LineOf(name), aliases.PlaceOf(name)));
        }
    }

    /// <summary>The section whose key counts.</summary>
    private SourceSection Either(string key)
    {
        if (!Router.Has(key))
            return _library;
        _library.Drop(key, $"stands beside router_settings.{key}, which counts");
        return Router;
    }
}
