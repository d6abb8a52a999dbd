namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Keys that are fixed and whose features don't exist yet: checked, so that a configuration stays right when they
/// come, and warned about when somebody counts on them. Each line goes when its feature takes its section over.
/// </summary>
internal static class UnbuiltSections
{
    private const int Most = 1_000_000_000;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly string[] Contents = ["none", "prompts", "answers", "all"];

    public static void Read(SectionReader root)
    {
        var storage = root.Section("storage");
        Text(storage, "connection", "Data Source=holdfast.db");
        if (storage.Texts("replicas") is { Count: > 0 })
            storage.WarnUnbuilt("replicas");
        storage.Done();

        var redis = root.Section("redis");
        Text(redis, "connection", "");
        redis.Done();

        ReadCache(root.Section("cache"));
        ReadBatches(root.Section("batches"));
        ReadAlerts(root.Section("alerts"));

        var costs = root.Section("costs");
        costs.WarnUnbuilt("chargebackRate", costs.Number("chargebackRate", 1.2, 0, 1000), 1.2);
        Text(costs, "priceFile", "");
        costs.Done();

        var queue = root.Section("asyncQueue");
        Integer(queue, "maxSize", 1000, 1);
        Integer(queue, "workers", 5, 1);
        queue.Done();
    }

    /// <summary>Whether prompts and answers are logged, beside <c>logging.level</c>.</summary>
    public static void ReadLoggingContent(SectionReader logging) =>
        logging.WarnUnbuilt("content", logging.Word("content", "none", Contents), "none");

    private static void ReadCache(SectionReader cache)
    {
        Flag(cache, "enabled", false);
        Integer(cache, "memoryEntries", 1000, 0);
        cache.WarnUnbuilt("memoryBytes", cache.Integer("memoryBytes", 256_000_000L, 0L, 1L << 40), 256_000_000L);
        Text(cache, "diskDirectory", "");
        Duration(cache, "ttl", TimeSpan.FromHours(1));
        Duration(cache, "staleOnError", TimeSpan.FromHours(24));
        cache.Done();
    }

    private static void ReadBatches(SectionReader batches)
    {
        Integer(batches, "minSuccessful", 8, 0);
        Duration(batches, "timeout", TimeSpan.FromMinutes(15));
        // Without it an attempt gets what remains of the batch's time.
        Duration(batches, "attemptTimeout", TimeSpan.Zero);
        Duration(batches, "maxTemporalVariance", TimeSpan.FromMinutes(5));
        Duration(batches, "criticalTemporalVariance", TimeSpan.FromMinutes(10));
        Flag(batches, "allOrNothing", true);
        batches.Done();
    }

    private static void ReadAlerts(SectionReader alerts)
    {
        if (alerts.Placed("webhookUrl") is { Text.Length: > 0 } url && WebAddress.Problem(url.Text) is { } problem)
            alerts.Error("webhookUrl", $"{problem} (value not shown)");
        Text(alerts, "webhookUrl", "");
        Text(alerts, "webhookSecret", "");
        alerts.Done();
    }

    private static void Text(SectionReader section, string key, string standard) =>
        section.WarnUnbuilt(key, section.Text(key, standard), standard);

    private static void Integer(SectionReader section, string key, int standard, int least) =>
        section.WarnUnbuilt(key, section.Integer(key, standard, least, Most), standard);

    private static void Flag(SectionReader section, string key, bool standard) =>
        section.WarnUnbuilt(key, section.Flag(key, standard), standard);

    private static void Duration(SectionReader section, string key, TimeSpan standard) =>
        section.WarnUnbuilt(key,
            section.Duration(key, standard, standard == TimeSpan.Zero ? TimeSpan.Zero : Millisecond,
                DurationText.Longest),
            standard);
}
