using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace Holdfast.Gateway.Observability;

/// <summary>A kind of telemetry as OTLP knows it, with its word in the variables' names and its path.</summary>
internal enum OtlpSignal
{
    Traces,
    Metrics,
}

/// <summary>
/// What OpenTelemetry's standard environment variables say about one signal: where it goes, and the SDK's own settings.
/// A signal's own variable (<c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) comes before the one for all
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).
/// </summary>
/// <param name="Endpoint">The whole address, its path included.</param>
/// <param name="Configuration">The variables, for the SDK; a signal's own ones under the names for all.</param>
internal sealed record OtlpSettings(Uri Endpoint, IConfiguration Configuration)
{
    /// <summary>How often metrics go out, in milliseconds.</summary>
    public const string MetricsInterval = "OTEL_METRIC_EXPORT_INTERVAL";

    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private const string Protocol = Prefix + "PROTOCOL";
    private const string DefaultProtocol = "http/protobuf";

    private static readonly string[] ExporterNames =
    [
        "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY",
        "METRICS_TEMPORALITY_PREFERENCE", "METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    ];

    private static readonly string[] SdkNames =
    [
        "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
        "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", MetricsInterval, "OTEL_METRIC_EXPORT_TIMEOUT",
        "OTEL_METRICS_EXEMPLAR_FILTER", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    ];

    public bool IsGrpc => Configuration[Protocol] == "grpc";

    /// <summary>The protocol as the exporter's options name it.</summary>
    public OtlpExportProtocol ExportProtocol => IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;

    /// <summary>The name of the service was given, so that ours must not take its place.</summary>
    public bool NamesService => Configuration["OTEL_SERVICE_NAME"] is { Length: > 0 }
        || Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) == true;

    /// <param name="signal">What is to be exported.</param>
    /// <param name="environment">Gives environment variables.</param>
    /// <param name="problem">Why nothing is exported although an address was given; null otherwise.</param>
    /// <returns>Null when nothing is to be exported.</returns>
    public static OtlpSettings? Read(OtlpSignal signal, Func<string, string?> environment, out string? problem)
    {
        problem = null;
        var word = signal == OtlpSignal.Traces ? "TRACES" : "METRICS";
        var own = Value(environment, $"{Prefix}{word}_ENDPOINT");
        if ((own ?? Value(environment, Prefix + "ENDPOINT")) is not { } written
            || string.Equals(Value(environment, "OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(Value(environment, $"OTEL_{word}_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!Uri.TryCreate(written, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            problem = $"{(own is null ? Prefix + "ENDPOINT" : $"{Prefix}{word}_ENDPOINT")}: must be a URL with http "
                + "or https";
            return null;
        }

        var values = SdkNames.ToDictionary(name => name, name => Value(environment, name));
        problem = SdkNames.Select(name => Problem(signal, name, name, values[name]))
            .FirstOrDefault(said => said is not null)
            ?? OtlpValues.BatchProblem(signal, values.GetValueOrDefault);
        foreach (var name in ExporterNames)
        {
            var ofSignal = $"{Prefix}{word}_{name}";
            var value = values[Prefix + name] = Value(environment, ofSignal) ?? Value(environment, Prefix + name);
            problem ??= Problem(
                signal, name, Value(environment, ofSignal) is null ? Prefix + name : ofSignal, value);
        }

        if (problem is not null)
        {
            return null;
        }

        values[Protocol] ??= DefaultProtocol;
        // A signal's own address is taken as it is; the one for all is where the signals' paths begin.
        if (own is null && values[Protocol] == DefaultProtocol)
        {
            var address = new UriBuilder(endpoint);
            address.Path = $"{address.Path.TrimEnd('/')}/v1/{word.ToLowerInvariant()}";
            endpoint = address.Uri;
        }

        return new OtlpSettings(endpoint, new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }

    private static string? Problem(OtlpSignal signal, string name, string variable, string? value) =>
        OtlpValues.Problem(signal, name, value) is { } said ? $"{variable}: {said}" : null;

    private static string? Value(Func<string, string?> environment, string name) =>
        environment(name) is { Length: > 0 } value ? value : null;
}
