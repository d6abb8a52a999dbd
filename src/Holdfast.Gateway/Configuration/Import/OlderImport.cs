namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Imports the two older shapes: everything under <c>reliability</c>, or <c>global</c> and <c>models</c>.
/// </summary>
internal sealed class OlderImport(ImportedConfiguration result)
{
    private static readonly Dictionary<string, DropHint> Hints = new()
    {
        ["enabled"] = new("turns everything on or off", "the variable RELIABILITY_ENABLED does"),
        ["timeout"] = new("is a limit of time"),
        ["costPerToken"] = new("is a price", "prices come from a table; see costs.priceFile"),
        ["maxTokens"] = new("is a parameter that is added to every call", "callers send it themselves"),
        ["apiVersion"] = new("belongs to Azure only"),
        ["deployment"] = new("belongs to Azure only"),
        ["temperature"] = new("is a parameter that is added to every call", "callers send it themselves"),
    };

    private readonly Dictionary<string, (ImportedTarget Target, OutputMap Settings)> _targets =
        new(StringComparer.Ordinal);

    private int _fallbackTargets;

    /// <summary>Whether a file has the one shape.</summary>
    public static bool IsReliability(SourceSection root) => root.HasMapping("reliability");

    /// <summary>Whether a file has the other one. Our own has <c>models</c> too, but with <c>providers</c>.</summary>
    public static bool IsModels(SourceSection root) =>
        root.HasMapping("global") || (root.HasMapping("models") && !root.Has("providers"));

    public void ReadReliability(SourceSection root)
    {
        var reliability = root.Section("reliability");
        OlderSections.Retry(reliability.Section("backoff"), result.Defaults.At("retry"));
        ReadGlobal(reliability, "health");
        root.Rest(Hints);
    }

    public void ReadModels(SourceSection root)
    {
        var global = root.Section("global");
        ReadGlobal(global, "healthCheck");
        var models = root.Section("models");
        var sections = models.Keys.ToList().ConvertAll(name => (Name: name, Section: models.Section(name)));
        foreach (var (name, section) in sections)
        {
            if (ReadTarget(name, section) is { } target)
                _targets.Add(name, (target, ReadRoute(section, result.Settings(target.Provider).Text("baseUrl"))));
            else
                section.LeaveOut("belongs to a model that is left out");
        }

        foreach (var (name, section) in sections)
        {
            if (!_targets.ContainsKey(name))
                continue;
            WriteRoute(name, section, models);
            section.Rest(Hints);
        }

        root.Rest(Hints);
    }

    private void ReadGlobal(SourceSection section, string health)
    {
        var defaults = result.Defaults;
        OlderSections.Breaker(section.Section("circuitBreaker"), defaults.At("circuitBreaker"));
        if (section.Has("retry"))
            OlderSections.Retry(section.Section("retry"), defaults.At("retry"));
        OlderSections.Health(section.Section(health), defaults.At("healthCheck"), address: null, isGlobal: true);
        if (section.HasMapping("fallback"))
            OlderSections.Fallback(section.Section("fallback"), defaults);
        var limits = result.Root.At("limits");
        OlderSections.Queue(section.Section("queue"), limits, result.Root.At("asyncQueue"));
        OlderSections.Metrics(section.Section("metrics"), result.Root.At("metrics"));
        OlderSections.Shutdown(section.Section("shutdown"), result.Root.At("server").At("shutdown"));
        defaults.At("timeouts").Set("call", section.Duration(
            OlderSections.First(section, "timeout", "defaultTimeout"), "ms", null, TimeSpan.FromMilliseconds(1)));
        var concurrency = OlderSections.First(section, "maxConcurrentRequests", "maxConcurrency");
        if (limits.Has("maxConcurrency"))
            section.Drop(concurrency, "stands beside queue.maxConcurrency, which counts");
        else
            limits.Set("maxConcurrency", section.Whole(concurrency, 1_000_000));
        section.Rest(Hints);
    }

    private ImportedTarget? ReadTarget(string name, SourceSection section)
    {
        var source = section.Source;
        if (!ImportedConfiguration.IsModelName(name))
        {
            source.Report.Drop(section.Line, section.Place, "is not a name that a model can have here",
                "choose another name");
            return null;
        }

        var model = section.Text("model") ?? source.Literal(name);
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        var written = section.Raw("provider") ?? (slash > 0 ? model[..slash] : null);
        var address = OlderSections.First(section, "baseUrl", "endpoint", "url");
        var provider = written is null ? ForeignProvider.OfModel(model) : ForeignProvider.Find(written);
        provider ??= section.Has(address) ? ForeignProvider.AtOwnAddress(written ?? "compatible") : null;
        if (provider is null)
        {
            source.Report.Drop(section.Line, section.Place, "doesn't say at which provider it is",
                "write the provider and the model by hand");
            return null;
        }

        if (written is null)
        {
            source.Report.Change(section.Line, section.Place,
                $"doesn't say at which provider it is; by its first letters it became one of {provider.Name}");
        }
        else if (slash > 0 && model[..slash] == written)
        {
            model = model[(slash + 1)..];
        }

        if (!ImportedConfiguration.IsModelName(model))
        {
            source.Report.Drop(section.Line, section.Place,
                "is left out: its model is not a name that a model can have here", "choose another name");
            return null;
        }

        if (ReadProvider(section, provider, address) is not { } settings)
            return null;
        var own = result.Provider(provider.Name, settings);
        if (provider.Type == "azure-openai" && section.Text("deployment") is { } deployment)
            model = result.NameDeployment(own, model, deployment, deployment);
        return new ImportedTarget(own, model);
    }

    /// <summary>A circuit belongs to a provider here, so a model's own makes a provider of its own.</summary>
    private static OutputMap? ReadProvider(SourceSection section, ForeignProvider provider, string addressKey)
    {
        var settings = new OutputMap();
        settings.Set("type", provider.Type);
        if (section.Text(addressKey, "https://provider.example/v1") is { } written)
        {
            if (ImportedAddress.Of(section, addressKey, written, provider) is not { } address)
                return null;
            settings.Set("baseUrl", address);
        }
        else
        {
            settings.Set("baseUrl", provider.BaseUrl ?? provider.Type switch
            {
                "azure-openai" => section.Source.Own("AZURE_API_BASE", "https://provider.example"),
                "openai-compatible" => section.Source.Own(
                    ImportSource.NameOf(provider.Name) + "_API_BASE", "https://provider.example/v1"),
                _ => null,
            });
        }

        settings.Set("apiKey", section.Secret("apiKey", provider.KeyVariable) ??
            (provider.Type is "ollama" or "openai-compatible"
                ? null
                : section.Source.Own(provider.KeyVariable, "a-sample-of-a-key")));
        if (provider.Type == "azure-openai")
            settings.Set("apiVersion", section.Text("apiVersion", "2024-10-21"));
        if (provider.Type is "bedrock" or "vertex")
            settings.Set("region", section.Text("region") ?? section.Source.Own("PROVIDER_REGION", "eu-central-1"));
        if (provider.Type == "vertex")
            settings.Set("project", section.Text("project") ?? section.Source.Own("PROVIDER_PROJECT", "project"));
        OlderSections.Breaker(section.Section("circuitBreaker"), settings.At("circuitBreaker"));
        return settings;
    }

    private static OutputMap ReadRoute(SourceSection section, string? address)
    {
        var settings = new OutputMap();
        OlderSections.Retry(section.Section("retry"), settings.At("retry"));
        OlderSections.Health(section.Section("healthCheck"), settings.At("healthCheck"), address);
        settings.At("timeouts").Set("call", section.Duration("timeout", "ms", null, TimeSpan.FromMilliseconds(1)));
        return settings;
    }

    private void WriteRoute(string name, SourceSection section, SourceSection models)
    {
        var (own, settings) = _targets[name];
        var route = new ImportedRoute();
        route.Add(own);
        foreach (var (key, value) in settings.Values)
            route.Settings.Set(key, (OutputMap)value);
        foreach (var key in (string[])["fallbacks", "fallbackModels", "fallback"])
        {
            foreach (var item in section.Items(key, takesOne: true))
            {
                if (item.Text() is { } fallback)
                    AddFallback(route, item, fallback, models);
            }
        }

        route.WriteTo(result.Models, name);
    }

    private void AddFallback(ImportedRoute route, SourceItem item, string name, SourceSection models)
    {
        if (++_fallbackTargets > 20_000)
            throw new SourceException(0, "has fallbacks that come to more than 20000 targets");
        var why = "which is in the route already";
        if (!_targets.TryGetValue(name, out var other))
            why = models.Has(name) ? "which is left out" : "which is none of the models";
        else if (route.Add(other.Target with { Priority = route.Targets.Count + 1 }))
            return;
        models.Source.Report.Drop(item.Line, item.Place, $"names {Wording.Quote(name)}, {why}");
    }
}
