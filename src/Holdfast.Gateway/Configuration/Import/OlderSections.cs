using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Hints = System.Collections.Generic.Dictionary<string, Holdfast.Gateway.Configuration.Import.DropHint>;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// The sections that both older shapes have, with the several names under which their keys are known. Plain numbers
/// are milliseconds.
/// </summary>
internal static class OlderSections
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StandardCap = TimeSpan.FromMinutes(10);

    private static readonly HashSet<string> RetryWords =
    [
        .. Enum.GetValues<Outcome>()
            .Where(outcome => outcome.IsAttempt() && outcome.Rule().NextTarget && outcome is not Outcome.Cut)
            .SelectMany(outcome => new[] { outcome.Word(), outcome.Rule().Category.Code() }),
    ];

    private static readonly Hints BreakerHints = new()
    {
        ["halfOpenTimeout"] = new("limits the probing", "a probe has the limits of any attempt"),
    };

    private static readonly Hints QueueHints = new()
    {
        ["storagePath"] = new("is where the queue is kept", "the durable queue is in the database, see storage"),
        ["priorities"] = new("names priorities", "callers send x-holdfast-priority"),
    };

    private static readonly Hints MetricsHints = new()
    {
        ["enabled"] = new("turns metrics on or off", "GET /metrics is always there"),
        ["port"] = new("is a port of their own", "set server.managementUrls"),
    };

    private static readonly Hints ShutdownHints = new()
    {
        ["signals"] = new("names the signals", "SIGTERM, SIGINT and SIGUSR2 end the gateway"),
    };

    private static readonly Hints NoHints = [];

    public static void Retry(SourceSection section, OutputMap retry)
    {
        var attempts = First(section, "maxAttempts", "attempts");
        var retries = First(section, "maxRetries", "retries");
        retry.Set("maxRetries", section.Whole(retries, 100));
        if (section.Has(attempts) && section.Has(retries))
            section.Drop(attempts, $"stands beside {retries}, which counts");
        else if (section.Whole(attempts, 101, 1) is { } all)
            retry.Set("maxRetries", all - 1);
        var hour = TimeSpan.FromHours(1);
        var first = section.Duration(First(section, "baseDelay", "initialDelay", "baseDelayMs", "initialDelayMs"), "ms",
            hour);
        var longest = section.Duration(First(section, "maxDelay", "maxDelayMs"), "ms", hour);
        retry.Set("baseDelay", first);
        retry.Set("maxDelay", longest);
        Cap(section, retry, "baseDelay", "maxDelay", TimeSpan.FromSeconds(30));
        retry.Set("backoffMultiplier", section.Number(
            First(section, "backoffMultiplier", "multiplier", "backoffFactor", "factor"), 100, 1));
        ReadJitter(section, retry);
        ReadRetryable(section, retry);
        section.Rest(NoHints);
    }

    public static void Breaker(SourceSection section, OutputMap breaker)
    {
        const double most = 1_000_000;
        breaker.Set("failureThreshold", section.Whole("failureThreshold", most));
        breaker.Set("windowThreshold", section.Whole("windowThreshold", most));
        breaker.Set("failureRatio", section.Number(First(section, "failureRatio", "failureRate"), 1));
        breaker.Set("minimumCalls", section.Whole(First(section, "minimumCalls", "volumeThreshold"), most, 2));
        breaker.Set("monitoringPeriod", section.Duration(
            First(section, "monitoringPeriod", "windowSize", "rollingWindow"), "ms", null, 100 * Millisecond));
        breaker.Set("recoveryTimeout", section.Duration(
            First(section, "recoveryTimeout", "resetTimeout", "timeout", "cooldown"), "ms", null, Millisecond));
        breaker.Set("maxRecoveryTime", section.Duration("maxRecoveryTime", "ms", null, Millisecond));
        Cap(section, breaker, "recoveryTimeout", "maxRecoveryTime", StandardCap);
        breaker.Set("successThreshold", section.Whole("successThreshold", most, 1));
        breaker.Set("halfOpenProbes", section.Whole(
            First(section, "halfOpenProbes", "halfOpenRequests", "halfOpenMaxCalls"), 1000, 1));
        if (section.Flag("enabled") == false)
        {
            foreach (var threshold in (string[])["failureThreshold", "windowThreshold", "failureRatio"])
                breaker.Set(threshold, 0);
        }

        section.Rest(BreakerHints);
    }

    /// <param name="section">What the source says.</param>
    /// <param name="health">Where it goes.</param>
    /// <param name="address">The provider's address; null when the source has none.</param>
    /// <param name="isGlobal">It is about all targets, at whichever provider.</param>
    public static void Health(SourceSection section, OutputMap health, string? address, bool isGlobal = false)
    {
        var day = TimeSpan.FromDays(1);
        var interval = First(section, "interval", "checkInterval");
        if (section.Has("enabled") && section.Flag("enabled") == false)
        {
            health.Set("interval", 0);
            section.Drop(interval, "does nothing beside enabled: false");
            section.Change("enabled", "became interval: 0; a target is checked when somebody asks");
        }
        else
        {
            health.Set("interval", section.Duration(interval, "ms", day, 10 * Millisecond));
        }

        health.Set("timeout", section.Duration(
            First(section, "timeout", "checkTimeout"), "ms", day, 10 * Millisecond));
        health.Set("retries", section.Whole(First(section, "retries", "maxRetries"), 1000));
        health.Set("critical", section.Flag("critical"));
        if (isGlobal)
        {
            section.Drop("endpoint", "is one address for all, and each provider has its own",
                "write healthCheck.endpoint at the provider that has it");
        }
        else
        {
            health.Set("endpoint", Endpoint(section, address));
        }

        health.Set("expectedResponse", section.Text("expectedResponse"));
        health.Set("unavailableAfter", section.Whole(
            First(section, "unavailableAfter", "unhealthyThreshold", "failureThreshold"), 1000, 1));
        health.Set("betterAfter", section.Whole(
            First(section, "betterAfter", "healthyThreshold", "successThreshold"), 1000, 1));
        section.Rest(NoHints);
    }

    private static string? Endpoint(SourceSection section, string? address)
    {
        if (section.Text("endpoint") is not { } endpoint)
            return null;
        if (ImportedAddress.MayHoldKey(endpoint))
        {
            section.Drop("endpoint", "may hold a key and was not copied", "write it by hand");
            return null;
        }

        if (endpoint.StartsWith('/') || (Uri.TryCreate(address, UriKind.Absolute, out var own) &&
            HealthCheckOptions.AddressOf(endpoint, own) is not null))
        {
            return endpoint;
        }

        section.Drop("endpoint", "is an address that is not the provider's own",
            "a check goes to the provider's host only, with its key");
        return null;
    }

    /// <summary>How fallbacks are chosen everywhere.</summary>
    public static void Fallback(SourceSection section, OutputMap defaults)
    {
        if (section.Raw("strategy") is { } strategy)
        {
            if (DefaultsSection.Strategies.Contains(strategy))
                defaults.Set("strategy", strategy);
            else
                section.Drop("strategy", "is not known here", $"allowed: {Wording.List(DefaultsSection.Strategies)}");
        }

        defaults.Set("maxConcurrent", section.Whole(First(section, "maxConcurrent", "maxConcurrency"), 1000, 1));
        section.Rest(NoHints);
    }

    /// <summary>One queue for all calls.</summary>
    public static void Queue(SourceSection section, OutputMap limits, OutputMap durable)
    {
        const double most = 1_000_000;
        limits.Set("maxConcurrency", section.Whole(
            First(section, "maxConcurrency", "maxConcurrent", "concurrency"), most));
        limits.Set("maxQueueSize", section.Whole(First(section, "maxQueueSize", "maxSize"), most));
        limits.Set("throttleRate", Rate(section, First(section, "throttleRate", "rateLimit")));
        limits.Set("timeout", section.Duration("timeout", "ms", TimeSpan.FromDays(1), Millisecond));
        durable.Set("workers", section.Whole(First(section, "workers", "workerCount"), 1_000_000_000, 1));
        section.Rest(QueueHints);
    }

    private static double? Rate(SourceSection section, string key)
    {
        const double least = 0.001;
        var rate = section.Number(key, 1_000_000);
        if (rate is not (> 0 and < least))
            return rate;
        section.Change(key, "is lower than a rate can be here; it became 0.001, which is 3.6 calls an hour");
        return least;
    }

    public static void Metrics(SourceSection section, OutputMap metrics)
    {
        metrics.Set("exportInterval", section.Duration(
            "exportInterval", "ms", TimeSpan.FromDays(1), 100 * Millisecond));
        if (section.Has("enabled") && section.Flag("enabled") == false)
            section.Drop("enabled", MetricsHints["enabled"].What, MetricsHints["enabled"].Instead);
        section.Rest(MetricsHints);
    }

    public static void Shutdown(SourceSection section, OutputMap shutdown)
    {
        shutdown.Set("timeout", section.Duration(First(section, "timeout", "gracePeriod"), "ms"));
        shutdown.Set("forceKillTimeout", section.Duration(
            First(section, "forceKillTimeout", "forceTimeout", "killTimeout"), "ms"));
        shutdown.Set("delay", section.Duration("delay", "ms"));
        section.Rest(ShutdownHints);
    }

    /// <summary>The first of a key's names that is there; the others are left for the report.</summary>
    public static string First(SourceSection section, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (section.Has(name))
                return name;
        }

        return names[0];
    }

    /// <summary>A wait that is longer than its cap would not load; the cap grows with it.</summary>
    private static void Cap(SourceSection section, OutputMap map, string key, string cap, TimeSpan standard)
    {
        if (!DurationText.TryParse(map.Text(key) ?? "0", out var duration))
            return;
        var limit = standard;
        if (map.Text(cap) is { } written && !DurationText.TryParse(written, out limit))
            return;
        if (duration <= limit)
            return;
        map.Set(cap, map.Text(key));
        section.Source.Report.Change(section.Line, section.Place,
            $"has a {key} that is longer than {cap}, which became as long");
    }

    private static void ReadJitter(SourceSection section, OutputMap retry)
    {
        var raw = section.Raw("jitter");
        if (raw is not null && raw.Contains('.', StringComparison.Ordinal))
        {
            // A share says both that there is jitter and how much.
            retry.Set("jitter", true);
            retry.Set("jitterFactor", section.Number("jitter", 1));
        }
        else
        {
            retry.Set("jitter", section.Flag("jitter"));
        }

        retry.Set("jitterFactor", section.Number("jitterFactor", 1));
    }

    private static void ReadRetryable(SourceSection section, OutputMap retry)
    {
        var words = new List<object>();
        foreach (var item in section.Items("retryableErrors"))
        {
            if (item.Text() is not { } word)
                continue;
            if (RetryWords.Contains(word))
                words.Add(word);
            else
                section.Source.Report.Drop(item.Line, item.Place, "is no outcome that can be tried again here",
                    $"allowed: {Wording.List(RetryWords)}");
        }

        if (words.Count > 0)
            retry.Set("retryableErrors", words);
    }
}
