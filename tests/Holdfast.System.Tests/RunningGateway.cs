using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Routing;
using Holdfast.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.System.Tests;

/// <summary>
/// A gateway and the simulated providers behind it, in this process, each on a free port. All providers of the
/// simulator are configured under their names; the caller gives the rest of the configuration.
/// </summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    public const string AdminKey = "the-admin-key-of-the-tests";

    private readonly GatewayApp _app;
    private readonly LogLines _log;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private RunningGateway(GatewayApp app, ProviderSimulator simulator, LogLines log)
    {
        _app = app;
        _log = log;
        Simulator = simulator;
        Url = new Uri(app.Urls[0]);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    /// <summary>Where the gateway answers, without a path.</summary>
    public Uri Url { get; }

    public ProviderSimulator Simulator { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>What the gateway has logged, from its start on.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    /// <param name="configuration">YAML with <c>models</c> and whatever else but <c>providers</c>.</param>
    /// <param name="providers">More lines of the section <c>providers</c>, without indentation; an entry replaces the
    /// simulated provider of its name. <c>URL(name)</c> stands for a simulated provider's address.</param>
    /// <param name="server">More lines of the section <c>server</c>, without indentation.</param>
    /// <param name="seed">The simulator's and the gateway's.</param>
    /// <param name="environment">Gives the gateway's environment variables. Null: it has none.</param>
    /// <param name="time">The clock of both. Null: the system's.</param>
    public static async Task<RunningGateway> StartAsync(string configuration, string providers = "",
        string server = "", int seed = 1, Func<string, string?>? environment = null, TimeProvider? time = null)
    {
        var simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { Port = 0, Seed = seed }, time ?? TimeProvider.System, CancellationToken.None);
        try
        {
            var yaml = Yaml(simulator, configuration, providers, server);
            var result = ConfigurationFile.Parse(yaml, "test.yaml", _ => null);
            var options = result.Options
                ?? throw new ArgumentException(string.Join("\n", result.Errors), nameof(configuration));
            options = yaml.Contains("healthCheck", StringComparison.Ordinal) ? options : options.WithoutChecks();
            var log = new LogLines();
            var settings = new GatewaySettings
            {
                Options = options, AdminKey = AdminKey, Seed = seed, Time = time ?? TimeProvider.System,
                Environment = EnvironmentVariables.Of(environment ?? (_ => null)),
            };
            var app = await GatewayApp.StartAsync(settings, CancellationToken.None);
            app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
            return new RunningGateway(app, simulator, log);
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until something has happened that needs no more than the time it is given.</summary>
    /// <exception cref="TimeoutException">It hasn't.</exception>
    public static async Task UntilAsync(Func<bool> condition, string what, TimeSpan limit)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > limit)
            {
                throw new TimeoutException($"{what}: not within {limit}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>How a provider behaves from now on, by its failures in the scenario's shape.</summary>
    public void Fail(string provider, string failures) =>
        Simulator.Set(provider, Behaviour.Parse("{\"failures\": {" + failures + "}}"));

    /// <summary>
    /// Waits until no call is under way: a call is booked at its very end, which its caller doesn't wait for.
    /// </summary>
    public Task BookedAsync() => _app.BookedAsync();

    /// <summary>The page of <c>GET /metrics</c>, once all calls are booked.</summary>
    public async Task<string> MetricsAsync()
    {
        await BookedAsync();
        return await _http.GetStringAsync(new Uri(Url, "/metrics"));
    }

    /// <summary>The sum of a metric's series that have all the labels, each as <c>name="value"</c>.</summary>
    public async Task<double> MetricAsync(string name, params string[] labels)
    {
        var page = await MetricsAsync();
        return page.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(line.Contains))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The same once it has come to a value, or what it is when it doesn't: that a caller has left, the gateway may
    /// hear only later.
    /// </summary>
    public async Task<double> MetricAsync(double awaited, string name, params string[] labels)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await MetricAsync(name, labels);
            if (value >= awaited || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
            {
                return value;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>What is known of a provider's model.</summary>
    public TargetState Target(string provider, string model) => Services.GetRequiredService<TargetStates>().All
        .Single(target => target.Provider == provider && target.Model == model);

    /// <summary>Ends the gateway in order; its calls are over or have five seconds.</summary>
    public async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        await _app.StopAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        // First the simulator, so that no call is left in which the gateway waits for it.
        await Simulator.DisposeAsync();
        await StopAsync();
        await _app.DisposeAsync();
    }

    private static string Yaml(
        ProviderSimulator simulator, string configuration, string providers, string server)
    {
        var yaml = new StringBuilder();
        yaml.AppendLine("server:").AppendLine("  urls: http://127.0.0.1:0");
        Indent(yaml, server);
        yaml.AppendLine("providers:");
        foreach (var provider in simulator.Providers)
        {
            if (!providers.Split('\n').Any(line => line.StartsWith(provider.Name + ":", StringComparison.Ordinal)))
            {
                Indent(yaml, $"{provider.Name}: {{ type: {TypeOf(provider)}, baseUrl: URL({provider.Name}), "
                    + "apiKey: a-key }");
            }
        }

        Indent(yaml, providers);
        yaml.AppendLine(configuration);
        foreach (var provider in simulator.Providers)
        {
            yaml.Replace($"URL({provider.Name})", $"\"{AddressOf(provider)}\"");
        }

        return yaml.ToString();
    }

    private static void Indent(StringBuilder yaml, string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            yaml.Append("  ").AppendLine(line);
        }
    }

    private static string TypeOf(SimulatedProvider provider) =>
        provider.Name == "azure" ? "azure-openai" : provider.Name;

    private static string AddressOf(SimulatedProvider provider)
    {
        var address = provider.BaseUrl.ToString().TrimEnd('/');
        // Azure's deployments hang below the resource, not below a version.
        return provider.Name == "azure" ? address[..^"/v1".Length] : address;
    }

    private sealed class LogLines : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

        public void Dispose()
        {
        }

        private sealed class Category(string name, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
                Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{logLevel} {name}: {formatter(state, exception)} {exception}".TrimEnd());
        }
    }
}
