using Holdfast.Gateway.Configuration;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary>Reads YAML written in a test.</summary>
internal static class ConfigurationText
{
    public static ConfigurationResult Read(string yaml, params (string Name, string Value)[] environment) =>
        ConfigurationFile.Parse(yaml, "holdfast.yaml",
            EnvironmentVariables.Of(environment.ToDictionary(pair => pair.Name, pair => pair.Value)));

    /// <summary>The options of a configuration that must be right.</summary>
    public static HoldfastOptions Options(string yaml, params (string Name, string Value)[] environment)
    {
        var result = Read(yaml, environment);
        Assert.Empty(Lines(result.Errors));
        return result.Options!;
    }

    /// <summary>The one error of a configuration that must have one.</summary>
    public static string Error(string yaml, params (string Name, string Value)[] environment)
    {
        var result = Read(yaml, environment);
        Assert.Null(result.Options);
        return Assert.Single(Lines(result.Errors));
    }

    /// <summary>The one warning of a configuration that must be right and have one.</summary>
    public static string Warning(string yaml, params (string Name, string Value)[] environment)
    {
        var result = Read(yaml, environment);
        Assert.Empty(Lines(result.Errors));
        return Assert.Single(Lines(result.Warnings));
    }

    public static List<string> Lines(IEnumerable<ConfigurationProblem> problems) =>
        [.. problems.Select(problem => problem.ToString())];
}
