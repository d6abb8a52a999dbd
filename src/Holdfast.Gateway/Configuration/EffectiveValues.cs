namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Every value that reading a configuration came upon, with where it came from. Sections are read several times where
/// others inherit from them; what was found first at a place is what counts there.
/// </summary>
/// <param name="file">The file's name.</param>
internal sealed class EffectiveValues(string file)
{
    private readonly OrderedDictionary<string, Found> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _parents = new(StringComparer.Ordinal);

    /// <summary>A value that the file or a variable writes.</summary>
    public void Written(string key, ScalarNode value)
    {
        var source = value.Variable is { } variable
            ? new ValueSource(ValueSourceKind.Environment, null, null, [variable], null)
            : new ValueSource(ValueSourceKind.File, file, value.Line, value.References, null);
        _found[key] = new Found(value.Text, value.IsHidden && value.Text.Length > 0, source);
    }

    /// <summary>Something that the file writes and that is no single value, in a few words.</summary>
    public void Written(string key, int line, string text) =>
        _found[key] = new Found(text, false, new ValueSource(ValueSourceKind.File, file, line, [], null));

    /// <summary>It is a number, a duration or one of a few words: no secret, wherever it came from.</summary>
    public void IsHarmless(string key)
    {
        if (_found.TryGetValue(key, out var found) && found.IsHidden)
            _found[key] = found with { IsHidden = false };
    }

    /// <summary>It may hold a secret, though the key's name doesn't say so.</summary>
    public void IsSecret(string key)
    {
        if (_found.TryGetValue(key, out var found))
            _found[key] = found with { IsHidden = true };
    }

    /// <summary>What holds at a key that nobody writes.</summary>
    public void Standard(string key, string text) => _found.TryAdd(key,
        new Found(text, false, new ValueSource(ValueSourceKind.Default, null, null, [], null)));

    /// <summary>What isn't written below a place is the same key's value below these, the first that has it.</summary>
    public void Inherits(string place, params IReadOnlyList<string> parents) => _parents.TryAdd(place, parents);

    /// <summary>Nothing is in force there, whatever is written.</summary>
    public void Forget(string key) => _found.Remove(key);

    /// <summary>In the order of reading, which is about that of the documentation.</summary>
    public IReadOnlyList<EffectiveValue> List()
    {
        var values = new List<EffectiveValue>();
        foreach (var (key, found) in _found)
        {
            var (place, below) = Inheriting(key);
            var isOwn = found.Source.Kind != ValueSourceKind.Default || place is null;
            values.Add(isOwn ? ToValue(key, found) : Inherited(key, found, _parents[place!], below));
        }

        return values;
    }

    private EffectiveValue Inherited(string key, Found own, IReadOnlyList<string> parents, string below)
    {
        foreach (var parent in parents)
        {
            var from = $"{parent}.{below}";
            if (_found.TryGetValue(from, out var found) && found.Source.Kind != ValueSourceKind.Default)
                return ToValue(key, found with { Source = found.Source with { InheritedFrom = from } });
        }

        return ToValue(key, own);
    }

    private static EffectiveValue ToValue(string key, Found found) =>
        new(key, found.IsHidden ? null : found.Text, found.Source);

    /// <summary>The nearest place above a key that inherits, and the rest of the key.</summary>
    private (string? Place, string Below) Inheriting(string key)
    {
        for (var end = key.LastIndexOf('.'); end > 0; end = key.LastIndexOf('.', end - 1))
        {
            if (_parents.ContainsKey(key[..end]))
                return (key[..end], key[(end + 1)..]);
        }

        return (null, key);
    }

    private sealed record Found(string Text, bool IsHidden, ValueSource Source);
}
