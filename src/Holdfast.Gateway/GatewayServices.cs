using System.Globalization;
using Holdfast.Failover;
using Holdfast.Gateway.Admin;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.AnthropicApi;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Failsafe;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.SignIn;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Shutdown;
using Holdfast.Modes;
using Holdfast.Retrying;

namespace Holdfast.Gateway;

/// <summary>The gateway's table of contents: what it consists of, and what it answers to.</summary>
internal static class GatewayServices
{
    public static IServiceCollection AddHoldfastGateway(
        this IServiceCollection services, GatewaySettings settings, ConfigurationHolder configuration) =>
        services
            .AddSingleton(settings)
            .AddSingleton(settings.Time)
            .AddConfiguration(settings, configuration)
            .AddProviders()
            .AddRouting(settings)
            .AddAdmission()
            .AddSecurity()
            .AddObservability(settings)
            .AddHealth()
            .AddModes()
            .AddOpenAiApi()
            .AddAnthropicApi()
            .AddFailsafe()
            .AddAdmin()
            .AddShutdown();

    public static void MapHoldfastGateway(this WebApplication app)
    {
        app.UseMiddleware<ClosingDoor>();
        app.UseMiddleware<FrontDoor>();
        app.UseMiddleware<ManagementDoor>();
        app.UseCors();
        app.UseMiddleware<AdminDoor>();
        app.UseRouting();

        var calls = app.Services.GetRequiredService<CallEndpoint>();
        var models = app.Services.GetRequiredService<ModelsEndpoint>();
        var anthropics = app.Services.GetRequiredService<AnthropicModelsEndpoint>();
        app.MapPost("/v1/chat/completions", http => calls.HandleAsync(http, OpenAiFace.Chat));
        app.MapPost("/v1/embeddings", http => calls.HandleAsync(http, OpenAiFace.Embeddings));
        app.MapPost("/v1/moderations", http => calls.HandleAsync(http, OpenAiFace.Moderations));
        app.MapPost("/v1/responses", http => calls.HandleAsync(http, ResponsesFace.Create));
        app.MapStoredResponses();
        app.MapPost("/v1/messages", http => calls.HandleAsync(http, AnthropicFace.Messages));
        app.MapPost("/v1/messages/count_tokens", http => calls.HandleAsync(http, AnthropicFace.CountTokens));
        app.MapGet("/v1/models", http => AnthropicModelsEndpoint.IsMeant(http.Request)
            ? anthropics.ListAsync(http)
            : models.ListAsync(http));
        app.MapGet("/v1/models/{**id}", (HttpContext http, string id) => AnthropicModelsEndpoint.IsMeant(http.Request)
            ? anthropics.GetAsync(http, id)
            : models.GetAsync(http, id));

        var own = new OwnPaths(app);
        app.Map("/v1/messages/{**path}", http => own.Refuses(http)
            ? Task.CompletedTask : calls.HandleAsync(http, AnthropicFace.PassThrough));
        app.Map("/v1/{**path}", http => own.Refuses(http)
            ? Task.CompletedTask : calls.HandleAsync(http, OpenAiFace.PassThrough));

        var health = app.Services.GetRequiredService<HealthEndpoints>();
        string[] reading = ["GET", "HEAD"];
        app.MapMethods("/health/live", reading, health.LiveAsync);
        app.MapMethods("/health/startup", reading, health.StartupAsync);
        app.MapMethods("/health/ready", reading, health.ReadyAsync);

        app.MapGet("/metrics", app.Services.GetRequiredService<MetricsEndpoint>().ReadAsync);
        app.MapGet("/failsafe/providers", app.Services.GetRequiredService<ProvidersEndpoint>().ReadAsync);
        app.MapAdmin();
    }

    private static void MapStoredResponses(this WebApplication app)
    {
        var stored = app.Services.GetRequiredService<StoredResponsesEndpoint>();
        app.MapMethods("/v1/responses/{id}", ["GET", "DELETE"], stored.HandleAsync);
        app.MapGet("/v1/responses/{id}/input_items", stored.HandleAsync);
        app.MapPost("/v1/responses/{id}/cancel", stored.HandleAsync);

        // They look like ids, and name a model.
        var calls = app.Services.GetRequiredService<CallEndpoint>();
        app.MapPost("/v1/responses/compact", http => calls.HandleAsync(http, OpenAiFace.PassThrough));
        app.MapPost("/v1/responses/input_tokens", http => calls.HandleAsync(http, OpenAiFace.PassThrough));
    }

    private static void MapAdmin(this WebApplication app)
    {
        var circuits = app.Services.GetRequiredService<CircuitsEndpoint>();
        app.MapGet("/admin/circuits", circuits.ListAsync);
        app.MapPost("/admin/circuits/isolate", circuits.IsolateAsync);
        app.MapPost("/admin/circuits/reset", circuits.ResetAsync);
        app.MapPost("/admin/routes/explain", app.Services.GetRequiredService<RoutesEndpoint>().ExplainAsync);
        var health = app.Services.GetRequiredService<HealthEndpoint>();
        app.MapGet("/admin/health", health.ReadAsync);
        app.MapPost("/admin/health/check", health.CheckAsync);
        var mode = app.Services.GetRequiredService<ModeEndpoint>();
        app.MapGet("/admin/mode", mode.ReadAsync);
        app.MapPut("/admin/mode", mode.SetAsync);
        app.MapDelete("/admin/mode", mode.LetGoAsync);
        app.MapPut("/admin/mode/components/{**name}", mode.MarkAsync);
        app.MapDelete("/admin/mode/components/{**name}", mode.ClearAsync);
        app.MapGet("/admin/events", app.Services.GetRequiredService<EventsEndpoint>().StreamAsync);
        app.MapGet("/admin/status", app.Services.GetRequiredService<StatusEndpoint>().ReadAsync);
    }

    private static IServiceCollection AddConfiguration(
        this IServiceCollection services, GatewaySettings settings, ConfigurationHolder configuration)
    {
        if (settings.ConfigurationPath is { } path)
        {
            services.AddSingleton(provider => new ConfigurationReloader(path, settings.ContentHash,
                settings.Environment, provider.GetRequiredService<ConfigurationHolder>(), settings.Time,
                provider.GetRequiredService<ILogger<ConfigurationReloader>>(), urlsAreFixed: settings.UrlsAreFixed));
        }

        return services
            .AddSingleton(configuration)
            .AddSingleton<GatewaySnapshots>()
            .AddCurrent(snapshot => snapshot)
            .AddCurrent(snapshot => snapshot.Routes)
            .AddCurrent(snapshot => snapshot.Server)
            .AddCurrent(snapshot => snapshot.Hosts)
            .AddCurrent(snapshot => snapshot.Access);
    }

    private static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton<ProviderClientOptions>()
        .AddSingleton<ProviderClient>()
        .AddSingleton<ModelCatalog>()
        .AddSingleton<SignIns>()
        .AddSingleton<KeyStates>();

    private static IServiceCollection AddRouting(this IServiceCollection services, GatewaySettings settings) => services
        .AddSingleton(new TargetStates(settings.Time, settings.Seed))
        .AddSingleton(new TargetOrder(new Random(settings.Seed)))
        .AddSingleton(new Backoff(new Random(settings.Seed)))
        .AddSingleton<Dispatcher>()
        .AddSingleton<RouteStatistics>()
        .AddSingleton<ICallObserver>(provider => provider.GetRequiredService<RouteStatistics>())
        .AddSingleton<RoutingMetrics>()
        .AddSingleton<AdmissionMetrics>();

    /// <summary>The operation mode restricts who is let in, at the gateway's door and at every target.</summary>
    private static IServiceCollection AddAdmission(this IServiceCollection services) => services
        .AddSingleton(provider =>
        {
            var admission = new GatewayAdmission(provider.GetRequiredService<TimeProvider>());
            admission.Restricted += provider.GetRequiredService<TargetStates>().Restrict;
            provider.GetRequiredService<ModeRestriction>().Follow(
                restriction => admission.Restriction = restriction);
            return admission;
        });

    private static IServiceCollection AddSecurity(this IServiceCollection services) => services
        .AddRouting()
        .AddCors()
        .AddSingleton<Microsoft.AspNetCore.Cors.Infrastructure.ICorsPolicyProvider, CorsPolicies>()
        .AddSingleton<RefuseAsync>(ErrorShapes.WriteAsync)
        .AddSingleton<RejectedRequests>();

    private static IServiceCollection AddObservability(
        this IServiceCollection services, GatewaySettings settings) => services
        .AddSingleton<GatewayMeter>()
        .AddSingleton<PrometheusPage>()
        .AddSingleton(provider => new MetricsEndpoint(
            provider.GetRequiredService<PrometheusPage>(), provider.GetRequiredService<GatewayMeter>(),
            request => provider.GetRequiredService<Func<AccessPolicy>>()().MayReadMetrics(request),
            ErrorShapes.WriteAsync))
        .AddSingleton<ICallObserver, CallMetrics>()
        .AddSingleton<ICallObserver, CallLog>()
        .AddSingleton<ICallObserver, CallTraces>()
        .AddSingleton<CallObservers>()
        .AddSingleton(provider => new LogMetrics(
            provider.GetRequiredService<GatewayMeter>(), provider.GetService<LineWriter>()))
        .AddSingleton<CallsInFlight>()
        .AddSingleton(provider => new ReloadMetrics(provider.GetRequiredService<GatewayMeter>(),
            provider.GetRequiredService<ConfigurationHolder>(), provider.GetService<ConfigurationReloader>()))
        .AddSingleton(provider => new OtlpExport(
            ExportEnvironment(settings), settings.Time, provider.GetRequiredService<ILogger<OtlpExport>>()))
        .AddSingleton(provider => new ShutdownTask(
            "telemetry export", provider.GetRequiredService<OtlpExport>().FlushAsync)
        {
            // Whatever cleans up before may still have something to tell.
            Priority = 900,
            Limit = OtlpExport.FlushLimit,
        });

    /// <summary>OpenTelemetry's own variables come before what the configuration says.</summary>
    private static Func<string, string?> ExportEnvironment(GatewaySettings settings)
    {
        var interval = settings.Options.MetricsExportInterval.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        return name => settings.Environment.Has(name) || name != OtlpSettings.MetricsInterval
            ? settings.Environment.Value(name)
            : interval;
    }

    private static IServiceCollection AddHealth(this IServiceCollection services) => services
        .AddSingleton<Readiness>()
        .AddSingleton<HealthProbe>()
        .AddSingleton<TargetMonitor>()
        .AddSingleton<ICallObserver>(provider => provider.GetRequiredService<TargetMonitor>())
        .AddHostedService<HealthWorker>()
        .AddSingleton<Func<IEnumerable<string>>>(provider => provider.GetRequiredService<TargetFindings>().List)
        .AddSingleton<TargetFindings>()
        .AddSingleton<HealthEndpoints>();

    private static IServiceCollection AddModes(this IServiceCollection services) => services
        .AddSingleton(provider => new OperationModes(
            new OperationModeOptions().ToModeOptions(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<TargetComponents>()
        .AddSingleton<ModeRestriction>()
        .AddSingleton<ModeMetrics>();

    private static IServiceCollection AddOpenAiApi(this IServiceCollection services) => services
        .AddSingleton<CallEndpoint>()
        .AddSingleton<StoredResponsesEndpoint>()
        .AddSingleton<OfferedModels>()
        .AddSingleton<ModelsEndpoint>();

    private static IServiceCollection AddAnthropicApi(this IServiceCollection services) => services
        .AddSingleton<AnthropicModelsEndpoint>();

    private static IServiceCollection AddFailsafe(this IServiceCollection services) => services
        .AddSingleton<ProvidersEndpoint>();

    private static IServiceCollection AddAdmin(this IServiceCollection services) => services
        .AddSingleton<CircuitsEndpoint>()
        .AddSingleton<RoutesEndpoint>()
        .AddSingleton<StatusEndpoint>()
        .AddSingleton<HealthEndpoint>()
        .AddSingleton<ModeEndpoint>()
        .AddSingleton<EventsEndpoint>()
        .AddSingleton<LiveFeed>()
        .AddSingleton<LiveEvents>()
        .AddSingleton(provider => new ShutdownTask("streams of events", _ =>
        {
            provider.GetRequiredService<LiveFeed>().Close();
            return Task.CompletedTask;
        }) { Phase = ShutdownPhase.Draining })
        .AddSingleton<Func<ConfigurationReport>>(provider =>
        {
            var holder = provider.GetRequiredService<ConfigurationHolder>();
            var reloader = provider.GetService<ConfigurationReloader>();
            return () => new ConfigurationReport(holder.Current.Version, holder.Current.LoadedAt,
                reloader?.LastReloadSucceeded != false);
        });

    /// <summary>Has the live feed tell of configurations, once everything else has taken them over.</summary>
    public static void TellConfigurations(IServiceProvider provider)
    {
        var events = provider.GetRequiredService<LiveEvents>();
        var configuration = provider.GetRequiredService<ConfigurationHolder>();
        configuration.OnChanged(changed => events.ConfigurationChanged(
            new ConfigurationEvent(changed.Version, Succeeded: true, 0, changed.LoadedAt)));
        if (provider.GetService<ConfigurationReloader>() is { } reloader)
        {
            var time = provider.GetRequiredService<TimeProvider>();
            reloader.Refused += errors => events.ConfigurationChanged(new ConfigurationEvent(
                configuration.Current.Version, Succeeded: false, errors, time.GetUtcNow()));
        }
    }

    private static IServiceCollection AddShutdown(this IServiceCollection services) => services
        .AddSingleton<ShutdownTasks>()
        .AddSingleton<GatewayShutdown>();

    /// <summary>Lets a folder read its part of the configuration in force without knowing of the whole.</summary>
    private static IServiceCollection AddCurrent<T>(this IServiceCollection services, Func<GatewaySnapshot, T> part) =>
        services.AddSingleton<Func<T>>(provider =>
        {
            var snapshots = provider.GetRequiredService<GatewaySnapshots>();
            return () => part(snapshots.Current);
        });
}
