using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Clients;

/// <summary>Runs one of the scripts that use the npm clients: JSON in, JSON out, in a bounded time.</summary>
internal static class NodeScript
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static readonly string Folder =
        Path.Combine(Repository.Root, "tests", "Holdfast.System.Tests", "clients");

    /// <param name="name">The script's file name.</param>
    /// <param name="input">What it reads from standard input.</param>
    /// <exception cref="InvalidOperationException">The script failed, or the clients aren't installed.</exception>
    public static async Task<JsonElement> RunAsync(string name, JsonNode input)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var node = Start(name);
        try
        {
            var output = node.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = node.StandardError.ReadToEndAsync(limit.Token);
            await node.StandardInput.WriteAsync(input.ToJsonString().AsMemory(), limit.Token);
            node.StandardInput.Close();
            await node.WaitForExitAsync(limit.Token);
            if (node.ExitCode != 0)
            {
                throw new InvalidOperationException($"{name} ended with {node.ExitCode}: {await errors}");
            }

            using var document = JsonDocument.Parse(await output);
            return document.RootElement.Clone();
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Starts a script, whose three streams are the caller's.</summary>
    internal static Process Start(string name) =>
        Directory.Exists(Path.Combine(Folder, "node_modules"))
            ? Process.Start(new ProcessStartInfo("node", name)
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = Encoding.UTF8,
            })!
            : throw new InvalidOperationException(
                $"the npm clients are missing: run ./test, or 'npm ci' in {Folder}");
}
