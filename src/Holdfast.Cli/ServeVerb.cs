using System.CommandLine;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Security;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Cli;

/// <summary><c>holdfast serve</c>: the gateway.</summary>
internal static class ServeVerb
{
    public static Command Create()
    {
        var config = ConfigurationArgument.Option();
        var urls = new Option<string?>("--urls")
        {
            Description = "Where to listen, over server.urls; several with ';'", HelpName = "URL",
        };
        var command = new Command("serve", "Runs the gateway") { config, urls };
        command.SetAction((parsed, cancellation) => RunAsync(
            ConfigurationArgument.PathOf(parsed.GetValue(config)), parsed.GetValue(urls), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string path, string? urls, CancellationToken cancellation)
    {
        if (ConfigurationArgument.Load(path) is not { Options: { } options } configuration)
        {
            return ExitCodes.WrongUsage;
        }

        if (urls is not null)
        {
            options = options with { Server = WithUrls(options.Server, urls) };
        }

        ConfigurationReloader? reloader = null;
        using var signals = new Signals(() => reloader?.ReloadNowAsync());
        await using var gateway = await GatewayStart.StartAsync(
            configuration, path, options, EnvironmentVariables.OfProcess, cancellation);
        reloader = gateway.Services.GetService<ConfigurationReloader>();
        Console.Out.WriteLine($"listening on {string.Join(", ", gateway.Urls)}");
        await signals.Ended;
        return await GatewayStart.StopAsync(gateway);
    }

    /// <summary>What holds for addresses in the file holds for these.</summary>
    private static ServerOptions WithUrls(ServerOptions server, string written)
    {
        var urls = written.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (urls.Length == 0)
        {
            throw new UsageException("--urls: names no address");
        }

        foreach (var url in urls)
        {
            if (ListenUrl.Parse(url, out var problem) is null)
            {
                throw new UsageException($"--urls: '{url}' {problem}");
            }
        }

        var changed = server with { Urls = urls };
        return ServerSection.OpenToStrangers(changed) is { } open
            ? throw new UsageException($"--urls: {open}")
            : changed;
    }
}
