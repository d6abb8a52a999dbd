using System.Globalization;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// The models of a file and the targets that they name, found before the file is read in earnest: variables whose
/// names hold a model's name are about them. What is wrong with them is told later, by the reading.
/// </summary>
internal sealed class ModelTargets
{
    private readonly List<Named> _targets = [];
    private readonly List<string> _models = [];

    private ModelTargets()
    {
    }

    /// <summary>The names that callers send, and the names of the providers' models.</summary>
    public IEnumerable<string> Names => _models.Concat(_targets.Select(target => target.Upstream)).Distinct();

    public static ModelTargets In(MappingNode? root)
    {
        var found = new ModelTargets();
        var unheard = new ProblemList("");
        var models = new SectionReader(root, 0, "", unheard).Section("models");
        foreach (var entry in models.Entries())
        {
            found._models.Add(entry.Key);
            var items = models.Section(entry).Items("targets");
            for (var i = 0; i < items.Count; i++)
            {
                if (Target(items[i], unheard) is var (provider, upstream))
                    found._targets.Add(new Named(entry.Key, i, provider, upstream));
            }
        }

        return found;
    }

    /// <summary>The models that targets name at a provider.</summary>
    public IEnumerable<string> UpstreamOf(string provider) =>
        _targets.Where(target => target.Provider == provider).Select(target => target.Upstream).Distinct();

    /// <summary>
    /// Where a limit goes: to the calls of the model that callers name so, else to the attempts at the targets with
    /// that model.
    /// </summary>
    /// <param name="model">As a variable's name holds it.</param>
    public IReadOnlyList<string> TimeoutsOf(string model) =>
        _models.Exists(name => VariableOverride.Fold(name) == model)
            ? [VariableOverride.PathOf("models", model, "timeouts", "call")]
            :
            [
                .. _targets.Where(target => VariableOverride.Fold(target.Upstream) == model)
                    .Select(target => VariableOverride.PathOf("models", target.Model, "targets",
                        target.Index.ToString(CultureInfo.InvariantCulture), "timeouts", "attempt")),
            ];

    /// <summary>
    /// Where a threshold goes: to the circuits of all targets of the model that callers name so, else to those with
    /// that model.
    /// </summary>
    /// <param name="model">As a variable's name holds it.</param>
    public IReadOnlyList<string> ThresholdsOf(string model)
    {
        var isRoute = _models.Exists(name => VariableOverride.Fold(name) == model);
        return
        [
            .. _targets.Where(target => VariableOverride.Fold(isRoute ? target.Model : target.Upstream) == model)
                .Select(target => VariableOverride.PathOf(
                    "providers", target.Provider, "circuitBreakers", target.Upstream, "failureThreshold"))
                .Distinct(),
        ];
    }

    private static (string Provider, string Upstream)? Target(ConfigurationNode node, ProblemList unheard)
    {
        var written = new SectionReader(node as MappingNode, 0, "", unheard);
        var (provider, upstream) = (written.Text("provider"), written.Text("model"));
        if (node is ScalarNode { Text: var text } && text.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
            (provider, upstream) = (text[..slash], text[(slash + 1)..]);
        return provider is null || upstream is null ? null : (provider, upstream);
    }

    private sealed record Named(string Model, int Index, string Provider, string Upstream);
}
