using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast.DependencyInjection;

/// <summary>Puts Holdfast into a container.</summary>
public static class HoldfastRegistration
{
    /// <summary>The category of what is logged: <c>Holdfast</c>.</summary>
    public const string LogCategory = "Holdfast";

    /// <summary>
    /// Adds <see cref="ResilientOperations"/> and <see cref="CircuitRegistry"/>, one each. They take the container's
    /// <see cref="TimeProvider"/>, or the system's, and its loggers. Called again, it goes on where it was.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>To add operations and more with.</returns>
    /// <exception cref="ArgumentNullException">The services are null.</exception>
    public static HoldfastBuilder AddHoldfast(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.FirstOrDefault(one => one.ServiceType == typeof(HoldfastBuilder))?.ImplementationInstance
            is HoldfastBuilder known)
            return known;
        var builder = new HoldfastBuilder(services);
        services.AddSingleton(builder);
        services.AddSingleton<IValidateOptions<HoldfastAtStart>>(new HoldfastAtStart.Validation(builder));
        services.AddOptions<HoldfastAtStart>().ValidateOnStart();
        services.TryAddSingleton(provider => Circuits(builder, provider));
        services.TryAddSingleton(provider => Operations(builder, provider));
        return builder;
    }

    /// <summary>
    /// The same with values from a configuration: <c>Defaults</c>, <c>Operations:NAME</c>, <c>Circuits:NAME</c> and
    /// what extension packages add. A host refuses to start with wrong values and unknown keys, and names them all in
    /// one <see cref="OptionsValidationException"/>; without a host the first use throws it. Read once: changes need a
    /// restart.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The section, as <c>configuration.GetSection("Holdfast")</c>.</param>
    /// <returns>To add operations and more with.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">It has a configuration already.</exception>
    public static HoldfastBuilder AddHoldfast(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var builder = services.AddHoldfast();
        builder.Use(configuration);
        return builder;
    }

    private static CircuitRegistry Circuits(HoldfastBuilder builder, IServiceProvider provider)
    {
        builder.ThrowIfMisconfigured();
        var logger = LoggerOf(provider);
        var registry = new CircuitRegistry(builder.ReadDefaults().CircuitBreaker, TimeOf(provider));
        registry.Created += breaker => breaker.WithTelemetry(logger);
        foreach (var (name, options) in builder.ReadCircuits([]))
            registry.GetOrCreate(name, options);
        return registry;
    }

    private static ResilientOperations Operations(HoldfastBuilder builder, IServiceProvider provider)
    {
        builder.ThrowIfMisconfigured();
        // Another seed for each process, so that many of them don't jitter alike.
        var operations = new ResilientOperations(
            TimeOf(provider), new Random(Guid.NewGuid().GetHashCode()), LoggerOf(provider));
        foreach (var register in builder.Registrations)
            register(operations, provider);
        return operations;
    }

    private static TimeProvider TimeOf(IServiceProvider provider) =>
        provider.GetService<TimeProvider>() ?? TimeProvider.System;

    private static ILogger? LoggerOf(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger(LogCategory);
}
