using System.Globalization;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>A mapping of the configuration that an import writes: keys in the order of their first use.</summary>
internal sealed class OutputMap
{
    private readonly OrderedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>Keys with a text, an <see cref="OutputMap"/> or a list of either.</summary>
    public IEnumerable<KeyValuePair<string, object>> Values =>
        _values.Where(entry => entry.Value is not OutputMap { IsEmpty: true });

    public bool IsEmpty => !Values.Any();

    /// <summary>The mapping under a key, made when there is none.</summary>
    public OutputMap At(string key)
    {
        if (!_values.TryGetValue(key, out var there))
            _values.Add(key, there = new OutputMap());
        return (OutputMap)there;
    }

    public bool Has(string key) => _values.ContainsKey(key);

    public void Remove(string key) => _values.Remove(key);

    public string? Text(string key) => _values.GetValueOrDefault(key) as string;

    /// <summary>Writes a value; null writes nothing.</summary>
    public void Set(string key, string? text)
    {
        if (text is not null)
            _values[key] = text;
    }

    public void Set(string key, bool? flag) => Set(key, flag is { } on ? on ? "true" : "false" : null);

    public void Set(string key, double? number) =>
        Set(key, number?.ToString("0.######", CultureInfo.InvariantCulture));

    public void Set(string key, OutputMap map) => _values[key] = map;

    public void Set(string key, IEnumerable<object> items) => _values[key] = items.ToList();
}
