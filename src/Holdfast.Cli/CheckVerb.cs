using System.CommandLine;

namespace Holdfast.Cli;

/// <summary><c>holdfast check</c>: all that is wrong with a configuration, or all that is in force.</summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var config = ConfigurationArgument.Option();
        var effective = new Option<bool>("--effective")
        {
            Description = "Every value in force and where it came from; secrets are not shown",
        };
        var json = new Option<bool>("--json") { Description = "With --effective: as JSON" };
        var command = new Command("check", "Validates a configuration; prints every error with its place")
        {
            config, effective, json,
        };
        command.SetAction(parsed => Run(
            ConfigurationArgument.PathOf(parsed.GetValue(config)), parsed.GetValue(effective), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool isEffective, bool isJson)
    {
        if (isJson && !isEffective)
        {
            throw new UsageException("--json: goes with --effective");
        }

        if (ConfigurationArgument.Load(path) is not { Options: { } options, Values: { } values })
        {
            return ExitCodes.WrongUsage;
        }

        if (isJson)
        {
            EffectiveTable.WriteJson(path, values);
        }
        else if (isEffective)
        {
            EffectiveTable.Write(values);
        }
        else
        {
            Console.Out.WriteLine(
                $"{path}: valid ({options.Providers.Count} providers, {options.Models.Count} models)");
        }

        return ExitCodes.Done;
    }
}
