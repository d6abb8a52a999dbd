using Holdfast.CircuitBreaking;
using Holdfast.DependencyInjection;
using Holdfast.Execution;
using Holdfast.Retrying;
using Holdfast.Tests.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.DependencyInjection;

public class HoldfastRegistrationTests
{
    [Fact]
    public async Task An_operation_is_found_by_its_name_and_works()
    {
        using var provider = Services([], ask => ask with { IsGood = answer => answer != "" }).BuildServiceProvider();

        var ask = provider.GetRequiredKeyedService<ResilientOperation<string>>("ask");

        Assert.Equal("hello", (await ask.ExecuteAsync()).Value);
        Assert.Same(ask, provider.GetRequiredService<ResilientOperations>().Get<string>("ask"));
    }

    [Fact]
    public async Task What_the_configuration_says_of_an_operation_wins_over_code_and_code_over_defaults()
    {
        var attempts = 0;
        RetryOptions? defaults = null;
        var services = Services([
            ("Defaults:Retry:MaxRetries", "7"),
            ("Defaults:Retry:BaseDelay", "0s"),
            ("Operations:failing:Retry:MaxRetries", "2"),
        ]);
        services.AddHoldfast().AddOperation<string>("failing", _ => [new("a", _ =>
        {
            attempts++;
            throw new TimeoutException();
        })], options =>
        {
            defaults = options.Retry;
            return options with { Retry = options.Retry with { MaxRetries = 5 } };
        });
        using var provider = services.BuildServiceProvider();

        var failing = provider.GetRequiredKeyedService<ResilientOperation<string>>("failing");
        await Assert.ThrowsAsync<RetryExhaustedException>(() => failing.ExecuteAsync().AsTask());

        Assert.Equal((3, 7), (attempts, defaults!.MaxRetries));
    }

    [Fact]
    public async Task A_host_does_not_start_with_wrong_values_and_names_them_all_at_once()
    {
        using var host = Host([
            ("Defaults:Retry:MaxRetries", "-1"),
            ("Defaults:Timeouts:Call", "soon"),
            ("Operations:ask:CircuitBreaker:FailureTreshold", "3"),
            ("Operations:ask:Strategy", "quickest"),
            ("Operations:ask:HedgeAfter", "-3s"),
            ("Operations:aks:Strategy", "Random"),
            ("Circuits:payments:SuccessThreshold", "0"),
            ("Circuits:refunds", "3"),
            ("ChatClients:smrat:Strategy", "Random"),
            ("Operatoins:ask:Strategy", "Random"),
        ]);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        string[] expected =
        [
            "Holdfast.Operatoins: unknown, did you mean Operations: one of Defaults, Circuits, Operations, "
                + "ChatClients, EmbeddingGenerators",
            "Holdfast.Defaults.Timeouts.Call: 'soon': a duration, as 30s, 500ms or 00:00:30",
            "Holdfast.Defaults.retry.maxRetries: -1: 0 to 100",
            "Holdfast.Circuits.payments.successThreshold: 0: 1 or more",
            "Holdfast.Circuits.refunds: '3': a section with keys of its own",
            "Holdfast.ChatClients.smrat: unknown: nothing here",
            "Holdfast.Operations.aks: unknown, did you mean ask: one of ask",
            "Holdfast.Operations.ask.CircuitBreaker.FailureTreshold: unknown, did you mean FailureThreshold: one of "
                + "FailureThreshold, WindowThreshold, FailureRatio, MinimumCalls, MonitoringPeriod, RecoveryTimeout, "
                + "MaxRecoveryTime, SuccessThreshold, HalfOpenProbes, PermitLifetime",
            "Holdfast.Operations.ask.Strategy: 'quickest': one of Sequential, Parallel, Fastest, Weighted, Random",
            "Holdfast.Operations.ask.hedgeAfter: -00:00:03: more than 0, or null",
        ];
        Assert.All(expected, problem => Assert.Contains(problem, refused.Failures));
        Assert.All(expected, problem => Assert.Contains(problem, refused.Message));
    }

    [Fact]
    public void Without_a_host_the_first_use_refuses_what_is_wrong()
    {
        using var provider = Services([("Defaults:Retry:MaxRetries", "-1")]).BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<ResilientOperations>);
        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<CircuitRegistry>);
    }

    [Fact]
    public async Task A_host_starts_with_values_that_are_right_and_without_any()
    {
        using var configured = Host([("Operations:ask:Retry:MaxRetries", "1")]);
        using var bare = new HostBuilder().ConfigureServices(services => services.AddHoldfast()).Build();

        await configured.StartAsync();
        await bare.StartAsync();

        Assert.Empty(bare.Services.GetRequiredService<CircuitRegistry>());
    }

    [Fact]
    public void Circuits_of_the_registry_have_their_own_values_over_the_defaults()
    {
        using var provider = Services([
            ("Defaults:CircuitBreaker:FailureThreshold", "9"),
            ("Defaults:CircuitBreaker:RecoveryTimeout", "5s"),
            ("Circuits:payments:FailureThreshold", "2"),
        ]).BuildServiceProvider();

        var circuits = provider.GetRequiredService<CircuitRegistry>();

        Assert.True(circuits.TryGet("payments", out var payments));
        Assert.Equal(
            (2, TimeSpan.FromSeconds(5)), (payments.Options.FailureThreshold, payments.Options.RecoveryTimeout));
        Assert.Equal(9, circuits.GetOrCreate("other").Options.FailureThreshold);
    }

    [Fact]
    public async Task Clock_and_logger_are_the_containers()
    {
        using var listening = new Listening("ask");
        var time = new ManualTimeProvider();
        var services = Services([("Operations:ask:Timeouts:Attempt", "5s"), ("Defaults:Retry:MaxRetries", "0")]);
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton<ILoggerFactory>(new OneLogger(listening));
        services.AddHoldfast().AddOperation<string>("slow", _ => [new("a", async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return "never";
        })], options => options with { Timeouts = options.Timeouts with { Attempt = TimeSpan.FromSeconds(2) } });
        using var provider = services.BuildServiceProvider();

        var call = provider.GetRequiredKeyedService<ResilientOperation<string>>("slow").ExecuteAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<RetryExhaustedException>(() => call.SoonAsync());
        Assert.Equal([110, 112], listening.Events.Select(one => one.Id));
    }

    [Fact]
    public void Names_and_the_configuration_are_given_once()
    {
        var services = Services([]);

        Assert.Throws<InvalidOperationException>(() => services.AddHoldfast(Configuration([])));
        Assert.Throws<ArgumentException>(() => services.AddHoldfast().AddOperation<string>("ask", _ => []));
    }

    private static IHost Host((string Key, string Value)[] values) => new HostBuilder()
        .ConfigureServices(services =>
        {
            foreach (var one in Services(values))
                services.Add(one);
        })
        .Build();

    private static ServiceCollection Services(
        (string Key, string Value)[] values, Func<OperationOptions<string>, OperationOptions<string>>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddHoldfast(Configuration(values).GetSection("Holdfast"))
            .AddOperation<string>("ask", _ => [new("a", _ => ValueTask.FromResult("hello"))], configure);
        return services;
    }

    private static IConfiguration Configuration((string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(
            values.Select(one => new KeyValuePair<string, string?>($"Holdfast:{one.Key}", one.Value)))
        .Build();

    private sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
