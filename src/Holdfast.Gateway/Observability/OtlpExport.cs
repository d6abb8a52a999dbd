using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Sends spans and metrics to an OpenTelemetry collector where the standard environment variables name one; otherwise
/// nothing is started. A collector that is away or slow costs what was to be sent, never a call.
/// </summary>
internal sealed partial class OtlpExport : IDisposable
{
    /// <summary>A collector that doesn't answer must not hold up the shutdown for longer.</summary>
    public static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(5);

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;
    private readonly OtlpFailures? _failures;

    /// <param name="environment">Gives environment variables.</param>
    /// <param name="time">The clock of what is said at most so often.</param>
    /// <param name="logger">Hears where telemetry goes, or why it doesn't.</param>
    public OtlpExport(Func<string, string?> environment, TimeProvider time, ILogger<OtlpExport> logger)
    {
        _traces = Start(OtlpSignal.Traces, environment, logger, settings => Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(settings.Configuration))
            .ConfigureResource(resource => Describe(resource, settings))
            .AddSource(CallSpans.SourceName)
            .AddOtlpExporter(exporter => Address(exporter, settings))
            .Build());
        _metrics = Start(OtlpSignal.Metrics, environment, logger, settings => Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(settings.Configuration))
            .ConfigureResource(resource => Describe(resource, settings))
            .AddMeter(GatewayMeter.Name)
            .AddOtlpExporter(exporter => Address(exporter, settings))
            .Build());
        _failures = ExportsTraces || ExportsMetrics ? new OtlpFailures(time, logger) : null;
    }

    public bool ExportsTraces => _traces is not null;

    public bool ExportsMetrics => _metrics is not null;

    /// <summary>Sends what is still held, and nothing after it.</summary>
    public Task FlushAsync(CancellationToken cancellation)
    {
        var limit = (int)FlushLimit.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => _traces?.Shutdown(limit), cancellation),
            Task.Run(() => _metrics?.Shutdown(limit), cancellation));
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        _failures?.Dispose();
    }

    /// <summary>Null when nothing is to be exported, or nothing can be: telemetry never stops the gateway.</summary>
    private static T? Start<T>(
        OtlpSignal signal, Func<string, string?> environment, ILogger logger, Func<OtlpSettings, T> build)
        where T : class
    {
        var settings = OtlpSettings.Read(signal, environment, out var problem);
        if (problem is not null)
        {
            NotExported(logger, signal, problem);
        }

        if (settings is null)
        {
            return null;
        }

        try
        {
            var provider = build(settings);
            Exported(logger, signal, settings.Endpoint.GetComponents(
                UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
            return provider;
        }
        catch (Exception refused)
        {
            // Its message may hold a header's value.
            NotExported(logger, signal, "OpenTelemetry's SDK cannot use what the variables OTEL_* say, such as a "
                + $"certificate ({refused.GetType().Name})");
            return null;
        }
    }

    private static void Address(OtlpExporterOptions exporter, OtlpSettings settings)
    {
        exporter.Protocol = settings.ExportProtocol;
        exporter.Endpoint = settings.Endpoint;
    }

    private static void Describe(ResourceBuilder resource, OtlpSettings settings)
    {
        if (!settings.NamesService)
        {
            resource.AddService("holdfast", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3));
        }
    }

    [LoggerMessage(60, LogLevel.Information, "{Signal} go to {Endpoint}")]
    private static partial void Exported(ILogger logger, OtlpSignal signal, string endpoint);

    [LoggerMessage(61, LogLevel.Error, "{Signal} are not exported: {Problem}")]
    private static partial void NotExported(ILogger logger, OtlpSignal signal, string problem);
}
