using System.Collections;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// The environment as a configuration sees it: the value of one variable, and the names of all of them. Some variables
/// are found by the form of their names, so values alone would not do.
/// </summary>
internal sealed class EnvironmentVariables
{
    /// <summary>No variable is set.</summary>
    public static readonly EnvironmentVariables None = Of(_ => null);

    /// <summary>Those of this process.</summary>
    public static readonly EnvironmentVariables OfProcess = new(Environment.GetEnvironmentVariable,
        () => [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key)]);

    private readonly Func<string, string?> _value;
    private readonly Func<IReadOnlyCollection<string>> _names;

    private EnvironmentVariables(Func<string, string?> value, Func<IReadOnlyCollection<string>> names)
    {
        _value = value;
        _names = names;
    }

    /// <summary>Sorted, so that what is said about them comes in the same order every time.</summary>
    public IReadOnlyList<string> Names => [.. _names().Order(StringComparer.Ordinal)];

    /// <summary>These and no others.</summary>
    public static EnvironmentVariables Of(IReadOnlyDictionary<string, string> values) =>
        new(values.GetValueOrDefault, () => [.. values.Keys]);

    /// <summary>Only what a file asks for by name: nothing else lays itself over the file.</summary>
    public static EnvironmentVariables Of(Func<string, string?> value) => new(value, () => []);

    /// <summary>Null when it is not set.</summary>
    public string? Value(string name) => _value(name);

    /// <summary>Set, and not to nothing: how most tools that pass variables on say that they have none.</summary>
    public bool Has(string name) => !string.IsNullOrEmpty(_value(name));
}
