using System.Globalization;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// One mapping of the source, read key by key. Reading a key takes responsibility for it; what nobody has read
/// <see cref="Rest"/> puts into the report, so that nothing is lost in silence.
/// </summary>
internal sealed class SourceSection(MappingNode? node, int line, string place, ImportSource source)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public string Place => place;

    public int Line => line;

    public ImportSource Source => source;

    public bool IsWritten => node is not null;

    /// <summary>The keys with a value.</summary>
    public IEnumerable<string> Keys =>
        node?.Entries.Where(entry => !IsNull(entry)).Select(entry => entry.Key) ?? [];

    public bool Has(string key) => Find(key) is not null;

    public string PlaceOf(string key) => Wording.Place(place, Find(key)?.Key ?? key);

    public int LineOf(string key) => Find(key)?.Line ?? line;

    /// <summary>Whether it is there and is a mapping, which tells shapes apart before anything is read.</summary>
    public bool HasMapping(string key) => Find(key)?.Value is MappingNode;

    /// <summary>An unwritten one when there is none.</summary>
    public SourceSection Section(string key)
    {
        var entry = Take(key);
        if (entry is not null and not { Value: MappingNode })
            Wrong(key, $"must be a mapping of keys, not a {entry.Value.Kind}");
        return new SourceSection(entry?.Value as MappingNode, LineOf(key), PlaceOf(key), source);
    }

    /// <summary>Whether it is there and is a list.</summary>
    public bool HasList(string key) => Find(key)?.Value is SequenceNode;

    /// <summary>The items of a list; empty when there is none. What is no list counts as a list of one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="takesOne">The source's own program takes a single item too, so there is nothing to say.</param>
    public IReadOnlyList<SourceItem> Items(string key, bool takesOne = false)
    {
        if (Take(key) is not { } entry)
            return [];
        if (entry.Value is SequenceNode list)
            return [.. list.Items.Select((item, i) => new SourceItem(item, Wording.Place(PlaceOf(key), i), source))];
        if (!takesOne)
            Change(key, "is no list; it was read as a list of one");
        return [new SourceItem(entry.Value, PlaceOf(key), source)];
    }

    /// <summary>The single texts of a list, as they stand there.</summary>
    public IReadOnlyList<string> Words(string key) =>
        [.. Items(key).Select(item => item.Text()).OfType<string>()];

    /// <summary>The value as the source writes it; null when there is none. It may be a secret.</summary>
    public string? Raw(string key)
    {
        if (Take(key) is not { } entry)
            return null;
        if (entry.Value is ScalarNode scalar)
            return scalar.Text;
        Wrong(key, $"must be a single value, not a {entry.Value.Kind}");
        return null;
    }

    /// <summary>The value as our configuration writes it: variables of the environment in our form.</summary>
    /// <param name="key">The key.</param>
    /// <param name="sample">What a variable there could hold.</param>
    public string? Text(string key, string sample = "value")
    {
        if (Raw(key) is not { } raw)
            return null;
        return source.Variable(raw, LineOf(key), PlaceOf(key), sample) ?? source.Literal(raw);
    }

    /// <summary>A secret: always a variable, never its value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="name">The variable's name, where the source has the secret itself.</param>
    public string? Secret(string key, string name) =>
        Raw(key) is { } raw ? source.Secret(raw, LineOf(key), PlaceOf(key), name) : null;

    public bool? Flag(string key)
    {
        var raw = Raw(key);
        switch (raw?.ToLowerInvariant())
        {
            case null:
                return null;
            case "true" or "yes" or "on" or "1":
                return true;
            case "false" or "no" or "off" or "0":
                return false;
            case { } when source.Variable(raw!, LineOf(key), PlaceOf(key), "true", isWanted: false) is not null:
                Drop(key, "is true or false by a variable, which the import doesn't know", "write it by hand");
                return null;
            default:
                Wrong(key, "must be true or false (value not shown)");
                return null;
        }
    }

    /// <summary>
    /// A number from 0. Null when there is none, or none that could be written: what comes from a variable cannot be
    /// calculated with.
    /// </summary>
    public double? Number(string key, double most = 1_000_000_000, double least = 0)
    {
        if (Raw(key) is not { } raw)
            return null;
        if (source.Variable(raw, LineOf(key), PlaceOf(key), "1", isWanted: false) is not null)
        {
            Drop(key, "is a number from a variable, which the import doesn't know", "write the number by hand");
            return null;
        }

        if (!double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ||
            !double.IsFinite(number) || number < 0)
        {
            Wrong(key, "must be a number, 0 or more (value not shown)");
            return null;
        }

        var bounded = Math.Clamp(number, least, most);
        if (bounded != number)
        {
            Change(key, string.Create(CultureInfo.InvariantCulture,
                $"is outside of what is allowed here, {least} to {most}; it became {bounded}"));
        }

        return bounded;
    }

    /// <summary>A whole number from 0.</summary>
    public double? Whole(string key, double most = 1_000_000, double least = 0)
    {
        var number = Number(key, most, least);
        if (number is null || number == Math.Floor(number.Value))
            return number;
        Wrong(key, "must be a whole number");
        return null;
    }

    /// <summary>A duration in our form.</summary>
    /// <param name="key">The key.</param>
    /// <param name="unit">What a plain number counts: <c>s</c> or <c>ms</c>.</param>
    /// <param name="most">Longer ones are shortened, and the report says so. Default: one day.</param>
    /// <param name="least">Shorter ones are prolonged alike.</param>
    public string? Duration(string key, string unit, TimeSpan? most = null, TimeSpan least = default)
    {
        if (Raw(key) is not { } raw)
            return null;
        if (source.Variable(raw, LineOf(key), PlaceOf(key), "1") is { } variable)
            return WithUnit(key, variable, unit);
        var isPlain = double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        TimeSpan duration;
        if (isPlain && number is >= 0 and <= 1e10)
            duration = TimeSpan.FromMilliseconds(Math.Round(unit == "s" ? number * 1000 : number, 3));
        else if (isPlain || !DurationText.TryParse(raw, out duration))
            return WrongDuration(key, unit);
        var longest = most ?? TimeSpan.FromDays(1);
        var bounded = duration > longest ? longest : duration < least ? least : duration;
        if (bounded != duration)
        {
            Change(key, $"is outside of what is allowed here, {DurationText.Format(least)} to " +
                $"{DurationText.Format(longest)}; it became {DurationText.Format(bounded)}");
        }

        return DurationText.Format(bounded);
    }

    /// <summary>Puts a key into the report: it has no counterpart.</summary>
    public void Drop(string key, string what, string? instead = null)
    {
        if (Take(key) is not null)
            source.Report.Drop(LineOf(key), PlaceOf(key), what, instead);
    }

    /// <summary>Puts a key into the report: it is in the result, and means something slightly else there.</summary>
    public void Change(string key, string what, string? instead = null)
    {
        if (Take(key) is not null)
            source.Report.Change(LineOf(key), PlaceOf(key), what, instead);
    }

    /// <summary>A key that the result needs no counterpart of, because it is so anyway.</summary>
    public void Known(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            Take(key);
    }

    /// <summary>Puts everything that was not read into the report.</summary>
    /// <param name="hints">What is known of such keys: what they are, and what to do instead.</param>
    public void Rest(IReadOnlyDictionary<string, DropHint> hints)
    {
        foreach (var entry in node?.Entries ?? [])
        {
            if (_read.Contains(entry.Key) || IsNull(entry))
                continue;
            var hint = hints.GetValueOrDefault(entry.Key) ?? new DropHint("has no counterpart");
            source.Report.Drop(entry.Line, Wording.Place(place, entry.Key), hint.What, hint.Instead);
        }
    }

    /// <summary>Puts every key into the report of which nothing was said; why was said before.</summary>
    public void LeaveOut(string what)
    {
        foreach (var key in Keys.Where(key => !source.Report.Has(PlaceOf(key))).ToList())
            Drop(key, what);
    }

    /// <summary>Puts a key into the report: its value is none that it can have, and the result has none.</summary>
    public void Wrong(string key, string message) => Drop(key, message);

    /// <summary>Puts a key into the report, and takes all keys beside it for said with it.</summary>
    public void WrongWithAll(string key, string message, string? instead = null)
    {
        Drop(key, message, instead);
        Known([.. Keys]);
    }

    private string? WithUnit(string key, string variable, string unit)
    {
        var standard = variable.IndexOf(":-", StringComparison.Ordinal);
        if (standard < 0 || double.TryParse(variable.AsSpan((standard + 2)..^1), CultureInfo.InvariantCulture, out _))
            return variable + unit;
        Drop(key, "is a duration from a variable, which the import doesn't know", "write the duration by hand");
        return null;
    }

    private string? WrongDuration(string key, string unit)
    {
        Wrong(key, $"must be a duration: a number of {(unit == "s" ? "seconds" : "milliseconds")}, or such as 500ms, " +
            "30s, 2m (value not shown)");
        return null;
    }

    private MappingEntry? Take(string key)
    {
        var entry = Find(key);
        _read.Add(entry?.Key ?? key);
        return entry;
    }

    private MappingEntry? Find(string key)
    {
        var entry = node?.Find(key) is { } exact && !IsNull(exact) ? exact : null;
        return entry is null && source.TakesCamelCase && node?.Find(CamelCase(key)) is { } other && !IsNull(other)
            ? other
            : entry;
    }

    private static bool IsNull(MappingEntry entry) => entry.Value is ScalarNode { IsNull: true };

    private static string CamelCase(string key) => string.Concat(key.Split('_')
        .Select((word, i) => i == 0 || word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>An item of a list of the source.</summary>
internal sealed class SourceItem(ConfigurationNode node, string place, ImportSource source)
{
    public string Place => place;

    public int Line => node.Line;

    public bool IsMapping => node is MappingNode;

    /// <summary>Null when it is no mapping, which is reported.</summary>
    public SourceSection? Section()
    {
        if (node is MappingNode mapping)
            return new SourceSection(mapping, node.Line, place, source);
        source.Report.Drop(node.Line, place, $"must be a mapping of keys, not a {node.Kind}");
        return null;
    }

    /// <summary>Null when it is no single value, which is reported.</summary>
    public string? Text()
    {
        if (node is ScalarNode scalar)
            return scalar.Text;
        source.Report.Drop(node.Line, place, $"must be a single value, not a {node.Kind}");
        return null;
    }
}

/// <summary>What is known of a key without a counterpart.</summary>
/// <param name="What">What it is or does, as the rest of a sentence about it.</param>
/// <param name="Instead">What to do; null when there is nothing.</param>
internal sealed record DropHint(string What, string? Instead = null);
