using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Turns YAML into nodes, safely for any input: depth and number of nodes are bounded while reading (an alias counts as
/// the copy it stands for, so it cannot explode later), and tags have no meaning. What scalars and mappings mean is up
/// to whoever derives from it. One use.
/// </summary>
internal abstract class YamlNodes(string text)
{
    public const int DeepestLevel = 32;

    /// <summary>Every use of an alias counts as the copy it stands for.</summary>
    public const int MostNodes = 100_000;

    private readonly Parser _parser = new(new StringReader(text));
    private readonly Dictionary<string, ConfigurationNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    /// <summary>The event to be read next.</summary>
    protected ParsingEvent? Current => _parser.Current;

    /// <summary>The line of <see cref="Current"/>, from 1; 0 when there is none.</summary>
    protected int Line => (int)(_parser.Current?.Start.Line ?? 0);

    /// <summary>
    /// Where to look. The end of the text is a line that no editor shows, and a tab is complained about at the line
    /// before it, which looks right.
    /// </summary>
    protected static int LineOf(YamlException broken, string[] lines)
    {
        var line = Math.Clamp((int)broken.Start.Line, 1, lines.Length);
        if (!broken.Message.Contains(" tab ", StringComparison.Ordinal))
            return line;
        var withTab = Array.FindIndex(lines, line - 1, it => it[..^it.TrimStart().Length].Contains('\t'));
        return withTab < 0 ? line : withTab + 1;
    }

    /// <summary>YAML's own ways to write nothing.</summary>
    protected static bool IsNull(Scalar scalar) =>
        IsPlain(scalar) && scalar.Value is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>Without quotation marks, so that what stands there may be a number, a flag or nothing.</summary>
    protected static bool IsPlain(Scalar scalar) => scalar is { IsPlainImplicit: true, Style: ScalarStyle.Plain };

    /// <summary>Reads the scalar, which is the current event, and moves to the event after it.</summary>
    protected abstract ScalarNode ReadScalar(Scalar scalar, YamlPlace place);

    /// <summary>Reads the mapping that begins at the current event, and moves to the event after it.</summary>
    protected abstract MappingNode ReadMapping(YamlPlace place);

    /// <summary>The node of the one document; null when the text is empty.</summary>
    /// <exception cref="UnusableYamlException">It can't be made sense of, or would take too much.</exception>
    /// <exception cref="YamlException">It is no YAML.</exception>
    protected ConfigurationNode? ReadDocument()
    {
        Next();
        Next();
        if (Current is StreamEnd)
            return null;
        Next();
        var root = ReadNode(YamlPlace.Root);
        // Past the document's end.
        Next();
        return Current is StreamEnd
            ? root
            : throw new UnusableYamlException(Line, "holds more than one document ('---'); only one is allowed");
    }

    /// <summary>Reads the node at the current event and moves to the event after it.</summary>
    protected ConfigurationNode ReadNode(YamlPlace place)
    {
        if (place.Depth > DeepestLevel)
            throw new UnusableYamlException(Line, $"is nested deeper than {DeepestLevel} levels");
        Count(1);
        switch (Current)
        {
            case AnchorAlias alias:
                return ReadAlias(alias);
            case NodeEvent tagged when !tagged.Tag.IsEmpty:
                throw new UnusableYamlException(Line, "has a tag ('!…'); tags are not allowed");
            case Scalar scalar:
                return Keep(scalar, ReadScalar(scalar, place));
            case SequenceStart start:
                return Keep(start, ReadSequence(place));
            case MappingStart start:
                return Keep(start, ReadMapping(place));
            default:
                throw new UnusableYamlException(Line, "is not YAML: a value is missing");
        }
    }

    /// <summary>So many more nodes are there.</summary>
    protected void Count(int nodes)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
        {
            throw new UnusableYamlException(Line,
                $"holds more than {MostNodes} values (every use of an alias counts as a copy)");
        }
    }

    /// <summary>Moves to the next event.</summary>
    protected void Next()
    {
        var hasNext = false;
        try
        {
            hasNext = _parser.MoveNext();
        }
        catch (Exception failure) when (failure is not YamlException)
        {
            // The parser doesn't know all of its own errors; some text makes it stumble over itself.
            throw new UnusableYamlException(Line, "is not YAML, somewhere after this line");
        }

        if (!hasNext)
            throw new UnusableYamlException(Line, "is not YAML: it ends too early");
    }

    private ConfigurationNode ReadAlias(AnchorAlias alias)
    {
        // Anchors are known only once their node is complete, so an alias inside its own anchor ends here too.
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
            throw new UnusableYamlException(Line, "has an alias ('*…') without a complete anchor above it");
        Count(node.Size - 1);
        Next();
        return node;
    }

    private SequenceNode ReadSequence(YamlPlace place)
    {
        var line = Line;
        var items = new List<ConfigurationNode>();
        Next();
        while (Current is not SequenceEnd)
            items.Add(ReadNode(place.Item(items.Count)));
        Next();
        return new SequenceNode(line, 1 + items.Sum(item => item.Size), items);
    }

    private ConfigurationNode Keep(NodeEvent node, ConfigurationNode read)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor.Value] = read;
        return read;
    }

    /// <summary>Ends the reading: what follows could not be made sense of, or would take too much.</summary>
    protected sealed class UnusableYamlException(int line, string message) : Exception(message)
    {
        public int Line { get; } = line;
    }
}

/// <summary>Where a node of a YAML document stands.</summary>
/// <param name="Path">The path of keys; empty for the root.</param>
/// <param name="Shown">How many more levels of keys may appear in messages; at 0 values are secrets.</param>
/// <param name="Depth">How many nodes it is in; 0 for the root.</param>
internal readonly record struct YamlPlace(string Path, int Shown, int Depth)
{
    /// <summary>All levels below are shown.</summary>
    public const int AllLevels = int.MaxValue / 2;

    public static readonly YamlPlace Root = new("", AllLevels, 0);

    /// <summary>An item of the sequence that stands here.</summary>
    public YamlPlace Item(int index) => new(Wording.Place(Path, index), Math.Max(0, Shown - 1), Depth + 1);
}
