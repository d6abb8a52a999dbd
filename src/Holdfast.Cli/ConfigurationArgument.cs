using System.CommandLine;
using Holdfast.Gateway.Configuration;

namespace Holdfast.Cli;

/// <summary><c>--config</c>, and the reading of what it names.</summary>
internal static class ConfigurationArgument
{
    private const string DefaultPath = "holdfast.yaml";

    public static Option<string?> Option() => new("--config")
    {
        Description = $"The configuration file. Default: $HOLDFAST_CONFIG, or {DefaultPath}",
        HelpName = "FILE",
    };

    public static string PathOf(string? given) => given
        ?? (Environment.GetEnvironmentVariable("HOLDFAST_CONFIG") is { Length: > 0 } path ? path : DefaultPath);

    /// <summary>Reads the file and says on standard error what is wrong with it.</summary>
    /// <returns>Null when anything is.</returns>
    public static ConfigurationResult? Load(string path)
    {
        var result = ConfigurationFile.Load(path, EnvironmentVariables.OfProcess);
        foreach (var warning in result.Warnings)
        {
            Console.Error.WriteLine($"warning: {warning}");
        }

        foreach (var error in result.Errors)
        {
            Console.Error.WriteLine($"error: {error}");
        }

        return result.Options is null ? null : result;
    }
}
