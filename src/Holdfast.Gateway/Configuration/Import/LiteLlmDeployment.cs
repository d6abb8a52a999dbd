using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>An entry of LiteLLM's <c>model_list</c>, as one of our targets and what decides about its rank.</summary>
internal sealed partial record LiteLlmDeployment(int Line, string Place, ImportedTarget Target)
{
    public string Provider => Target.Provider;

    public double? Weight { get; init; }

    public double? Rpm { get; init; }

    public double? Tpm { get; init; }

    public double? Order { get; init; }

    public double? Retries { get; init; }

    /// <summary>Null when it can't be a target, which is reported.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="result">Where its provider goes.</param>
    /// <param name="settings">What the settings say of all deployments.</param>
    /// <param name="isWildcard">It stands for many names, so it is no target of a route.</param>
    public static LiteLlmDeployment? Read(
        SourceSection entry, ImportedConfiguration result, LiteLlmSettings settings, bool isWildcard)
    {
        var parameters = entry.Section("litellm_params");
        var info = entry.Section("model_info");
        var deployment = new Reader(entry, parameters, info, isWildcard).Read(result, settings);
        info.Rest(LiteLlmHints.ModelInfo);
        parameters.Rest(LiteLlmHints.Parameters);
        return deployment;
    }

    private sealed class Reader(
        SourceSection entry, SourceSection parameters, SourceSection info, bool isWildcard)
    {
        private static readonly string[] OfTargets =
        [
            "rpm", "tpm", "timeout", "stream_timeout", "max_parallel_requests", "num_retries", "max_retries", "weight",
            "order",
        ];

        private string? _region;

        public LiteLlmDeployment? Read(ImportedConfiguration result, LiteLlmSettings all)
        {
            if (parameters.Raw("model") is not { } written)
                return LeaveOut("is left out: litellm_params.model is missing");
            var (provider, model) = FindProvider(written);
            if (provider is null)
                return null;
            if (!ImportedConfiguration.IsModelName(model))
            {
                parameters.WrongWithAll(
                    "model", "is not a name that a model can have here", "write the target by hand");
                info.Known([.. info.Keys]);
                return null;
            }

            if (BaseUrl(provider) is not { } address)
            {
                parameters.Known([.. parameters.Keys]);
                info.Known([.. info.Keys]);
                return null;
            }

            var settings = Settings(provider);
            settings.Set("baseUrl", address.Length == 0 ? null : address);
            Cloud(provider, settings);
            settings.Set("dropUnsupported", parameters.Flag("drop_params") ?? all.DropParams);
            Headers(settings);
            var name = result.Provider(provider.Name, settings);
            if (isWildcard)
            {
                foreach (var section in (SourceSection[])[parameters, info])
                {
                    foreach (var key in OfTargets)
                        section.Drop(key, "is a target's, and a name for many models has none here");
                }

                return new LiteLlmDeployment(entry.Line, entry.Place, new ImportedTarget(name, model));
            }

            if (provider.Type == "azure-openai")
            {
                // Where the source says which model it is, callers may know it by that name.
                var known = info.Raw("base_model")?.Split('/')[^1] ?? model;
                model = result.NameDeployment(name, known, model, entry.Source.Literal(model));
            }

            var target = new ImportedTarget(name, entry.Source.Literal(model)) { Settings = TargetSettings() };
            return Rank(target, all.Strategy);
        }

        /// <summary>One line for the whole deployment.</summary>
        private LiteLlmDeployment? LeaveOut(string what, string? instead = null)
        {
            parameters.Known([.. parameters.Keys]);
            info.Known([.. info.Keys]);
            entry.Source.Report.Drop(entry.Line, entry.Place, what, instead);
            return null;
        }

        private (ForeignProvider? Provider, string Model) FindProvider(string written)
        {
            var slash = written.IndexOf('/', StringComparison.Ordinal);
            var prefix = slash > 0 ? written[..slash] : "";
            var hasAddress = parameters.Has("api_base") || parameters.Has("base_url");
            if (parameters.Raw("custom_llm_provider") is { } custom)
            {
                if (ForeignProvider.Find(custom) is { } named)
                    return (named, prefix == custom ? written[(slash + 1)..] : written);
                prefix = custom;
            }
            else if (ForeignProvider.Find(prefix) is { } known)
            {
                return (known, known.Type == "bedrock" ? OfBedrock(written[(slash + 1)..]) : written[(slash + 1)..]);
            }
            else if (slash < 0 && ForeignProvider.OfModel(written) is { } guessed)
            {
                parameters.Change("model", $"names no provider; by its first letters it became one of {guessed.Name}");
                return (guessed, written);
            }

            if (hasAddress)
            {
                parameters.Change("model", "is at a provider that is not known here; it became openai-compatible",
                    "check that api_base speaks OpenAI's format");
                return (ForeignProvider.AtOwnAddress(prefix.Length > 0 ? prefix : "compatible"),
                    slash > 0 ? written[(slash + 1)..] : written);
            }

            LeaveOut(prefix.Length > 0
                ? $"is left out: provider {Wording.Quote(prefix)} is not known here and has no api_base"
                : "is left out: its model names no provider, and its first letters don't say which",
                "write a provider of type openai-compatible with its address, if it speaks OpenAI's format");
            return (null, "");
        }

        /// <summary>
        /// Takes off what may stand before a model of Bedrock's: a way of calling, a region, how long it is reserved.
        /// </summary>
        private string OfBedrock(string model)
        {
            foreach (var way in (string[])["converse/", "invoke/", "converse_like/"])
            {
                if (model.StartsWith(way, StringComparison.Ordinal))
                    model = model[way.Length..];
            }

            if (Region().Match(model) is { Success: true } region)
            {
                _region = region.Groups["name"].Value;
                model = model[region.Length..];
            }

            if (Commitment().Match(model) is { Success: true } commitment)
            {
                parameters.Change("model", "says how long it is reserved, which is about its price; " +
                    "that was left out");
                model = model[commitment.Length..];
            }

            return model;
        }

        private string RegionOfBedrock()
        {
            foreach (var key in (string[])["aws_region_name", "region_name"])
            {
                if (parameters.Text(key, "eu-central-1") is not { } written)
                    continue;
                if (_region is not null && _region != written)
                    parameters.Change("model", $"names the region {_region}, and {key} counts");
                return written;
            }

            return _region ?? entry.Source.Own("AWS_REGION_NAME", "eu-central-1");
        }

        private OutputMap Settings(ForeignProvider provider)
        {
            var settings = new OutputMap();
            settings.Set("type", provider.Type);
            if (parameters.Has("api_key"))
                settings.Set("apiKey", parameters.Secret("api_key", provider.KeyVariable));
            else if (provider.Type is not ("ollama" or "openai-compatible") || provider.BaseUrl is not null)
                settings.Set("apiKey", entry.Source.Own(provider.KeyVariable, "a-sample-of-a-key"));
            return settings;
        }

        /// <summary>Empty: the type's own. Null when it can't be known, which is reported.</summary>
        private string? BaseUrl(ForeignProvider provider)
        {
            var key = parameters.Has("api_base") ? "api_base" : "base_url";
            if (key == "api_base")
                parameters.Drop("base_url", "stands beside api_base, which counts");
            if (parameters.Text(key, "https://provider.example/v1") is { } written)
                return ImportedAddress.Of(parameters, key, written, provider);
            if (parameters.Text("aws_bedrock_runtime_endpoint", "https://provider.example") is { } endpoint)
                return ImportedAddress.Of(parameters, "aws_bedrock_runtime_endpoint", endpoint, provider);
            if (provider.BaseUrl is { } own)
                return own;
            if (provider.Type == "azure-openai")
                return entry.Source.Own("AZURE_API_BASE", "https://provider.example");
            if (provider.Type != "openai-compatible")
                return "";
            return entry.Source.Own(ImportSource.NameOf(provider.Name) + "_API_BASE", "https://provider.example/v1");
        }

        private void Cloud(ForeignProvider provider, OutputMap settings)
        {
            switch (provider.Type)
            {
                case "azure-openai":
                    settings.Set("apiVersion", parameters.Text("api_version", "2024-10-21"));
                    break;
                case "bedrock":
                    settings.Set("region", RegionOfBedrock());
                    break;
                case "vertex":
                    settings.Set("region", parameters.Text("vertex_location", "europe-west1") ??
                        entry.Source.Own("VERTEXAI_LOCATION", "europe-west1"));
                    settings.Set("project", parameters.Text("vertex_project", "project") ??
                        entry.Source.Own("VERTEXAI_PROJECT", "project"));
                    break;
                case "anthropic":
                    if (parameters.Whole("max_tokens", 100_000_000, 1) is { } most)
                    {
                        settings.Set("defaultMaxTokens", most);
                        parameters.Change("max_tokens", "became the provider's defaultMaxTokens: it counts when the " +
                            "caller names no limit");
                    }

                    break;
            }
        }

        private void Headers(OutputMap settings)
        {
            ImportedAddress.Header(parameters, "organization", "openai-organization", settings);
            ImportedAddress.Headers(parameters.Section("extra_headers"), settings);
            ImportedAddress.Headers(parameters.Section("headers"), settings);
        }

        private OutputMap TargetSettings()
        {
            var target = new OutputMap();
            var timeouts = target.At("timeouts");
            var attempt = parameters.Duration("timeout", "s");
            timeouts.Set("attempt", attempt);
            if (parameters.Duration("stream_timeout", "s") is { } stream)
            {
                timeouts.Set("firstToken", stream);
                timeouts.Set("idle", stream);
                if (attempt is not null && DurationText.TryParse(attempt, out var whole) &&
                    DurationText.TryParse(stream, out var first) && first > whole)
                {
                    parameters.Change("stream_timeout", "is longer than timeout, which bounds a stream's wait for " +
                        "its first token too");
                }
            }

            target.At("queue").Set("maxConcurrency", parameters.Whole("max_parallel_requests", 1_000_000));
            return target;
        }

        private LiteLlmDeployment Rank(ImportedTarget target, string strategy)
        {
            var rpm = parameters.Number("rpm", 60_000_000);
            SetRate(target.Settings.At("queue"), rpm, strategy);
            var tpm = parameters.Number("tpm", 1e12);
            if (tpm is not null)
            {
                parameters.Change("tpm", "limits no tokens here; it only weighs the deployment where nothing else does",
                    "the limits that the provider announces in its headers are what counts");
            }

            var retries = parameters.Has("num_retries") ? "num_retries" : "max_retries";
            return new LiteLlmDeployment(entry.Line, entry.Place, target)
            {
                Weight = parameters.Number("weight", 1_000_000),
                Rpm = rpm,
                Tpm = tpm,
                Order = Order(),
                Retries = parameters.Whole(retries, 100),
            };
        }

        private void SetRate(OutputMap queue, double? perMinute, string strategy)
        {
            if (perMinute is 0)
                parameters.Drop("rpm", "is 0, which lets nothing through there and is no limit here");
            if (perMinute is not > 0)
                return;
            // The lowest that can be written is 3.6 an hour.
            queue.Set("throttleRate", Math.Max(perMinute.Value / 60, 0.001));
            var difference = strategy.StartsWith("usage-based", StringComparison.Ordinal)
                ? ": a minute's calls are spread over it"
                : ", and limits; with this routing it only weighs there";
            parameters.Change("rpm", $"became queue.throttleRate, {queue.Text("throttleRate")} a second{difference}",
                "beyond it another target takes the call, or it waits");
        }

        private double? Order()
        {
            var order = parameters.Whole("order", 100_000);
            if (order is null)
                return info.Whole("order", 100_000);
            info.Drop("order", "stands beside litellm_params.order, which counts");
            return order;
        }
    }

    [GeneratedRegex(@"\A(?<name>[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2})/")]
    private static partial Regex Region();

    [GeneratedRegex(@"\A[0-9]{1,2}-month-commitment/")]
    private static partial Regex Commitment();
}
