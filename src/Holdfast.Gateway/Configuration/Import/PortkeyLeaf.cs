namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Reads a target of Portkey's that is no strategy: a provider, and the model it is asked for.</summary>
internal static class PortkeyLeaf
{
    /// <summary>Null when it can't be a target, which is reported.</summary>
    public static ImportedTarget? Read(
        SourceSection section, PortkeyInherited inherited, ImportedConfiguration result, string? callersModel)
    {
        section.Known("name");
        var model = inherited.Model;
        if (FindProvider(section, ref model) is not { } provider)
            return null;
        var named = section.Text("azure_model_name");
        model ??= named;
        model ??= callersModel is null ? null : section.Source.Literal(callersModel);
        if (model is null)
        {
            section.Source.Report.Drop(section.Line, section.Place, "names no model (override_params.model)",
                "give the one that callers send with --model");
            return null;
        }

        if (!ImportedConfiguration.IsModelName(model))
        {
            section.Source.Report.Drop(section.Line, section.Place, "asks for a model whose name is none here");
            return null;
        }

        var settings = new OutputMap();
        settings.Set("type", provider.Type);
        settings.Set("apiKey", Key(section, provider, inherited.Model));
        if (!SetAddress(section, provider, inherited, settings))
            return null;
        Cloud(section, provider, settings);
        if (provider.Type == "anthropic")
            settings.Set("defaultMaxTokens", inherited.MaxTokens);
        ImportedAddress.Header(section, "openai_organization", "openai-organization", settings);
        ImportedAddress.Header(section, "openai_project", "openai-project", settings);
        var deployment = provider.Type == "azure-openai" ? OfAzure(section, "deployment_id") : null;
        if (deployment is not null && deployment != model)
            settings.At("deployments").Set(model, deployment);
        var target = new ImportedTarget(result.Provider(provider.Name, settings), model);
        target.Settings.At("timeouts").Set("attempt", inherited.Timeout);
        return target;
    }

    private static ForeignProvider? FindProvider(SourceSection section, ref string? model)
    {
        var written = section.Raw("provider");
        // "@name/model" is a provider that Portkey keeps under that name.
        if (written is null && model is ['@', ..] && model.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
        {
            written = model[..slash];
            model = model[(slash + 1)..];
        }

        if (section.Has("provider") && model is ['@', ..] &&
            model.IndexOf('/', StringComparison.Ordinal) is > 0 and var end)
        {
            section.Source.Report.Change(section.LineOf("override_params"), section.PlaceOf("override_params"),
                $"names {Wording.Quote(model[..end])} in its model, and provider counts", "check that");
            model = model[(end + 1)..];
        }

        if (written is not null and not ['@', ..])
        {
            if (ForeignProvider.Find(written) is { } known)
                return known;
            if (section.Has("custom_host"))
            {
                section.Change("provider", "is not known here; it became openai-compatible",
                    "check that custom_host speaks OpenAI's format");
                return ForeignProvider.AtOwnAddress(written);
            }

            section.Drop("provider", $"{Wording.Quote(written)} is not known here",
                "write a provider of type openai-compatible with its address, if it speaks OpenAI's format");
            return null;
        }

        var stored = written ?? section.Raw("virtual_key");
        var guess = stored is null ? null : ForeignProvider.NamedIn(stored);
        guess ??= model is null ? null : ForeignProvider.OfModel(model);
        if (guess is null)
        {
            section.Source.Report.Drop(section.Line, section.Place, "doesn't say which provider it is at",
                "write the provider and the target by hand");
            return null;
        }

        section.Source.Report.Change(section.Line, section.Place,
            $"doesn't say which provider it is at; by its names it became one of {guess.Name}", "check that");
        // Whoever gave it a name of its own knows it by that name.
        return written is null
            ? guess
            : guess with { Name = written[1..], KeyVariable = ImportSource.NameOf(written[1..]) + "_API_KEY" };
    }

    private static string? Key(SourceSection section, ForeignProvider provider, string? model)
    {
        var written = section.Raw("provider") ?? model?.Split('/')[0];
        if (section.Secret("api_key", provider.KeyVariable) is { } key)
        {
            section.Drop("virtual_key", "stands beside api_key, which counts");
            return key;
        }

        if (written is ['@', .. var name])
        {
            section.Drop("virtual_key", "stands beside a provider that Portkey keeps with its key");
            return Kept(section, section.Has("provider") ? "provider" : "override_params", name, provider);
        }

        if (section.Raw("virtual_key") is { } virtualKey)
            return Kept(section, "virtual_key", virtualKey, provider);
        return provider.Type is "ollama" or "openai-compatible"
            ? null
            : section.Source.Own(provider.KeyVariable, "a-sample-of-a-key");
    }

    /// <summary>Which key a stored name stands for only Portkey knows; different names are different keys.</summary>
    private static string Kept(SourceSection section, string key, string name, ForeignProvider provider) =>
        section.Source.Hidden($"kept as {name}", section.LineOf(key), section.PlaceOf(key), provider.KeyVariable,
            "names a key that Portkey keeps", "that key");

    private static bool SetAddress(
        SourceSection section, ForeignProvider provider, PortkeyInherited inherited, OutputMap settings)
    {
        if (inherited.Host is { } host)
        {
            var address = ImportedAddress.Of(section, "custom_host", host, provider);
            settings.Set("baseUrl", address);
            return address is not null;
        }

        if (provider.BaseUrl is { } own)
            settings.Set("baseUrl", own);
        else if (provider.Type == "azure-openai")
            settings.Set("baseUrl", OfAzure(section, "resource_name") is { } resource
                ? $"https://{resource}.openai.azure.com"
                : section.Source.Own("AZURE_API_BASE", "https://provider.example"));
        else if (provider.Type == "openai-compatible")
            settings.Set("baseUrl", section.Source.Own(
                ImportSource.NameOf(provider.Name) + "_API_BASE", "https://provider.example/v1"));
        return true;
    }

    /// <summary>A key of Azure's, which is known without <c>azure_</c> too.</summary>
    private static string? OfAzure(SourceSection section, string key) =>
        section.Text(section.Has("azure_" + key) ? "azure_" + key : key);

    private static void Cloud(SourceSection section, ForeignProvider provider, OutputMap settings)
    {
        switch (provider.Type)
        {
            case "azure-openai":
                settings.Set("apiVersion", OfAzure(section, "api_version"));
                break;
            case "bedrock":
                settings.Set("region", section.Text("aws_region") ?? section.Source.Own("AWS_REGION", "eu-central-1"));
                break;
            case "vertex":
                settings.Set("region", section.Text("vertex_region") ??
                    section.Source.Own("VERTEX_REGION", "europe-west1"));
                settings.Set("project", section.Text("vertex_project_id") ??
                    section.Source.Own("VERTEX_PROJECT", "project"));
                break;
        }
    }
}
