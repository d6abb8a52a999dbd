using System.Net.Sockets;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Security;

namespace Holdfast.Cli;

/// <summary>Starts a gateway from a configuration that has been read, and ends it in order.</summary>
internal static class GatewayStart
{
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(500);

    /// <param name="configuration">What was read.</param>
    /// <param name="path">The file, which is watched.</param>
    /// <param name="options">What is to be in force, perhaps with other addresses than the file's.</param>
    /// <param name="environment">What it was read with, for reading it again.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="UsageException">An address is taken, or the admin key cannot be kept.</exception>
    public static async Task<GatewayApp> StartAsync(ConfigurationResult configuration, string path,
        HoldfastOptions options, EnvironmentVariables environment, CancellationToken cancellation)
    {
        var adminKey = ResolveAdminKey(options.Server);
        try
        {
            return await GatewayApp.StartAsync(new GatewaySettings
            {
                Options = options,
                ConfigurationPath = path,
                ContentHash = configuration.ContentHash,
                Environment = environment,
                UrlsAreFixed = !ReferenceEquals(options, configuration.Options),
                AdminKey = adminKey,
                PlainLog = !Console.IsErrorRedirected,
            }, cancellation);
        }
        catch (IOException wrong)
        {
            throw CannotListen(options.Server, wrong.InnerException ?? wrong);
        }
        catch (SocketException wrong)
        {
            // A port that needs more rights, or an address that isn't this machine's.
            throw CannotListen(options.Server, wrong);
        }
    }

    private static UsageException CannotListen(ServerOptions server, Exception wrong) =>
        new($"cannot listen on {string.Join(", ", server.Urls.Concat(server.ManagementUrls))}: {wrong.Message}");

    /// <summary>Drains, cleans up and closes; ends the process by force when that takes longer than allowed.</summary>
    public static async Task<int> StopAsync(GatewayApp gateway)
    {
        var limits = gateway.Shutdown;
        var patience = Task.Delay(limits.Whole, TimeProvider.System);
        var ending = EndAsync(gateway);
        if (await Task.WhenAny(ending, patience) == ending)
        {
            await ending;
            return ExitCodes.Done;
        }

        // Nobody may read it, and a full pipe must not keep the process.
        var told = Task.Run(() =>
        {
            gateway.CutRest(limits);
            Console.Error.WriteLine("holdfast: the shutdown took too long; ended by force");
        });
        await Task.WhenAny(told, Task.Delay(Telling, TimeProvider.System));
        // Returning would wait for what hangs.
        Environment.Exit(ExitCodes.Failed);
        return ExitCodes.Failed;
    }

    private static async Task EndAsync(GatewayApp gateway)
    {
        await gateway.StopAsync(CancellationToken.None);
        await gateway.DisposeAsync();
    }

    private static string ResolveAdminKey(ServerOptions server)
    {
        if (server.AdminKey.Length > 0)
        {
            return server.AdminKey;
        }

        try
        {
            var key = AdminKey.LoadOrCreate(server.DataDirectory, out var path, out var isNew);
            Console.Error.WriteLine(isNew ? $"admin key: made, and kept in {path}" : $"admin key: in {path}");
            return key;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"server.dataDirectory: the admin key cannot be kept there: {wrong.Message}");
        }
    }
}
