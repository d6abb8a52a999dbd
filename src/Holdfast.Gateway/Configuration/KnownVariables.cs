namespace Holdfast.Gateway.Configuration;

/// <summary>How the value of a known variable becomes the value of its key.</summary>
internal enum VariableUnit
{
    /// <summary>As the file takes it.</summary>
    AsWritten,

    /// <summary>A number without a unit is milliseconds.</summary>
    Milliseconds,

    /// <summary>A number without a unit is seconds.</summary>
    Seconds,

    /// <summary>All attempts, the first included; the key counts the retries, which are one less.</summary>
    Attempts,

    /// <summary>True or false in any case.</summary>
    Flag,

    /// <summary>A directory, or the file itself when it ends in <c>.db</c>, for a database of its own.</summary>
    DatabasePath,
}

/// <summary>What a known variable with <c>&lt;MODEL&gt;</c> in its name sets.</summary>
internal enum ModelVariable
{
    /// <summary>The limit of a model's calls, or of the attempts at a provider's model.</summary>
    Timeout,

    /// <summary>The failures in a row that open the circuits of a model's targets, or of a provider's model.</summary>
    FailureThreshold,
}

/// <summary>An environment variable with a name of its own that sets a key.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Key">The key that it sets, level by level.</param>
/// <param name="Unit">What its value means.</param>
internal sealed record KnownVariable(string Name, string Key, VariableUnit Unit = VariableUnit.AsWritten);

/// <summary>
/// The one table of the variables that other gateways and libraries have made usual. Everything else is made from it:
/// the reading, the documentation, the tests. Of two lines with the same key the later one wins.
/// </summary>
internal static class KnownVariables
{
    /// <summary>In the order of rising precedence.</summary>
    public static readonly IReadOnlyList<KnownVariable> All =
    [
        new("RELIABILITY_ENABLED", "defaults.reliability", VariableUnit.Flag),
        new("RESILIENCE_DEFAULT_TIMEOUT", "defaults.timeouts.call", VariableUnit.Milliseconds),
        new("RESILIENCE_MAX_CONCURRENT_REQUESTS", "limits.maxConcurrency"),
        new("RESILIENCE_HEALTH_CHECK_INTERVAL", "defaults.healthCheck.interval", VariableUnit.Milliseconds),
        new("HEALTH_CHECK_INTERVAL", "defaults.healthCheck.interval", VariableUnit.Milliseconds),
        new("HEALTH_CHECK_TIMEOUT", "defaults.healthCheck.timeout", VariableUnit.Milliseconds),
        new("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "defaults.circuitBreaker.failureThreshold"),
        new("CIRCUIT_BREAKER_SUCCESS_THRESHOLD", "defaults.circuitBreaker.successThreshold"),
        new("CIRCUIT_BREAKER_RESET_TIMEOUT", "defaults.circuitBreaker.recoveryTimeout", VariableUnit.Seconds),
        new("CIRCUIT_BREAKER_TIMEOUT", "defaults.circuitBreaker.recoveryTimeout", VariableUnit.Milliseconds),
        new("RETRY_MAX_ATTEMPTS", "defaults.retry.maxRetries", VariableUnit.Attempts),
        new("RETRY_INITIAL_DELAY", "defaults.retry.baseDelay", VariableUnit.Seconds),
        new("RETRY_MAX_DELAY", "defaults.retry.maxDelay", VariableUnit.Seconds),
        new("RETRY_BACKOFF_FACTOR", "defaults.retry.backoffMultiplier"),
        new("QUEUE_MAX_CONCURRENCY", "defaults.queue.maxConcurrency"),
        new("QUEUE_THROTTLE_RATE", "defaults.queue.throttleRate"),
        new("QUEUE_STORAGE_PATH", "storage.connection", VariableUnit.DatabasePath),
        new("QUEUE_MAX_SIZE", "asyncQueue.maxSize"),
        new("QUEUE_WORKER_COUNT", "asyncQueue.workers"),
        new("CACHE_MEMORY_SIZE", "cache.memoryEntries"),
        new("CACHE_DISK_DIR", "cache.diskDirectory"),
        new("CACHE_REDIS_URL", "redis.connection"),
        new("CACHE_DEFAULT_TTL", "cache.ttl", VariableUnit.Seconds),
        new("REDIS_URL", "redis.connection"),
        new("DATABASE_URL", "storage.connection"),
        new("METRICS_EXPORT_INTERVAL", "metrics.exportInterval", VariableUnit.Milliseconds),
        new("ALERT_WEBHOOK_URL", "alerts.webhookUrl"),
    ];

    /// <summary>What stands behind <c>RESILIENCE_&lt;MODEL&gt;</c>.</summary>
    public static readonly IReadOnlyList<(string Suffix, ModelVariable Sets)> OfModels =
    [
        ("_TIMEOUT", ModelVariable.Timeout),
        ("_FAILURE_THRESHOLD", ModelVariable.FailureThreshold),
    ];

    /// <summary>What stands before the name of a model.</summary>
    public const string ModelPrefix = "RESILIENCE_";

    /// <summary>Whether <c>NAME_FILE</c> may name a file with the value: it is a secret, taken as it is.</summary>
    public static bool MayBeInFile(this KnownVariable variable) =>
        variable.Unit == VariableUnit.AsWritten &&
        Wording.IsSecret(variable.Key[(variable.Key.LastIndexOf('.') + 1)..]);

    /// <summary>The value in the file's own words; what cannot be one is left as it is, or told here.</summary>
    public static (string Text, string? Problem) Convert(VariableUnit unit, string text) => unit switch
    {
        VariableUnit.Milliseconds => (IsNumber(text) ? text + "ms" : text, null),
        VariableUnit.Seconds => (IsNumber(text) ? text + "s" : text, null),
        VariableUnit.Attempts => ToRetries(text),
        VariableUnit.Flag => (text.ToLowerInvariant(), null),
        VariableUnit.DatabasePath => (ToConnection(text), null),
        _ => (text, null),
    };

    private static bool IsNumber(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept("0123456789.");

    private static (string Text, string? Problem) ToRetries(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture,
            out var attempts) && attempts is >= 1 and <= 101
            ? ((attempts - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), null)
            : (text, $"{Wording.Quote(text)} is not a whole number from 1 to 101: all attempts, the first included");

    private static string ToConnection(string path)
    {
        var file = path.EndsWith(".db", StringComparison.OrdinalIgnoreCase) ? path : Path.Combine(path, "holdfast.db");
        // In a connection string ';' would begin the next setting, unless the value is in quotes.
        return file.AsSpan().ContainsAny(";\"'=")
            ? $"Data Source=\"{file.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : $"Data Source={file}";
    }
}
