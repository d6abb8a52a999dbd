using System.Globalization;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// The variables that lay themselves over one mapping of the file. Which keys there are is known only by reading, so
/// they are laid over key by key, when a key is asked for; a key keeps what it got, however often it is read. What a
/// variable holds becomes a single value, never a structure.
/// </summary>
internal sealed class VariableOverrides
{
    private readonly List<Match> _open;
    private readonly bool _isSecret;
    private readonly Dictionary<string, MappingEntry?> _laid = new(StringComparer.Ordinal);
    private readonly List<string> _applied = [];

    /// <param name="variables">Whatever is set for this mapping.</param>
    public VariableOverrides(IEnumerable<VariableOverride> variables)
        : this(variables.Select(variable => new Match(variable, Kind.Below, variable.Path)), isSecret: false)
    {
    }

    private VariableOverrides(IEnumerable<Match> open, bool isSecret)
    {
        _open = [.. open];
        _isSecret = isSecret;
    }

    private enum Kind
    {
        /// <summary>The variable is the value.</summary>
        Whole,

        /// <summary>The variable names the file that holds the value.</summary>
        File,

        /// <summary>The variable is about something below.</summary>
        Below,
    }

    /// <summary>The variables that are values of this mapping's own keys, for errors that keys make together.</summary>
    public IReadOnlyList<string> Applied => _applied;

    /// <summary>What stands under a key with the variables laid over it; null when nothing does.</summary>
    public MappingEntry? Lay(string key, MappingEntry? written, string place, ProblemList problems)
    {
        if (_laid.TryGetValue(key, out var known))
            return known;
        var here = Take(VariableOverride.Fold(key));
        var laid = written;
        if (here.Count > 0 &&
            LayOver(written?.Value, here, _isSecret || Wording.IsSecret(key), place, problems) is { } value)
        {
            if (value is ScalarNode { Variable: { } variable })
                _applied.Add(variable);
            // A section that the file has keeps its line; a value of the environment has none.
            laid = new MappingEntry(key, LineOf(value, written), value);
        }

        return _laid[key] = laid;
    }

    /// <summary>
    /// For a mapping whose keys are the user's own names: reports the variables that mean none of them, or several.
    /// </summary>
    public void Resolve(IReadOnlyCollection<string> names, string place, ProblemList problems)
    {
        foreach (var open in _open.ToList())
        {
            var fits = names.Select(name => (Name: name, Match: open.Under(VariableOverride.Fold(name))))
                .Where(fit => fit.Match is not null).ToList();
            if (fits.Exists(fit => fit.Match!.Kind != Kind.File))
                fits.RemoveAll(fit => fit.Match!.Kind == Kind.File);
            if (fits.Count == 1)
                continue;
            _open.Remove(open);
            if (fits.Count == 0)
                ReportUnknown(open, names, place, problems);
            else
                Report(open.Variable, problems, $"may mean {Wording.List(fits.Select(fit => fit.Name))} of " +
                    $"{place}: in a variable's name they are all the same; write the value into the file");
        }
    }

    /// <summary>Reports the variables whose key nobody asked for.</summary>
    public void ReportUnknown(IReadOnlyCollection<string> known, string place, ProblemList problems)
    {
        foreach (var open in _open)
            ReportUnknown(open, known, place, problems);
        _open.Clear();
    }

    /// <summary>A part of the file that is read as it stands, with what is set below it laid over it.</summary>
    public static ConfigurationNode Whole(ConfigurationNode node, string place, ProblemList problems)
    {
        if (node is not MappingNode { Overrides: { } overrides } mapping)
            return node;
        overrides.Resolve([.. mapping.Entries.Select(entry => entry.Key)], place, problems);
        return new MappingNode(mapping.Line, mapping.Size,
        [
            .. mapping.Entries.Select(entry =>
                overrides.Lay(entry.Key, entry, Wording.Place(place, entry.Key), problems)!)
                .Select(entry => entry with { Value = Whole(entry.Value, Wording.Place(place, entry.Key), problems) }),
        ]);
    }

    private static int LineOf(ConfigurationNode value, MappingEntry? written) =>
        value is ScalarNode { Variable: not null } || written is null ? ConfigurationNode.InEnvironment : written.Line;

    private List<Match> Take(string folded)
    {
        var here = new List<Match>();
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Under(folded) is not { } match)
                continue;
            here.Insert(0, match);
            _open.RemoveAt(i);
        }

        return here;
    }

    private static ConfigurationNode? LayOver(
        ConfigurationNode? written, List<Match> here, bool isSecret, string place, ProblemList problems)
    {
        written = written is ScalarNode { IsNull: true } ? null : written;
        var whole = here.Where(match => match.Kind != Kind.Below).ToList();
        if (whole.Count > 0)
            return ToScalar(whole, here, isSecret, place, problems);
        if (here.TrueForAll(match => match.Index is not null) && written is not MappingNode)
            return LayOverList(written, here, isSecret, place, problems);
        if (written is SequenceNode)
        {
            foreach (var match in here)
                Report(match.Variable, problems, $"must name an item of the list {place} by its number, from 0");
            return null;
        }

        return (written ?? new MappingNode(ConfigurationNode.InEnvironment, 1, [])) with
        {
            Overrides = new VariableOverrides(here, isSecret),
        };
    }

    private static ScalarNode ToScalar(
        List<Match> whole, List<Match> here, bool isSecret, string place, ProblemList problems)
    {
        var best = whole.MaxBy(match => match.Variable.Rank)!;
        // Below a target that is written as one text there are keys; below a list that is one there are only items.
        var below = here.Where(match => match is { Kind: Kind.Below, Index: null }).ToList();
        foreach (var other in here.Except(below).Where(match => !ReferenceEquals(match, best)))
        {
            if (other.Variable.Rank == best.Variable.Rank && !other.Variable.IsSettled)
                Report(other.Variable, problems, $"sets {place} as {best.Variable.Name} does; set one of them");
            other.Variable.IsSettled = true;
        }

        best.Variable.IsSettled = true;
        var (text, problem) = (best.Variable.Text, (string?)null);
        if (best.Kind == Kind.File)
        {
            (text, problem) = isSecret
                ? SecretFile.Read(text)
                : ("", $"may not come from a file: only secrets do; {place} is none");
        }

        if (problem is not null)
            problems.Error(ConfigurationNode.InEnvironment, best.Variable.Name, problem);
        return new ScalarNode(ConfigurationNode.InEnvironment, text, IsNull: false, isSecret, problem is not null)
        {
            IsPlain = true,
            Variable = best.Variable.Name,
            Overrides = below.Count == 0 ? null : new VariableOverrides(below, isSecret),
        };
    }

    /// <summary>Replaces items, and puts new ones behind the last.</summary>
    private static SequenceNode? LayOverList(
        ConfigurationNode? written, List<Match> here, bool isSecret, string place, ProblemList problems)
    {
        if (written is ScalarNode)
        {
            foreach (var match in here)
            {
                Report(match.Variable, problems,
                    $"names an item, but {place} is one text in the file; set it as a whole");
            }

            return null;
        }

        var items = written is SequenceNode list ? list.Items.ToList() : [];
        foreach (var group in here.GroupBy(match => match.Index!.Value).OrderBy(group => group.Key))
        {
            if (group.Key > items.Count)
            {
                foreach (var match in group)
                {
                    Report(match.Variable, problems, $"names item {group.Key} of {place}, which has " +
                        $"{items.Count}: the next one is {items.Count}");
                }

                continue;
            }

            var folded = group.Key.ToString(CultureInfo.InvariantCulture);
            var item = LayOver(group.Key < items.Count ? items[group.Key] : null,
                [.. group.Select(match => match.Under(folded)!)], isSecret, Wording.Place(place, group.Key), problems);
            if (item is null)
                continue;
            if (group.Key < items.Count)
                items[group.Key] = item;
            else
                items.Add(item);
        }

        return new SequenceNode(written?.Line ?? ConfigurationNode.InEnvironment, 1 + items.Sum(item => item.Size),
            items);
    }

    private static void ReportUnknown(
        Match open, IReadOnlyCollection<string> known, string place, ProblemList problems)
    {
        var end = open.Rest.IndexOf(VariableOverride.Separator, StringComparison.Ordinal);
        var written = end < 0 ? open.Rest : open.Rest[..end];
        var suggestion = "";
        if (!problems.IsFull && NearestName.Find(written, known) is { } nearest && open.IsUnderItsOwnName)
        {
            var better = open.Variable.Name[..^open.Rest.Length] + VariableOverride.Fold(nearest) +
                open.Rest[written.Length..];
            suggestion = $"; did you mean '{better}'?";
        }

        var where = place.Length == 0 ? "" : $" in {place}";
        var allowed = known.Count == 0 ? "there is none" : $"there are: {Wording.List(known)}";
        Report(open.Variable, problems,
            $"names {Wording.Quote(written)}, which is not known{where}{suggestion} ({allowed})");
    }

    private static void Report(VariableOverride variable, ProblemList problems, string message)
    {
        variable.IsSettled = true;
        problems.Error(ConfigurationNode.InEnvironment, variable.Name, message);
    }

    /// <summary>A variable and what of its path lies below this place.</summary>
    private sealed record Match(VariableOverride Variable, Kind Kind, string Rest)
    {
        /// <summary>The number of a list's item at the front; null when no number is.</summary>
        public int? Index
        {
            get
            {
                var end = Rest.AsSpan().IndexOfAnyExceptInRange('0', '9');
                var digits = end < 0 ? Rest : Rest[..end];
                return digits is "0" or { Length: > 0 and < 6 } and not ['0', ..] && Under(digits) is not null
                    ? int.Parse(digits, CultureInfo.InvariantCulture)
                    : null;
            }
        }

        /// <summary>Its name says its path, so that a better path makes a better name.</summary>
        public bool IsUnderItsOwnName => Variable.Name.EndsWith(Rest, StringComparison.OrdinalIgnoreCase);

        /// <summary>What it is to a key, folded; null when it is about another one.</summary>
        public Match? Under(string folded)
        {
            if (!Rest.StartsWith(folded, StringComparison.Ordinal))
                return null;
            var below = Rest[folded.Length..];
            return below switch
            {
                "" => this with { Kind = Kind.Whole, Rest = "" },
                SecretFile.Suffix => this with { Kind = Kind.File, Rest = "" },
                _ when below.Length > 2 && below.StartsWith(VariableOverride.Separator, StringComparison.Ordinal) =>
                    this with { Kind = Kind.Below, Rest = below[2..] },
                _ => null,
            };
        }
    }
}
