using Holdfast.Failover;
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

    private static readonly Hints HealthHints = new()
    {
        ["endpoint"] = new("is the address of a probe", "a target is probed with a call of its own dialect"),
        ["enabled"] = new("turns probes off", "a target with traffic isn't probed anyway"),
    };

    private static readonly Hints QueueHints = new()
    {
        ["storagePath"] = new("is where the queue is kept", "the durable queue is in the database, see storage"),
        ["priorities"] = new("names priorities", "callers send x-holdfast-priority"),
    };

    private static readonly Hints MetricsHints = new()
    {
        ["exportInterval"] = new("is how often metrics are sent",
            "GET /metrics is fetched; for OpenTelemetry set OTEL_METRIC_EXPORT_INTERVAL"),
        ["enabled"] = new("turns metrics on or off", "GET /metrics is always there"),
        ["port"] = new("is a port of their own", "set server.managementUrls"),
    };

    private static readonly Hints ShutdownHints = new()
    {
        ["signals"] = new("names the signals", "SIGTERM and SIGINT end the gateway"),
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

    public static void Health(SourceSection section, OutputMap health)
    {
        health.Set("interval", section.Duration(First(section, "interval", "checkInterval"), "ms",
            DurationText.Longest, Millisecond));
        health.Set("timeout", section.Duration(First(section, "timeout", "checkTimeout"), "ms",
            DurationText.Longest, Millisecond));
        health.Set("retries", section.Whole(First(section, "retries", "maxRetries")));
        health.Set("critical", section.Flag("critical"));
        if (section.Has("enabled") && section.Flag("enabled") == false)
            section.Drop("enabled", HealthHints["enabled"].What, HealthHints["enabled"].Instead);
        section.Rest(HealthHints);
    }

    public static void Queue(SourceSection section, OutputMap queue, OutputMap durable)
    {
        queue.Set("maxConcurrency", section.Whole(
            First(section, "maxConcurrency", "maxConcurrent", "concurrency"), 1_000_000_000));
        queue.Set("maxQueueSize", section.Whole(First(section, "maxQueueSize", "maxSize"), 1_000_000_000));
        queue.Set("throttleRate", section.Number(First(section, "throttleRate", "rateLimit")));
        queue.Set("timeout", section.Duration("timeout", "ms", DurationText.Longest, Millisecond));
        durable.Set("workers", section.Whole(First(section, "workers", "workerCount"), 1_000_000_000, 1));
        if (!queue.IsEmpty)
        {
            section.Source.Report.Change(section.Line, section.Place,
                "was one queue for all calls; here each target has one",
                "limits.maxConcurrency is the whole gateway's");
        }

        section.Rest(QueueHints);
    }

    public static void Metrics(SourceSection section)
    {
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
