using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Reads another gateway's YAML. Unlike our own it may merge mappings (<c>&lt;&lt;</c>), and <c>${NAME}</c> has no
/// meaning in it. As safe as our own: depth and number of nodes are bounded while reading.
/// </summary>
internal sealed class SourceYaml
{
    private readonly Parser _parser;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, ConfigurationNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private SourceYaml(string text, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        _problems = problems;
    }

    /// <summary>The document's node; null when it is empty.</summary>
    /// <exception cref="SourceException">It is no YAML, or too much of it.</exception>
    public static ConfigurationNode? Read(string text, ProblemList problems)
    {
        try
        {
            return new SourceYaml(text, problems).ReadDocument();
        }
        catch (YamlException broken)
        {
            var line = LineOf(broken, text.TrimEnd().Split('\n'));
            throw new SourceException(line, $"is not YAML: {broken.Message.TrimEnd('.')}");
        }
    }

    /// <summary>
    /// Where to look. The end of the text is a line that no editor shows, and a tab is complained about at the line
    /// before it, which looks right.
    /// </summary>
    private static int LineOf(YamlException broken, string[] lines)
    {
        var line = Math.Clamp((int)broken.Start.Line, 1, lines.Length);
        if (!broken.Message.Contains(" tab ", StringComparison.Ordinal))
            return line;
        var withTab = Array.FindIndex(lines, line - 1, it => it[..^it.TrimStart().Length].Contains('\t'));
        return withTab < 0 ? line : withTab + 1;
    }

    private ConfigurationNode? ReadDocument()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
            return null;
        Next();
        var root = ReadNode("", depth: 0);
        Next();
        return _parser.Current is StreamEnd
            ? root
            : throw new SourceException(Line(), "holds more than one document ('---'); only one is allowed");
    }

    private ConfigurationNode ReadNode(string place, int depth)
    {
        if (depth > SourceLimits.DeepestLevel)
            throw SourceLimits.TooDeep(Line());
        Count(1);
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                if (!_anchors.TryGetValue(alias.Value.Value, out var node))
                    throw new SourceException(Line(), "has an alias ('*…') without a complete anchor above it");
                Count(node.Size - 1);
                Next();
                return node;
            case NodeEvent tagged when !tagged.Tag.IsEmpty:
                throw new SourceException(Line(), "has a tag ('!…'); tags are not allowed");
            case Scalar scalar:
                return Keep(scalar, ReadScalar(scalar));
            case SequenceStart start:
                return Keep(start, ReadSequence(place, depth));
            case MappingStart start:
                return Keep(start, ReadMapping(place, depth));
            default:
                throw new SourceException(Line(), "is not YAML: a value is missing");
        }
    }

    private ScalarNode ReadScalar(Scalar scalar)
    {
        var line = Line();
        var isNull = scalar is { IsPlainImplicit: true, Style: ScalarStyle.Plain } &&
            scalar.Value is "" or "~" or "null" or "Null" or "NULL";
        Next();
        return new ScalarNode(line, scalar.Value, isNull, IsHidden: true, IsBroken: false);
    }

    private SequenceNode ReadSequence(string place, int depth)
    {
        var line = Line();
        var items = new List<ConfigurationNode>();
        Next();
        while (_parser.Current is not SequenceEnd)
            items.Add(ReadNode(Wording.Place(place, items.Count), depth + 1));
        Next();
        return new SequenceNode(line, 1 + items.Sum(item => item.Size), items);
    }

    private MappingNode ReadMapping(string place, int depth)
    {
        var line = Line();
        var entries = new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal);
        var merged = new List<MappingEntry>();
        Next();
        while (_parser.Current is not MappingEnd)
        {
            if (_parser.Current is not Scalar { Tag.IsEmpty: true } key)
                throw new SourceException(Line(), $"{place}: has a key that is no plain text");
            var keyLine = Line();
            Count(1);
            Next();
            var keyPlace = Wording.Place(place, key.Value);
            var value = ReadNode(keyPlace, depth + 1);
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
                merged.AddRange(Merged(value, keyLine, keyPlace));
            else if (!entries.TryAdd(key.Value, new MappingEntry(key.Value, keyLine, value)))
                _problems.Error(keyLine, keyPlace, $"is written twice (first on line {entries[key.Value].Line})");
        }

        Next();
        // What is written here counts more than what is merged in, wherever the merge stands.
        foreach (var entry in merged)
            entries.TryAdd(entry.Key, entry);
        return new MappingNode(line, 1 + entries.Values.Sum(entry => 1 + entry.Value.Size), [.. entries.Values]);
    }

    private IReadOnlyList<MappingEntry> Merged(ConfigurationNode value, int line, string place)
    {
        switch (value)
        {
            case MappingNode mapping:
                return mapping.Entries;
            case SequenceNode list when list.Items.All(item => item is MappingNode):
                return [.. list.Items.SelectMany(item => ((MappingNode)item).Entries)];
            default:
                _problems.Error(line, place, "must merge a mapping, or a list of them");
                return [];
        }
    }

    private ConfigurationNode Keep(NodeEvent node, ConfigurationNode read)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor.Value] = read;
        return read;
    }

    private void Count(int nodes)
    {
        _nodes += nodes;
        if (_nodes > SourceLimits.MostNodes)
            throw SourceLimits.TooMany(Line());
    }

    private int Line() => (int)(_parser.Current?.Start.Line ?? 0);

    private void Next()
    {
        var hasNext = false;
        try
        {
            hasNext = _parser.MoveNext();
        }
        catch (Exception failure) when (failure is not YamlException)
        {
            // The parser doesn't know all of its own errors; some text makes it stumble over itself.
            throw new SourceException(Line(), "is not YAML, somewhere after this line");
        }

        if (!hasNext)
            throw new SourceException(Line(), "is not YAML: it ends too early");
    }
}
