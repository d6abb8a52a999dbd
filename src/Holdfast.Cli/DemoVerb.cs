using System.CommandLine;
using System.Globalization;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Routing;
using Holdfast.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Cli;

/// <summary>
/// <c>holdfast demo</c>: twelve simulated providers, several failing on a schedule, the gateway in front of them, a
/// little traffic, and a table that shows what comes of it.
/// </summary>
internal static class DemoVerb
{
    private static readonly TimeSpan TableInterval = TimeSpan.FromSeconds(5);

    // What is set for another gateway must not change the demo, neither at its start nor when the file is read again.
    private static readonly EnvironmentVariables Unchanged =
        EnvironmentVariables.Of(Environment.GetEnvironmentVariable);

    public static Command Create()
    {
        var port = new Option<int>("--port")
        {
            Description = "The gateway's loopback port", DefaultValueFactory = _ => 8080,
        };
        var command = new Command("demo", "Simulated providers and the gateway, nothing to configure") { port };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(port), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int port, CancellationToken cancellation)
    {
        if (port is < 0 or > 65535)
        {
            throw new UsageException($"--port: {port}: allowed is 0 to 65535");
        }

        using var signals = new Signals();
        var directory = Directory.CreateTempSubdirectory("holdfast-demo-");
        try
        {
            await using var simulator = await ProviderSimulator.StartAsync(
                new SimulatorOptions { Port = 0, Scenario = DemoScenario.Failing() }, TimeProvider.System,
                cancellation);
            var path = Path.Combine(directory.FullName, "holdfast.yaml");
            await File.WriteAllTextAsync(
                path, DemoScenario.Configuration(simulator, port, directory.FullName), cancellation);
            var configuration = ConfigurationFile.Load(path, Unchanged);
            var options = configuration.Options ?? throw new InvalidOperationException(
                "the demo's own configuration is wrong: " + string.Join("; ", configuration.Errors));
            await using var gateway = await GatewayStart.StartAsync(
                configuration, path, options, Unchanged, cancellation);
            Greet(gateway, simulator, directory);

            using var traffic = new DemoTraffic(new Uri(gateway.Urls[0]));
            using var ending = new CancellationTokenSource();
            var calls = traffic.RunAsync(ending.Token);
            await ShowAsync(gateway, traffic, signals.Ended);
            await ending.CancelAsync();
            await calls;
            return await GatewayStart.StopAsync(gateway);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Greet(GatewayApp gateway, ProviderSimulator simulator, DirectoryInfo directory)
    {
        var url = gateway.Urls[0];
        Console.Out.WriteLine($"""
            Holdfast is at {url}, in front of {simulator.Providers.Count} simulated providers that fail on a schedule.

              curl -N {url}/v1/chat/completions -H 'content-type: application/json' -d '{DemoScenario.SampleBody}'

            configuration   {directory.FullName}/holdfast.yaml (change it: it is read again while the demo runs)
            metrics         curl -H "authorization: Bearer $(cat {directory.FullName}/admin.key)" {url}/metrics
            providers       {simulator.BaseUrl}control

            Ctrl-C ends it.
            """);
    }

    private static async Task ShowAsync(GatewayApp gateway, DemoTraffic traffic, Task ended)
    {
        var routes = gateway.Services.GetRequiredService<Func<RouteTable>>();
        using var timer = new PeriodicTimer(TableInterval, TimeProvider.System);
        while (await Task.WhenAny(ended, timer.WaitForNextTickAsync().AsTask()) != ended)
        {
            DemoTable.Write(traffic.Totals, routes());
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{traffic.Totals.Calls} calls, {traffic.Totals.Answered} answered"));
    }
}
