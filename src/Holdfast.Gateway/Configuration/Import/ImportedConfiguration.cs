using System.Text;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>The configuration that an import builds up.</summary>
internal sealed class ImportedConfiguration
{
    // In the order in which the documentation has them.
    private static readonly string[] Sections =
    [
        "server", "storage", "redis", "defaults", "limits", "providers", "models", "cache", "alerts", "asyncQueue",
        "logging", "metrics",
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

    /// <summary>The settings of a provider whose name was given out.</summary>
    public OutputMap Settings(string provider) => _byName[provider];

    /// <summary>
    /// Azure's deployment under a model's name. No name may come to stand for two deployments of one provider.
    /// </summary>
    /// <param name="provider">The provider's name that was given out.</param>
    /// <param name="model">The name wished for; one of the deployment's own if it is taken or none.</param>
    /// <param name="deployment">The deployment's name.</param>
    /// <param name="literal">The same, as our configuration writes it.</param>
    /// <returns>The name for the target.</returns>
    public string NameDeployment(string provider, string model, string deployment, string literal)
    {
        var deployments = _byName[provider].At("deployments");
        if (!IsModelName(model) || IsTaken(model))
            model = deployment;
        for (var i = 2; IsTaken(model); i++)
            model = $"{deployment}-{i}";
        deployments.Set(model, literal);
        return model;

        bool IsTaken(string name) => deployments.Has(name) && deployments.Text(name) != literal;
    }

    /// <summary>The text, and those variables of the report's that it needs.</summary>
    public (string Yaml, IReadOnlyDictionary<string, string> Variables) ToYaml(string kind, ImportReport report)
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

        var body = OutputYaml.Write(Root);
        // What was read and then left out needs none.
        var variables = new SortedDictionary<string, string>(report.Variables
            .Where(variable => body.Contains($"${{{variable.Key}}}", StringComparison.Ordinal))
            .ToDictionary(), StringComparer.Ordinal);
        var yaml = new StringBuilder($"# Made by holdfast import from a configuration of {kind}.\n");
        if (variables.Count > 0)
        {
            yaml.Append("# It needs these environment variables:\n");
            foreach (var name in variables.Keys)
                yaml.Append("#   ").Append(name).Append('\n');
        }

        return (yaml.Append(body).ToString(), variables);
    }

    /// <summary>Takes out what our own loader refuses, and reports it; false when nothing of it is found.</summary>
    public bool Remove(IReadOnlyList<ConfigurationProblem> refused, ImportReport report)
    {
        var places = new Dictionary<string, Action>(StringComparer.Ordinal);
        AddPlaces(places, Root, "");
        var isAny = false;
        foreach (var error in refused)
        {
            if (!places.Remove(error.Place, out var remove))
                continue;
            remove();
            report.Drop(0, error.Place, ConfigurationImport.Refusal(error));
            isAny = true;
        }

        return isAny;
    }

    private static void AddPlaces(Dictionary<string, Action> places, OutputMap map, string parent)
    {
        foreach (var (key, value) in map.Values)
        {
            var place = Wording.Place(parent, key);
            places.TryAdd(place, () => map.Remove(key));
            if (value is OutputMap inner)
                AddPlaces(places, inner, place);
            var items = value as List<object> ?? [];
            for (var i = 0; i < items.Count; i++)
            {
                var item = items[i];
                var itemPlace = Wording.Place(place, i);
                // By identity: the items before it may be gone by then.
                places.TryAdd(itemPlace, () => items.RemoveAll(it => ReferenceEquals(it, item)));
                if (item is OutputMap mapping)
                    AddPlaces(places, mapping, itemPlace);
            }
        }
    }

    /// <summary>Whether our own models may be called like this.</summary>
    public static bool IsModelName(string name) =>
        name.Length is > 0 and <= 256 && name[0] != ' ' && name[^1] != ' ' &&
        name.All(letter => letter is >= ' ' and <= '~');
}
