namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Names of environment variables: those that the source uses itself, and those that its secrets get. What the source
/// uses must all be known before the first secret gets a name, or two keys would become one.
/// </summary>
internal sealed class VariableNames
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _bySecret = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>The source means this variable; no secret may get its name.</summary>
    public void Use(string name) => _used.Add(name);

    /// <summary>The variable of a secret, always the same one: the name wished for, or that with a number.</summary>
    public string Of(string secret, string name)
    {
        if (_bySecret.TryGetValue(secret, out var own))
            return own;
        own = name;
        while (_used.Contains(own) || !_given.Add(own))
        {
            // Counting on from the last one: a source may have thousands of keys.
            var number = _numbers[name] = _numbers.GetValueOrDefault(name, 1) + 1;
            own = $"{name}_{number}";
        }

        _bySecret.Add(secret, own);
        return own;
    }

    /// <summary>Takes back what secrets got and keeps what the source uses: the next reading knows all of it.</summary>
    public void Restart()
    {
        _given.Clear();
        _bySecret.Clear();
        _numbers.Clear();
    }
}
