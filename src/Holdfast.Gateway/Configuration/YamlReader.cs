using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Turns YAML into nodes of ours, safely for any input: depth and number of nodes are bounded while reading (an alias
/// counts as the copy it stands for, so it cannot explode later), keys are unique, tags have no meaning here.
/// </summary>
internal sealed class YamlReader
{
    private const int DeepestLevel = 32;
    private const int MostNodes = 100_000;

    // How many more levels of keys may appear in messages; at 0 values are secrets.
    private const int AllLevels = int.MaxValue / 2;

    private readonly Parser _parser;
    private readonly EnvironmentText _environment;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, ConfigurationNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string text, EnvironmentText environment, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        _environment = environment;
        _problems = problems;
    }

    /// <summary>The file's mapping; null when it is empty, or when it is broken, which is reported.</summary>
    public static MappingNode? Read(string text, EnvironmentText environment, ProblemList problems)
    {
        try
        {
            return new YamlReader(text, environment, problems).ReadDocument();
        }
        catch (UnusableYamlException unusable)
        {
            problems.Error(unusable.Line, "", unusable.Message);
        }
        catch (YamlException broken)
        {
            var lines = text.TrimEnd().Split('\n');
            var line = LineOf(broken, lines);
            // Where most people trip: '{' means something to YAML inside '{ }' and '[ ]'.
            var hint = lines[line - 1].Contains("${", StringComparison.Ordinal)
                ? "; inside '{ }' and '[ ]', '${…}' must be in quotes"
                : "";
            problems.Error(line, "", $"is not YAML: {broken.Message.TrimEnd('.')}{hint}");
        }

        return null;
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

    private MappingNode? ReadDocument()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
            return null;
        Next();
        var root = ReadNode("", AllLevels, depth: 0);
        // Past the document's end.
        Next();
        if (_parser.Current is not StreamEnd)
            throw new UnusableYamlException(Line(), "holds more than one document ('---'); only one is allowed");
        switch (root)
        {
            case MappingNode mapping:
                return mapping;
            case ScalarNode { IsNull: true }:
                return null;
            default:
                _problems.Error(root.Line, "", $"must be a mapping of keys, not a {root.Kind}");
                return null;
        }
    }

    /// <summary>Reads the node at the current event and moves to the event after it.</summary>
    private ConfigurationNode ReadNode(string place, int shown, int depth)
    {
        if (depth > DeepestLevel)
            throw new UnusableYamlException(Line(), $"is nested deeper than {DeepestLevel} levels");
        Count(1);
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                return ReadAlias(alias);
            case NodeEvent tagged when !tagged.Tag.IsEmpty:
                throw new UnusableYamlException(Line(), "has a tag ('!…'); tags are not allowed");
            case Scalar scalar:
                return Keep(scalar, ReadScalar(scalar, place, shown));
            case SequenceStart start:
                return Keep(start, ReadSequence(place, shown, depth));
            case MappingStart start:
                return Keep(start, ReadMapping(place, shown, depth));
            default:
                throw new UnusableYamlException(Line(), "is not YAML: a value is missing");
        }
    }

    private ConfigurationNode ReadAlias(AnchorAlias alias)
    {
        // Anchors are known only once their node is complete, so an alias inside its own anchor ends here too.
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
            throw new UnusableYamlException(Line(), "has an alias ('*…') without a complete anchor above it");
        Count(node.Size - 1);
        Next();
        return node;
    }

    private ScalarNode ReadScalar(Scalar scalar, string place, int shown)
    {
        var line = Line();
        var isPlain = scalar.IsPlainImplicit && scalar.Style == ScalarStyle.Plain;
        var isNull = isPlain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
        var (text, variables, problem) = _environment.Fill(scalar.Value, isSecret: shown == 0);
        if (problem is not null)
            _problems.Error(line, place, problem);
        Next();
        return new ScalarNode(line, text, isNull, variables is not null || shown == 0, problem is not null)
        {
            IsPlain = isPlain,
            References = variables ?? [],
        };
    }

    private SequenceNode ReadSequence(string place, int shown, int depth)
    {
        var line = Line();
        var items = new List<ConfigurationNode>();
        Next();
        while (_parser.Current is not SequenceEnd)
            items.Add(ReadNode(Wording.Place(place, items.Count), Math.Max(0, shown - 1), depth + 1));
        Next();
        return new SequenceNode(line, 1 + items.Sum(item => item.Size), items);
    }

    private MappingNode ReadMapping(string place, int shown, int depth)
    {
        var line = Line();
        var entries = new List<MappingEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        Next();
        while (_parser.Current is not MappingEnd)
        {
            var keyLine = Line();
            var key = ReadKey(place, depth);
            // What stands as a key below a secret may be the secret itself, written with the wrong brackets.
            var keyPlace = shown == 0 || key is null ? place : Wording.Place(place, key);
            var shownBelow = key is null ? 0 : Math.Clamp(shown - 1, 0, LevelsBelow(key));
            var value = ReadNode(keyPlace, shownBelow, depth + 1);
            if (key is null)
                continue;
            if (lines.TryAdd(key, keyLine))
                entries.Add(new MappingEntry(key, keyLine, value));
            else
                _problems.Error(keyLine, keyPlace, $"is written twice (first on line {lines[key]})");
        }

        Next();
        return new MappingNode(line, 1 + entries.Sum(entry => 1 + entry.Value.Size), entries);
    }

    /// <summary>Null when the key is no plain text, which is reported.</summary>
    private string? ReadKey(string place, int depth)
    {
        if (_parser.Current is Scalar { Tag.IsEmpty: true } scalar)
        {
            Count(1);
            Next();
            if (scalar.Value != "<<" || scalar.Style != ScalarStyle.Plain)
                return scalar.Value;
            _problems.Error((int)scalar.Start.Line, place,
                "'<<' (merging) is not supported; what is the same everywhere belongs under 'defaults'");
            return null;
        }

        _problems.Error(Line(), place, "has a key that is no plain text");
        ReadNode(place, shown: 0, depth + 1);
        return null;
    }

    /// <summary>Below a secret no key is shown; the names of headers are none, what is below them may be.</summary>
    private static int LevelsBelow(string key) =>
        key == "headers" ? 1 : Wording.IsSecret(key) ? 0 : AllLevels;

    private ConfigurationNode Keep(NodeEvent node, ConfigurationNode read)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor.Value] = read;
        return read;
    }

    private void Count(int nodes)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
        {
            throw new UnusableYamlException(Line(),
                $"holds more than {MostNodes} values (every use of an alias counts as a copy)");
        }
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
            throw new UnusableYamlException(Line(), "is not YAML, somewhere after this line");
        }

        if (!hasNext)
            throw new UnusableYamlException(Line(), "is not YAML: it ends too early");
    }

    /// <summary>Ends the reading: what follows could not be made sense of, or would take too much.</summary>
    private sealed class UnusableYamlException(int line, string message) : Exception(message)
    {
        public int Line { get; } = line;
    }
}
