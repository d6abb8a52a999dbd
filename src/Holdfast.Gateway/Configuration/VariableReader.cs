using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Finds the variables of the environment that set keys, and lays them over a file: known ones first, those that name
/// a key by its path (<c>HOLDFAST__SECTION__KEY</c>) over them.
/// </summary>
internal sealed class VariableReader
{
    /// <summary>What the name of a variable that names a key by its path begins with.</summary>
    public const string Prefix = "HOLDFAST__";

    private const int OwnRank = 1000;
    private const int UsualRank = -1;

    // Longer than any secret or list that people pass this way; what is longer has come here by accident.
    private const int LongestValue = 65_536;

    // Each is compared with the keys of its section; more are no configuration.
    private const int MostVariables = 2_000;

    private readonly EnvironmentVariables _environment;
    private readonly IReadOnlyList<string> _names;
    private readonly ProblemList _problems;
    private List<VariableOverride> _all = [];

    private VariableReader(EnvironmentVariables environment, ProblemList problems)
    {
        _environment = environment;
        _problems = problems;
        _names = environment.Names;
    }

    /// <summary>The file with the variables laid over it, and the targets that it then names.</summary>
    /// <param name="root">The file; null when it is empty.</param>
    /// <param name="environment">Where the variables are.</param>
    /// <param name="problems">Told of what cannot be used.</param>
    public static (MappingNode? Root, VariableReader Variables, ModelTargets Targets) Lay(
        MappingNode? root, EnvironmentVariables environment, ProblemList problems)
    {
        var reader = new VariableReader(environment, problems);
        var own = reader.Own();
        // Which models there are may itself be said by a variable.
        var targets = ModelTargets.In(Over(root, own));
        reader._all =
        [
            .. reader.OfProviders(root, own), .. reader.Known(), .. reader.OfModels(targets), .. reader.Own(),
        ];
        return (Over(root, reader._all), reader, targets);
    }

    /// <summary>Reports the variables that found no key, where reading told nobody.</summary>
    public void ReportRest()
    {
        foreach (var variable in _all.Where(variable => !variable.IsSettled))
        {
            _problems.Error(ConfigurationNode.InEnvironment, variable.Name,
                "sets nothing: it names something below a single value");
        }
    }

    private static MappingNode? Over(MappingNode? root, List<VariableOverride> variables) => variables.Count == 0
        ? root
        : (root ?? new MappingNode(ConfigurationNode.InEnvironment, 1, [])) with
        {
            Overrides = new VariableOverrides(variables),
        };

    private List<VariableOverride> Own()
    {
        var own = new List<VariableOverride>();
        foreach (var name in _names.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            if (own.Count == MostVariables)
            {
                Report(name, $"is one too many: {MostVariables} variables may begin with {Prefix}");
                break;
            }

            var path = VariableOverride.Fold(name[Prefix.Length..]);
            if (path.Trim('_').Length == 0)
                Report(name, $"names no key: {Prefix}SECTION__KEY is the form");
            else if (Value(name) is { } text)
                own.Add(new VariableOverride(name, path, text, OwnRank));
        }

        return own;
    }

    private IEnumerable<VariableOverride> Known()
    {
        var set = _names.ToHashSet(StringComparer.Ordinal);
        for (var rank = 0; rank < KnownVariables.All.Count; rank++)
        {
            var known = KnownVariables.All[rank];
            var path = VariableOverride.PathOf(known.Key.Split('.'));
            if (IsSet(known.Name) && Converted(known.Name, known.Unit) is { } text)
                yield return new VariableOverride(known.Name, path, text, rank);
            var file = known.Name + SecretFile.Suffix;
            if (known.MayBeInFile() && IsSet(file) && Value(file) is { } place)
                yield return new VariableOverride(file, path + SecretFile.Suffix, place, rank);
        }

        bool IsSet(string name) => set.Contains(name) && _environment.Has(name);
    }

    /// <summary>
    /// The usual variables of the providers, where nothing else says a key. A secret is never taken from there for an
    /// address that is written: it may be somebody else's address.
    /// </summary>
    /// <param name="root">The file.</param>
    /// <param name="own">The variables that name keys by their paths.</param>
    private IEnumerable<VariableOverride> OfProviders(MappingNode? root, List<VariableOverride> own)
    {
        var set = _names.ToHashSet(StringComparer.Ordinal);
        foreach (var entry in (root?.Find("providers")?.Value as MappingNode)?.Entries ?? [])
        {
            if (entry.Value is not MappingNode provider
                || provider.Find("type")?.Value is not ScalarNode { Text: var name }
                || ProviderTypes.Find(name) is not { } type)
            {
                continue;
            }

            foreach (var (key, variables) in type.Variables.GroupBy(one => one.Key, one => one.Variable)
                .Select(group => (group.Key, group)))
            {
                var isWritten = IsWritten(key) || (key == "apiKey" && (IsWritten("apiKeys") || IsWritten("baseUrl")));
                var variable = variables.FirstOrDefault(one => set.Contains(one) && _environment.Has(one));
                if (!isWritten && variable is not null && Value(variable) is { } text)
                    yield return new VariableOverride(variable, PathOf(key), text, UsualRank);
            }

            string PathOf(string key) => VariableOverride.PathOf("providers", entry.Key, key);

            bool IsWritten(string key) => provider.Find(key) is not null
                || own.Exists(variable => variable.Path == PathOf(key)
                    || variable.Path == PathOf(key) + SecretFile.Suffix);
        }
    }

    private IEnumerable<VariableOverride> OfModels(ModelTargets targets)
    {
        foreach (var name in _names.Where(IsOfModel))
        {
            var (suffix, sets) = KnownVariables.OfModels.First(known =>
                name.EndsWith(known.Suffix, StringComparison.Ordinal));
            var model = name[KnownVariables.ModelPrefix.Length..^suffix.Length];
            var unit = sets == ModelVariable.Timeout ? VariableUnit.Milliseconds : VariableUnit.AsWritten;
            // To most tools that pass variables on, set to nothing is not set.
            if (!_environment.Has(name) || Converted(name, unit) is not { } text)
                continue;
            var paths = sets == ModelVariable.Timeout ? targets.TimeoutsOf(model) : targets.ThresholdsOf(model);
            if (paths.Count == 0)
            {
                _problems.Warn(ConfigurationNode.InEnvironment, name, "names no model of this configuration" +
                    Wording.DidYouMean(model, targets.Names.Select(VariableOverride.Fold)));
            }

            foreach (var path in paths)
                yield return new VariableOverride(name, path, text, KnownVariables.All.Count);
        }
    }

    private static bool IsOfModel(string name) =>
        name.StartsWith(KnownVariables.ModelPrefix, StringComparison.Ordinal) &&
        KnownVariables.All.All(known => known.Name != name) &&
        KnownVariables.OfModels.Any(known => name.EndsWith(known.Suffix, StringComparison.Ordinal) &&
            name.Length > KnownVariables.ModelPrefix.Length + known.Suffix.Length);

    private string? Converted(string name, VariableUnit unit)
    {
        if (Value(name) is not { } written)
            return null;
        var (text, problem) = KnownVariables.Convert(unit, written);
        if (problem is null)
            return text;
        Report(name, problem);
        return null;
    }

    /// <summary>Null when it is not usable, which is reported, or has gone since it was listed.</summary>
    private string? Value(string name)
    {
        var text = _environment.Value(name);
        if (text is null || text.Length <= LongestValue)
            return text;
        Report(name, $"is longer than {LongestValue} characters");
        return null;
    }

    private void Report(string name, string message) =>
        _problems.Error(ConfigurationNode.InEnvironment, name, message);
}
