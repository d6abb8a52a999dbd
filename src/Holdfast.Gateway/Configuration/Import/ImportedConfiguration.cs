using System.Text;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>The configuration that an import builds up.</summary>
internal sealed class ImportedConfiguration
{
    // In the order in which the documentation has them.
    private static readonly string[] Sections =
    [
        "server", "storage", "redis", "defaults", "limits", "providers", "models", "cache", "alerts", "asyncQueue",
        "logging",
    ];

    private readonly Dictionary<string, string> _providers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OutputMap> _byName = new(StringComparer.Ordinal);

    public ImportedConfiguration()
    {
        foreach (var section in Sections)
            Root.At(section);
    }

    public OutputMap Root { get; } = new();

    public OutputMap Defaults => Root.At("defaults");

    public OutputMap Models => Root.At("models");

    /// <summary>Every provider that was added.</summary>
    public IEnumerable<OutputMap> Providers => _byName.Values;

    /// <summary>
    /// Adds a provider, or finds the one with the same settings. A circuit and a key belong to a provider, so what
    /// differs in either must be another one.
    /// </summary>
    /// <returns>Its name.</returns>
    public string Provider(string name, OutputMap settings)
    {
        var content = OutputYaml.Write(settings);
        if (_providers.TryGetValue(content, out var known))
            return known;
        name = string.Concat(name.Take(60).Select(letter =>
            char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' ? letter : '-'));
        if (name.Length == 0)
            name = "provider";
        var free = name;
        while (_byName.ContainsKey(free))
        {
            // Counting on from the last one: a source may have thousands of the same name.
            var number = _numbers[name] = _numbers.GetValueOrDefault(name, 1) + 1;
            free = $"{name}-{number}";
        }

        _providers.Add(content, free);
        _byName.Add(free, settings);
        Root.At("providers").Set(free, settings);
        return free;
    }

    /// <summary>The provider of a name that was given out.</summary>
    public OutputMap Settings(string provider) => _byName[provider];

    public string ToYaml(string kind, ImportReport report)
    {
        foreach (var deployments in Providers.Where(provider => provider.Has("deployments"))
            .Select(provider => provider.At("deployments")))
        {
            // A model that isn't listed is its own deployment anyway.
            foreach (var model in deployments.Values.Select(entry => entry.Key).ToList())
            {
                if (deployments.Text(model) == model)
                    deployments.Remove(model);
            }
        }

        var yaml = new StringBuilder($"# Made by holdfast import from a configuration of {kind}.\n");
        if (report.Variables.Count > 0)
        {
            yaml.Append("# It needs these environment variables:\n");
            foreach (var name in report.Variables.Keys)
                yaml.Append("#   ").Append(name).Append('\n');
        }

        return yaml.Append(OutputYaml.Write(Root)).ToString();
    }

    /// <summary>Whether our own models may be called like this.</summary>
    public static bool IsModelName(string name) =>
        name.Length is > 0 and <= 256 && name[0] != ' ' && name[^1] != ' ' &&
        name.All(letter => letter is >= ' ' and <= '~');
}
