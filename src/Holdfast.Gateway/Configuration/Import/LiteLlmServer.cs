namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What LiteLLM's settings say of the server, its stores and its cache.</summary>
internal static class LiteLlmServer
{
    private static readonly string[] RedisKeys =
        ["redis_url", "redis_host", "redis_port", "redis_password", "redis_username", "redis_db", "redis_ssl"];

    public static void Read(
        SourceSection general, SourceSection library, SourceSection router, ImportedConfiguration result)
    {
        ReadKeys(general, result.Root.At("server"));
        if (general.Secret("database_url", "DATABASE_URL") is { } database)
        {
            result.Root.At("storage").Set("connection", database);
            general.Source.Report.Change(general.LineOf("database_url"), general.PlaceOf("database_url"),
                "became storage.connection; LiteLLM's own tables are not read",
                "give the gateway a database of its own");
        }

        if (general.Whole("global_max_parallel_requests", 1_000_000) is { } parallel)
        {
            result.Root.At("limits").Set("maxConcurrency", parallel);
            // What is beyond it is refused at once there.
            result.Root.At("limits").Set("maxQueueSize", 0);
        }

        var queue = result.Defaults.At("queue");
        if (queue.Has("maxConcurrency"))
            general.Drop("max_parallel_requests", "stands beside router_settings.default_max_parallel_requests");
        else
            queue.Set("maxConcurrency", general.Whole("max_parallel_requests", 1_000_000));
        ReadHealth(general, result.Defaults.At("healthCheck"));
        if (general.Number("max_request_size_mb", 2000, 0.001) is { } megabytes)
            result.Root.At("server").Set("maxRequestBytes", Math.Floor(megabytes * 1_000_000));
        ReadRedis(router, "redis_", result);
        ReadCache(library, result);
        ReadLogging(library, result.Root.At("logging"));
    }

    /// <summary>Their values may be secrets, and a configuration sets no variables.</summary>
    public static void ReadEnvironment(SourceSection variables)
    {
        foreach (var name in variables.Keys.ToList())
        {
            variables.Known(name);
            variables.Source.Names.Use(name);
            variables.Source.Report.Secret(variables.LineOf(name), variables.PlaceOf(name),
                "is an environment variable and was not copied", "set it where the gateway is started, if it is used");
        }
    }

    private static void ReadKeys(SourceSection general, OutputMap server)
    {
        if (general.Secret("master_key", "HOLDFAST_ADMIN_KEY") is not { } key)
            return;
        server.Set("adminKey", key);
        // With a master key LiteLLM lets nobody call without one.
        server.Set("requireKeys", true);
    }

    private static void ReadHealth(SourceSection general, OutputMap health)
    {
        if (general.Flag("background_health_checks") == false)
        {
            health.Set("interval", 0);
            general.Drop("health_check_interval", "does nothing beside background_health_checks: false");
            return;
        }

        health.Set("interval", general.Duration("health_check_interval", "s", null, TimeSpan.FromSeconds(1)));
    }

    private static void ReadRedis(SourceSection section, string prefix, ImportedConfiguration result)
    {
        var redis = result.Root.At("redis");
        if (redis.Has("connection"))
        {
            foreach (var key in RedisKeys.Select(key => prefix + key["redis_".Length..]))
                section.Drop(key, "is another Redis than router_settings names, or the same again; there is one here");
            return;
        }

        if (section.Secret(prefix + "url", "REDIS_URL") is { } url)
        {
            redis.Set("connection", url);
            return;
        }

        if (section.Text(prefix + "host", "redis.example") is not { } host)
            return;
        var scheme = section.Flag(prefix + "ssl") == true ? "rediss" : "redis";
        var user = section.Text(prefix + "username") ?? "";
        var password = section.Secret(prefix + "password", "REDIS_PASSWORD");
        var login = user.Length == 0 && password is null ? "" : $"{user}:{password}@";
        var port = section.Text(prefix + "port", "6379") ?? "6379";
        var number = section.Text(prefix + "db", "0") is { } db ? "/" + db : "";
        redis.Set("connection", $"{scheme}://{login}{host}:{port}{number}");
    }

    private static void ReadCache(SourceSection library, ImportedConfiguration result)
    {
        var cache = result.Root.At("cache");
        var parameters = library.Section("cache_params");
        cache.Set("enabled", library.Flag("cache"));
        var type = parameters.Raw("type") ?? "redis";
        if (type == "redis")
        {
            ReadRedis(parameters, "", result);
        }
        else if (type is not ("local" or "disk"))
        {
            parameters.Drop("type", $"{Wording.Quote(type)} is no kind of cache here",
                "it is in memory, on disk (cache.diskDirectory) and in Redis, and finds exact repeats only");
        }

        cache.Set("diskDirectory", parameters.Text("disk_cache_dir"));
        cache.Set("ttl", parameters.Duration("ttl", "s", DurationText.Longest, TimeSpan.FromMilliseconds(1)));
        parameters.Rest(LiteLlmHints.Cache);
    }

    private static void ReadLogging(SourceSection library, OutputMap logging)
    {
        if (library.Flag("set_verbose") == true)
            logging.Set("level", "debug");
        if (library.Flag("turn_off_message_logging") == false)
        {
            library.Change("turn_off_message_logging", "is so here anyway: prompts and answers are not logged",
                "set logging.content to log them");
        }

        foreach (var key in (string[])["callbacks", "success_callback", "failure_callback", "service_callbacks"])
        {
            foreach (var item in library.Items(key, takesOne: true))
                ReportCallback(library, item);
        }
    }

    private static void ReportCallback(SourceSection library, SourceItem item)
    {
        var name = item.IsMapping ? null : item.Text();
        var instead = name switch
        {
            "prometheus" => "GET /metrics is always there",
            "otel" or "opentelemetry" => "set the standard OTEL_* variables",
            _ => "watch GET /metrics, the log, and OpenTelemetry's traces (OTEL_* variables)",
        };
        library.Source.Report.Drop(item.Line, item.Place,
            $"is a callback{(name is null ? "" : $" ({Wording.Quote(name)})")}, and there are none here", instead);
    }
}
