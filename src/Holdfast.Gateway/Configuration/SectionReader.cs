using System.Globalization;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// One mapping of the file, read key by key. Each read names its key, so the keys that were asked for are the known
/// ones, and <see cref="Done"/> reports the rest. A value that is wrong is reported and the fallback stands in for it;
/// a key without a value is as good as not written. Environment variables lie over the keys as they are read.
/// </summary>
internal sealed class SectionReader(MappingNode? node, int line, string place, ProblemList problems)
{
    private delegate bool TryParse<T>(string text, out T value);

    // In the order of asking, which is the order that messages list them in.
    private readonly OrderedDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>The path of this mapping.</summary>
    public string Place => place;

    /// <summary>The line of the key that holds this mapping.</summary>
    public int Line => line;

    /// <summary>Whether the file has this mapping at all.</summary>
    public bool IsWritten => node is not null;

    /// <summary>A value of this mapping was wrong, so comparing its values would tell nothing.</summary>
    public bool HasFailed { get; private set; }

    public ProblemList Problems => problems;

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Where the value of a key comes from: its path, or the variable that it is the value of.</summary>
    public string PlaceOf(string key) =>
        Laid(key)?.Value is ScalarNode { Variable: { } variable } ? variable : PathOf(key);

    public int LineOf(string key) => Laid(key)?.Line ?? line;

    public void Error(string key, string message)
    {
        HasFailed = true;
        problems.Error(LineOf(key), PlaceOf(key), message);
    }

    public void Warn(string key, string message) => problems.Warn(LineOf(key), PlaceOf(key), message);

    /// <summary>An error of the mapping as a whole.</summary>
    public void ErrorHere(string message)
    {
        HasFailed = true;
        problems.Error(line, place, message + WithVariables());
    }

    public void WarnHere(string message) => problems.Warn(line, place, message + WithVariables());

    /// <summary>A key that is known and will do something one day.</summary>
    public void WarnUnbuilt(string key) => Warn(key, "is accepted but does nothing in this version");

    /// <summary>The same, when its value is not the one that would stand there anyway.</summary>
    public void WarnUnbuilt<T>(string key, T value, T standard)
    {
        if (!EqualityComparer<T>.Default.Equals(value, standard))
            WarnUnbuilt(key);
    }

    /// <summary>The mapping under a key; an unwritten one when there is none.</summary>
    public SectionReader Section(string key)
    {
        var entry = Find(key);
        if (entry is not null and not { Value: MappingNode })
            Error(key, $"must be a mapping of keys, not a {entry.Value.Kind}");
        return new SectionReader(entry?.Value as MappingNode, LineOf(key), PathOf(key), problems);
    }

    /// <summary>The entries of a mapping whose keys are the user's own names. All of them are known.</summary>
    /// <param name="others">Names that the file needn't write: a variable may do it.</param>
    public IReadOnlyList<MappingEntry> Entries(params IEnumerable<string> others)
    {
        if (node is null)
            return [];
        List<string> names = [.. node.Entries.Select(entry => entry.Key).Union(others)];
        node.Overrides?.Resolve(names, place, problems);
        foreach (var name in names)
            _known.TryAdd(name, true);
        return [.. names.Select(Laid).OfType<MappingEntry>()];
    }

    /// <summary>The mapping of an entry of <see cref="Entries"/>; an entry without a value is an empty one.</summary>
    public SectionReader Section(MappingEntry entry)
    {
        var mapping = entry.Value as MappingNode;
        if (mapping is null && entry.Value is not ScalarNode { IsNull: true })
            Error(entry.Key, $"must be a mapping of keys, not a {entry.Value.Kind}");
        return new SectionReader(mapping, entry.Line, PathOf(entry.Key), problems);
    }

    /// <summary>The single value under a key with where it stands; null when there is none.</summary>
    public PlacedText? Placed(string key)
    {
        if (Find(key) is not { } entry)
            return null;
        if (entry.Value is ScalarNode scalar)
            return ToPlaced(scalar, entry.Line, PathOf(key));
        Error(key, $"must be a single value, not a {entry.Value.Kind}");
        return null;
    }

    public string? Text(string key, string? fallback = null)
    {
        if (Placed(key) is { } written)
            return written.Text;
        if (fallback is not null)
            Standard(key, fallback);
        return fallback;
    }

    /// <summary>Says what holds at a key that isn't written, for those who ask where a value came from.</summary>
    public void Standard(string key, string text)
    {
        if (Find(key) is null)
            problems.Values.Standard(PathOf(key), text);
    }

    /// <summary>Says that a key of this mapping has no effect, for the same people.</summary>
    public void HasNoEffect(string key) => problems.Values.Forget(PathOf(key));

    /// <summary>Says that the value of a key may hold a secret, for the same people.</summary>
    public void IsSecret(string key) => problems.Values.IsSecret(PathOf(key));

    /// <summary>Says where the values come from that this mapping doesn't write: the same keys there.</summary>
    public void InheritsFrom(params IReadOnlyList<string> parents) => problems.Values.Inherits(place, parents);

    public bool Flag(string key, bool fallback) =>
        Parse(key, fallback, "true or false", (string text, out bool value) =>
        {
            value = text == "true";
            return value || text == "false";
        });

    public long Integer(string key, long fallback, long least, long most) =>
        Parse(key, fallback, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
            (string text, out long value) =>
                long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) &&
                value >= least && value <= most);

    public int Integer(string key, int fallback, int least, int most) =>
        (int)Integer(key, (long)fallback, least, most);

    public double Number(string key, double fallback, double least, double most) =>
        Parse(key, fallback, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"),
            (string text, out double value) =>
                double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out value) && value >= least && value <= most);

    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan least, TimeSpan most) =>
        Parse(key, fallback,
            $"a duration from {DurationText.Format(least)} to {DurationText.Format(most)}, such as 500ms, 30s, 2m, 1h",
            (string text, out TimeSpan value) =>
                DurationText.TryParse(text, out value) && value >= least && value <= most);

    /// <summary>One word of a few.</summary>
    public string Word(string key, string fallback, IReadOnlyList<string> allowed)
    {
        if (Placed(key) is not { } written)
        {
            Standard(key, fallback);
            return fallback;
        }

        if (allowed.Contains(written.Text))
        {
            problems.Values.IsHarmless(PathOf(key));
            return written.Text;
        }

        Error(key, $"{written.Says("is not known here")}{DidYouMean(written, allowed)} " +
            $"(allowed: {Wording.List(allowed)})");
        return fallback;
    }

    /// <summary>
    /// The values of a list; a single value is a list of what the separators part it into (itself without any).
    /// Null when the key is not written.
    /// </summary>
    public IReadOnlyList<PlacedText>? Texts(string key, params ReadOnlySpan<char> separators)
    {
        if (Find(key) is not { } entry)
            return null;
        if (entry.Value is ScalarNode)
            return Placed(key) is { } one ? Parts(one, separators) : [];
        if (entry.Value is not SequenceNode list)
        {
            Error(key, $"must be a list, not a {entry.Value.Kind}");
            return [];
        }

        if (list.Items.Count == 0)
            problems.Values.Written(PathOf(key), entry.Line, "[]");
        var texts = new List<PlacedText>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPlace = Wording.Place(PathOf(key), i);
            if (list.Items[i] is not ScalarNode scalar)
                Report(list.Items[i].Line, itemPlace, $"must be a single value, not a {list.Items[i].Kind}");
            else if (ToPlaced(scalar, scalar.Line, itemPlace) is { } text)
                texts.Add(text);
        }

        return texts;
    }

    /// <summary>The items of a list, of whatever kind; empty when there is none.</summary>
    public IReadOnlyList<ConfigurationNode> Items(string key)
    {
        if (Find(key) is not { } entry)
            return [];
        if (entry.Value is SequenceNode list)
            return list.Items;
        Error(key, $"must be a list, not a {entry.Value.Kind}");
        return [];
    }

    /// <summary>Whatever stands under a key; null when it is not written.</summary>
    public ConfigurationNode? Node(string key)
    {
        if (Find(key) is not { } entry)
            return null;
        problems.Values.Written(PathOf(key), entry.Line, $"(a {entry.Value.Kind})");
        return VariableOverrides.Whole(entry.Value, PathOf(key), problems);
    }

    /// <summary>A value with its place; null when its variables could not be filled in, which was reported.</summary>
    public PlacedText? ToPlaced(ScalarNode scalar, int scalarLine, string scalarPlace)
    {
        if (!scalar.IsBroken)
        {
            problems.Values.Written(scalarPlace, scalar);
            return scalar.Variable is { } variable
                ? new PlacedText(scalar.Text, ConfigurationNode.InEnvironment, variable, scalar.IsHidden)
                : new PlacedText(scalar.Text, scalarLine, scalarPlace, scalar.IsHidden);
        }

        HasFailed = true;
        return null;
    }

    /// <summary>An error at a place inside this mapping.</summary>
    public void Report(int errorLine, string errorPlace, string message)
    {
        HasFailed = true;
        problems.Error(errorLine, errorPlace, message);
    }

    /// <summary>
    /// Reports the keys that nobody asked for. <paramref name="reasons"/> has those worth an explanation.
    /// </summary>
    public void Done(params ReadOnlySpan<(string Key, string Reason)> reasons)
    {
        if (node is null || !problems.IsFirstVisit(node, place))
            return;
        foreach (var entry in node.Entries)
        {
            if (_known.ContainsKey(entry.Key))
                continue;
            string? reason = null;
            foreach (var (key, why) in reasons)
                reason = key == entry.Key ? why : reason;
            Error(entry.Key, reason ??
                $"is not known here{DidYouMean(entry.Key, _known.Keys)} (allowed: {Wording.List(_known.Keys)})");
        }

        node.Overrides?.ReportUnknown(_known.Keys, place, problems);
    }

    /// <summary>A suggestion, where the value may be shown.</summary>
    public string DidYouMean(PlacedText written, IEnumerable<string> names) =>
        written.IsHidden ? "" : DidYouMean(written.Text, names);

    // Past the most problems that are kept, looking for suggestions would only take time.
    private string DidYouMean(string written, IEnumerable<string> names) =>
        problems.IsFull ? "" : Wording.DidYouMean(written, names);

    private MappingEntry? Find(string key)
    {
        _known.TryAdd(key, true);
        return Laid(key) is { Value: not ScalarNode { IsNull: true } } entry ? entry : null;
    }

    /// <summary>What stands under a key, variables laid over it.</summary>
    private MappingEntry? Laid(string key)
    {
        var written = node?.Find(key);
        return node?.Overrides is { } overrides ? overrides.Lay(key, written, PathOf(key), problems) : written;
    }

    private string PathOf(string key) => Wording.Place(place, key);

    private string WithVariables() => node?.Overrides is { Applied: { Count: > 0 } applied }
        ? $" (set here: {Wording.List(applied)})"
        : "";

    private T Parse<T>(string key, T fallback, string expected, TryParse<T> parse)
    {
        if (Placed(key) is not { } written)
        {
            Standard(key, Written(fallback));
            return fallback;
        }

        if (parse(written.Text, out var value))
        {
            problems.Values.IsHarmless(PathOf(key));
            return value;
        }

        Error(key, written.Says($"is not {expected}"));
        return fallback;
    }

    /// <summary>A value as the file would write it.</summary>
    private static string Written<T>(T value) => value switch
    {
        TimeSpan duration => DurationText.Format(duration),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static List<PlacedText> Parts(PlacedText whole, ReadOnlySpan<char> separators)
    {
        if (separators.IsEmpty)
            return whole.Text.Length == 0 ? [] : [whole];
        var parts = whole.Text.Split(separators.ToArray(),
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. parts.Select(part => whole with { Text = part })];
    }
}

/// <summary>A single value and where it stands.</summary>
/// <param name="Text">The value.</param>
/// <param name="Line">Its line.</param>
/// <param name="Place">Its path.</param>
/// <param name="IsHidden">No message may show it.</param>
internal sealed record PlacedText(string Text, int Line, string Place, bool IsHidden)
{
    /// <summary>A sentence about the value, which shows it where that is allowed.</summary>
    public string Says(string what) => IsHidden ? $"{what} (value not shown)" : $"{Wording.Quote(Text)} {what}";
}
