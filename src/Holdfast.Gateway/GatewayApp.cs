using Holdfast.Gateway.Admin;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Shutdown;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Holdfast.Gateway;

/// <summary>A running gateway: Kestrel, the services, and an orderly end.</summary>
internal sealed class GatewayApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GatewayShutdown _shutdown;

    private GatewayApp(WebApplication app, GatewayShutdown shutdown) => (_app, _shutdown) = (app, shutdown);

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
        // Listens before all others, so that a change is told before what follows from it.
        app.Services.GetRequiredService<LiveEvents>();
        app.MapHoldfastGateway();
        // Nobody asks for these, yet they must listen from the first call on.
        app.Services.GetRequiredService<PrometheusPage>();
        app.Services.GetRequiredService<OtlpExport>();
        app.Services.GetRequiredService<RoutingMetrics>();
        app.Services.GetRequiredService<AdmissionMetrics>();
        app.Services.GetRequiredService<LogMetrics>();
        app.Services.GetRequiredService<ModeMetrics>();
        GatewayServices.TellConfigurations(app.Services);
        app.Services.GetRequiredService<ReloadMetrics>();
        app.Services.GetRequiredService<RejectedRequests>();
        app.Services.GetService<ConfigurationReloader>()?.Start();
        // What ends it is made while everything still works.
        var shutdown = app.Services.GetRequiredService<GatewayShutdown>();
        try
        {
            await app.StartAsync(cancellation);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        app.Services.GetRequiredService<Readiness>().Started();
        return new GatewayApp(app, shutdown);
    }

    /// <summary>Ends in order; see <see cref="GatewayShutdown"/>.</summary>
    /// <param name="cancellation">Struck when nobody waits for the calls in flight any more.</param>
    public Task StopAsync(CancellationToken cancellation) =>
        _shutdown.RunAsync(_app, Shutdown, cancellation);

    /// <summary>The end takes too long and is about to be forced: names in the log what that cuts.</summary>
    /// <param name="options">The limits that held.</param>
    public void CutRest(ShutdownOptions options) => _shutdown.CutRest(options);

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
        if (settings.PlainLog)
        {
            logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
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
            logging.Services
                .AddSingleton(_ => new LineWriter(Console.OpenStandardError(), settings.Time))
                .AddSingleton<ILoggerProvider, JsonLog>();
        }
    }

    /// <summary>Signals are the command line's business.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
