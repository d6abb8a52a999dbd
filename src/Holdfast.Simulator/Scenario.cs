using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Scenarios;

namespace Holdfast.Simulator;

/// <summary>
/// Behaviours by provider: a JSON object with a provider's name or <c>*</c> for each. What <c>*</c> says holds for
/// every provider; a key that a provider has itself replaces that of <c>*</c>.
/// </summary>
public sealed class Scenario
{
    private readonly Behaviour _everyone;
    private readonly Dictionary<string, Behaviour> _byName;

    private Scenario(Behaviour everyone, Dictionary<string, Behaviour> byName)
    {
        _everyone = everyone;
        _byName = byName;
    }

    /// <summary>The behaviour of a provider.</summary>
    /// <param name="provider">Its name; one that the scenario doesn't have behaves as <c>*</c>.</param>
    public Behaviour For(string provider) => _byName.GetValueOrDefault(provider, _everyone);

    /// <summary>Reads a scenario file.</summary>
    /// <exception cref="ScenarioException">The file cannot be read or is not a valid scenario.</exception>
    public static Scenario Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException([$"{path}: cannot be read: {error.Message}"]);
        }

        return Parse(text, Path.GetFileName(path));
    }

    /// <summary>Reads a scenario.</summary>
    /// <param name="text">JSON; comments and trailing commas are allowed.</param>
    /// <param name="name">What the errors call it.</param>
    /// <exception cref="ScenarioException">The text is not a valid scenario; it has all the errors found.</exception>
    public static Scenario Parse(string text, string name = "scenario")
    {
        using var document = JsonPlace.ParseDocument(text, name);
        var errors = new List<string>();
        var root = new JsonPlace(document.RootElement, name, "", errors);
        var byName = new Dictionary<string, Behaviour>(StringComparer.Ordinal);
        var everyone = new Behaviour();
        if (root.ExpectObject([.. ProviderTable.Names, "*"], "provider"))
        {
            if (root.Find("*") is { } shared)
            {
                everyone = BehaviourReader.Read(shared, everyone);
            }

            foreach (var provider in root.Children().Where(child => ProviderTable.Names.Contains(child.Key)))
            {
                byName[provider.Key] = BehaviourReader.Read(provider, everyone);
            }
        }

        return errors.Count == 0 ? new Scenario(everyone, byName) : throw new ScenarioException(errors);
    }
}
