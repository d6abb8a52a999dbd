using System.CommandLine;

namespace Holdfast.Cli;

/// <summary><c>holdfast check</c>: says everything that is wrong with a configuration.</summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var config = ConfigurationArgument.Option();
        var command = new Command("check", "Validates a configuration; prints every error with its place") { config };
        command.SetAction(parsed => Run(ConfigurationArgument.PathOf(parsed.GetValue(config))));
        return command;
    }

    private static int Run(string path)
    {
        if (ConfigurationArgument.Load(path)?.Options is not { } options)
        {
            return ExitCodes.WrongUsage;
        }

        Console.Out.WriteLine($"{path}: valid ({options.Providers.Count} providers, {options.Models.Count} models)");
        return ExitCodes.Done;
    }
}
