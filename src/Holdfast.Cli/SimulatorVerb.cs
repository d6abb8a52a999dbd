using System.CommandLine;
using Holdfast.Simulator;

namespace Holdfast.Cli;

/// <summary><c>holdfast simulator</c>: the simulated providers alone.</summary>
internal static class SimulatorVerb
{
    public static Command Create()
    {
        var port = new Option<int>("--port")
        {
            Description = "The loopback port; 0 takes a free one", DefaultValueFactory = _ => 9000,
        };
        var scenario = new Option<string?>("--scenario")
        {
            Description = "How the providers behave, as JSON", HelpName = "FILE",
        };
        var ports = new Option<bool>("--ports") { Description = "A port for each provider as well" };
        var seed = new Option<int>("--seed")
        {
            Description = "Determines texts and failures", DefaultValueFactory = _ => 1,
        };
        var command = new Command("simulator", "Simulated providers that speak the real wire and fail on purpose")
        {
            port, scenario, ports, seed,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(scenario), new SimulatorOptions
        {
            Port = parsed.GetValue(port),
            PortPerProvider = parsed.GetValue(ports),
            Seed = parsed.GetValue(seed),
        }, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string? file, SimulatorOptions options, CancellationToken cancellation)
    {
        using var signals = new Signals();
        await using var simulator = await StartAsync(file, options, cancellation);
        Console.Error.WriteLine($"control: {new Uri(simulator.BaseUrl, "/control")}");
        foreach (var provider in simulator.Providers)
        {
            Console.Error.WriteLine($"  {provider.Name,-12} {provider.Dialect,-10} {provider.BaseUrl}");
        }

        Console.Out.WriteLine($"listening on {simulator.BaseUrl.ToString().TrimEnd('/')}");
        await signals.Ended;
        return ExitCodes.Done;
    }

    private static async Task<ProviderSimulator> StartAsync(
        string? file, SimulatorOptions options, CancellationToken cancellation)
    {
        try
        {
            var scenario = file is null ? null : Scenario.Load(file);
            return await ProviderSimulator.StartAsync(options with { Scenario = scenario }, TimeProvider.System,
                cancellation);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new UsageException($"--port: {options.Port}: allowed is 0 to 65535, less with --ports");
        }
        catch (Exception wrong) when (wrong is ScenarioException or IOException)
        {
            throw new UsageException(wrong.Message);
        }
    }
}
