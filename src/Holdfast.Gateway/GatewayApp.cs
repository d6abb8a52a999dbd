using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Holdfast.Gateway;

/// <summary>A running gateway: Kestrel, the services, and an orderly end.</summary>
internal sealed partial class GatewayApp : IAsyncDisposable
{
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly GatewaySettings _settings;
    private readonly Readiness _readiness;
    private readonly ILogger _logger;

    private GatewayApp(WebApplication app, GatewaySettings settings)
    {
        _app = app;
        _settings = settings;
        _readiness = app.Services.GetRequiredService<Readiness>();
        _logger = app.Services.GetRequiredService<ILogger<GatewayApp>>();
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens, with the real ports.</summary>
    public IReadOnlyList<string> Urls => [.. _app.Urls];

    /// <summary>The limits of an orderly end, as configured now.</summary>
    public ShutdownOptions Shutdown =>
        _app.Services.GetRequiredService<ConfigurationHolder>().Current.Options.Server.Shutdown;

    /// <exception cref="IOException">An address is taken or not to be had.</exception>
    public static async Task<GatewayApp> StartAsync(GatewaySettings settings, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var server = settings.Options.Server;
        builder.WebHost.UseKestrelCore().UseUrls([.. server.Urls.Concat(server.ManagementUrls)]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The face knows the limit and answers in its own words; here it would only cut.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        // StopAsync has the limit; a reload may have changed it since.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        var configuration = new ConfigurationHolder(settings.Options, settings.Time);
        AddLogging(builder.Logging, settings, configuration);
        builder.Services.AddHoldfastGateway(settings, configuration);
        var app = builder.Build();
        app.MapHoldfastGateway();
        // Nobody asks for these, yet they must listen from the first call on.
        app.Services.GetRequiredService<PrometheusPage>();
        app.Services.GetRequiredService<RoutingMetrics>();
        app.Services.GetRequiredService<ReloadMetrics>();
        app.Services.GetService<ConfigurationReloader>()?.Start();
        var gateway = new GatewayApp(app, settings);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        gateway._readiness.Started();
        return gateway;
    }

    /// <summary>
    /// Ends in order: not ready, after the configured delay no new connections, calls in flight go on to their end or
    /// to the limit, then they are cut.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _readiness.Draining();
        var shutdown = Shutdown;
        if (shutdown.Delay > TimeSpan.Zero)
        {
            await Task.Delay(shutdown.Delay, _settings.Time, cancellation);
        }

        var inFlight = _app.Services.GetRequiredService<CallsInFlight>();
        using var limit = new CancellationTokenSource(shutdown.Timeout, _settings.Time);
        await using var told = limit.Token.Register(() =>
        {
            CallsCut(_logger, inFlight.Count, shutdown.Timeout);
            inFlight.End();
        });

        // Those that are told still have to hear it before Kestrel cuts the connections.
        var hearing = shutdown.ForceKillTimeout / 2 < Hearing ? shutdown.ForceKillTimeout / 2 : Hearing;
        using var end = new CancellationTokenSource(shutdown.Timeout + hearing, _settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellation);
        await _app.StopAsync(either.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddLogging(
        ILoggingBuilder logging, GatewaySettings settings, ConfigurationHolder configuration)
    {
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // Its only line is one a request, and while anybody could read it, it costs every call an activity and a scope.
        logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.None);
        // Kestrel calls every deliberately unclean end of a stream an error of the application.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        // A start that fails is thrown, and told by whoever started; the host would log it a second time.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // Asked at every line, so that a reload changes it.
        logging.AddFilter("Holdfast", level => level >= configuration.Current.Options.LogLevel);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (settings.PlainLog)
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.ColorBehavior = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
                    ? LoggerColorBehavior.Disabled
                    : LoggerColorBehavior.Default;
            });
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = JsonLineFormatter.FormatterName);
            logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        }
    }

    [LoggerMessage(40, LogLevel.Warning,
        "the shutdown's limit of {Limit} has passed; calls that were still under way and are cut: {Count}")]
    private static partial void CallsCut(ILogger logger, int count, TimeSpan limit);

    /// <summary>Signals are the command line's business.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
