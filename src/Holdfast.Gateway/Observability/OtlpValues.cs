using System.Globalization;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Which values OpenTelemetry's SDK can use. Left to itself it throws at some others and passes over the rest in
/// silence.
/// </summary>
internal static class OtlpValues
{
    private const string Batch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    private const string Queue = "OTEL_BSP_MAX_QUEUE_SIZE";
    private const int StandardBatch = 512;
    private const int StandardQueue = 2048;

    private static readonly Rule Positive = Whole(1);
    private static readonly Rule NotNegative = Whole(0);
    private static readonly Rule IsFile = new(File.Exists, "the path of a file that can be read");

    /// <summary>By a variable's name, the exporter's own ones without their prefix.</summary>
    private static readonly Dictionary<string, Rule> Both = new(StringComparer.Ordinal)
    {
        ["PROTOCOL"] = new(value => value is "http/protobuf" or "grpc", "http/protobuf or grpc"),
        ["HEADERS"] = new(AreHeaders, "name=value, several with commas between, of printable ASCII (value not shown)"),
        ["TIMEOUT"] = Positive,
        ["COMPRESSION"] = OneOf("gzip", "none"),
        ["CERTIFICATE"] = IsFile,
        ["CLIENT_CERTIFICATE"] = IsFile,
        ["CLIENT_KEY"] = IsFile,
        ["OTEL_RESOURCE_ATTRIBUTES"] = new(ArePairs, "name=value, several with commas between"),
        ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = NotNegative,
        ["OTEL_ATTRIBUTE_COUNT_LIMIT"] = NotNegative,
    };

    private static readonly Dictionary<string, Rule> Traces = new(StringComparer.Ordinal)
    {
        ["OTEL_TRACES_SAMPLER"] = OneOf("always_on", "always_off", "traceidratio", "parentbased_always_on",
            "parentbased_always_off", "parentbased_traceidratio"),
        ["OTEL_TRACES_SAMPLER_ARG"] = new(IsShare, "a number from 0 to 1"),
        ["OTEL_BSP_SCHEDULE_DELAY"] = Positive,
        ["OTEL_BSP_EXPORT_TIMEOUT"] = NotNegative,
        [Queue] = Positive,
        [Batch] = Positive,
        ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = NotNegative,
        ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"] = NotNegative,
        ["OTEL_SPAN_EVENT_COUNT_LIMIT"] = NotNegative,
        ["OTEL_SPAN_LINK_COUNT_LIMIT"] = NotNegative,
        ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"] = NotNegative,
        ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"] = NotNegative,
    };

    private static readonly Dictionary<string, Rule> Metrics = new(StringComparer.Ordinal)
    {
        [OtlpSettings.MetricsInterval] = Positive,
        ["OTEL_METRIC_EXPORT_TIMEOUT"] = NotNegative,
        ["OTEL_METRICS_EXEMPLAR_FILTER"] = OneOf("always_on", "always_off", "trace_based"),
        ["METRICS_TEMPORALITY_PREFERENCE"] = OneOf("cumulative", "delta", "lowmemory"),
        ["METRICS_DEFAULT_HISTOGRAM_AGGREGATION"] = OneOf(
            "explicit_bucket_histogram", "base2_exponential_bucket_histogram"),
    };

    /// <summary>What is wrong with a value, as <c>must be …</c>, without the value; null when nothing is.</summary>
    /// <param name="signal">Whose settings are read; variables of the other one are none of its business.</param>
    /// <param name="name">The variable, the exporter's own ones without their prefix.</param>
    /// <param name="value">Null when it isn't given.</param>
    public static string? Problem(OtlpSignal signal, string name, string? value)
    {
        var rule = (signal == OtlpSignal.Traces ? Traces : Metrics).GetValueOrDefault(name)
            ?? Both.GetValueOrDefault(name);
        return rule is null || value is null || rule.Allows(value) ? null : $"must be {rule.What}";
    }

    /// <summary>A batch that doesn't fit into the queue of spans, said at the variable that was given.</summary>
    public static string? BatchProblem(OtlpSignal signal, Func<string, string?> value)
    {
        if (signal != OtlpSignal.Traces)
        {
            return null;
        }

        var (batch, queue) = (value(Batch), value(Queue));
        return Number(batch, StandardBatch) <= Number(queue, StandardQueue)
            ? null
            : queue is null
            ? $"{Batch}: must be at most {Queue} ({StandardQueue} when not given)"
            : $"{Queue}: must be at least {Batch} ({StandardBatch} when not given)";
    }

    private static int Number(string? text, int standard) =>
        text is null ? standard : int.Parse(text, CultureInfo.InvariantCulture);

    private static Rule Whole(int least) => new(
        value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least,
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {int.MaxValue}"));

    private static Rule OneOf(params string[] words) => new(
        value => words.Contains(value, StringComparer.OrdinalIgnoreCase),
        $"{string.Join(", ", words[..^1])} or {words[^1]}");

    private static bool IsShare(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
        && share is >= 0 and <= 1;

    private static bool ArePairs(string value) => Pairs(value).All(pair => pair.IndexOf('=') > 0);

    // They may be URL-encoded, and are decoded before they are parted.
    private static bool AreHeaders(string value) => Pairs(Uri.UnescapeDataString(value)).All(pair =>
        pair.IndexOf('=') is > 0 and var end
        && pair[..end].Trim() is { Length: > 0 } name
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter))
        && pair[end..].All(letter => letter is >= ' ' and <= '~'));

    // One at the end without a successor is what people write and the SDK takes.
    private static string[] Pairs(string value) => value.TrimEnd().TrimEnd(',').Split(',');

    private sealed record Rule(Func<string, bool> Allows, string What);
}
