using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Holdfast.DependencyInjection;

/// <summary>
/// A section of the configuration, read strictly: a value of the wrong kind and a key that nobody knows are problems,
/// and all of them are collected, each as <c>where: what: what is allowed</c>. Keys are the names of the options'
/// properties, in any case. It reads by reflection: when you trim, keep the options' properties.
/// </summary>
public sealed class OptionsSection
{
    private readonly IConfiguration? _section;

    /// <summary>Makes one.</summary>
    /// <param name="section">The section; null for one that is not there.</param>
    /// <param name="place">Where it is, as problems call it.</param>
    /// <param name="problems">Gets what is wrong.</param>
    /// <exception cref="ArgumentNullException">Place or problems are null.</exception>
    public OptionsSection(IConfiguration? section, string place, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(problems);
        (_section, Place, Problems) = (section, place, problems);
    }

    /// <summary>Where it is, as <c>Holdfast.Operations.ask</c>.</summary>
    public string Place { get; }

    /// <summary>What is wrong so far.</summary>
    public ICollection<string> Problems { get; }

    /// <summary>Its keys, as they are written.</summary>
    public IEnumerable<string> Keys => _section?.GetChildren().Select(child => child.Key) ?? [];

    /// <summary>A section within it, there or not.</summary>
    /// <param name="key">Its key.</param>
    public OptionsSection Child(string key) =>
        new(_section?.GetSection(key), Place.Length == 0 ? key : $"{Place}.{key}", Problems);

    /// <summary>Makes problems of the keys that aren't among these.</summary>
    /// <param name="known">All keys it may have.</param>
    /// <exception cref="ArgumentNullException">The keys are null.</exception>
    public void Allow(IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        foreach (var key in Keys.Where(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)))
        {
            var meant = NearestName.Find(key, known) is { } name ? $", did you mean {name}" : "";
            var allowed = known.Count == 0 ? "nothing here" : $"one of {string.Join(", ", known)}";
            Problems.Add($"{Child(key).Place}: unknown{meant}: {allowed}");
        }
    }

    /// <summary>
    /// Options with what the section says of them; what it doesn't mention stays. Numbers, true and false, text, words
    /// of enumerations and lists of them, durations (<c>00:00:30</c>, <c>30s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>)
    /// and options within options can be read. It doesn't ask the options for their own problems.
    /// </summary>
    /// <typeparam name="TOptions">A record.</typeparam>
    /// <param name="options">What holds where the section says nothing. It is not changed.</param>
    /// <param name="except">Properties that the section may not set. Null: it may set all that can be read.</param>
    /// <param name="besides">Keys that somebody else reads. Null: none.</param>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    public TOptions Read<TOptions>(TOptions options, IReadOnlyCollection<string>? except = null,
        IReadOnlyCollection<string>? besides = null)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(options);
        return (TOptions)Read(options, options.GetType(), except ?? [], besides ?? []);
    }

    private object Read(
        object options, Type type, IReadOnlyCollection<string> except, IReadOnlyCollection<string> besides)
    {
        if (IsOneValue("a section with keys of its own"))
            return options;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && ValueText.CanRead(property.PropertyType))
            .Where(property => !except.Contains(property.Name)).ToList();
        Allow([.. properties.Select(property => property.Name), .. besides]);
        // What a record's `with` does.
        var read = type.GetMethod("<Clone>$")?.Invoke(options, null)
            ?? throw new ArgumentException($"{type.Name}: no record", nameof(options));
        foreach (var property in properties)
        {
            if (Keys.Contains(property.Name, StringComparer.OrdinalIgnoreCase)
                && Child(property.Name).Value(property.PropertyType, property.GetValue(options)) is { } value)
                property.SetValue(read, value);
        }

        return read;
    }

    // An empty value is how some sources write an empty section or list.
    private bool IsOneValue(string allowed)
    {
        if (_section is not IConfigurationSection { Value: { Length: > 0 } text } || Keys.Any())
            return false;
        Problems.Add($"{Place}: '{text}': {allowed}");
        return true;
    }

    private object? Value(Type type, object? before)
    {
        var text = (_section as IConfigurationSection)?.Value;
        if (ValueText.ListOf(type) is not null && IsOneValue("a list: keys 0, 1, …"))
            return null;
        if (ValueText.IsOptions(type))
            return Read(before ?? Activator.CreateInstance(type)!, type, [], []);
        if (ValueText.ListOf(type) is { } item)
        {
            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
            foreach (var key in Keys)
            {
                if (Child(key).Value(item, null) is { } value)
                    list.Add(value);
            }

            return list;
        }

        if (ValueText.TryRead(type, text, out var plain, out var allowed))
            return plain;
        Problems.Add($"{Place}: {(text is null ? "no value" : $"'{text}'")}: {allowed}");
        return null;
    }
}
