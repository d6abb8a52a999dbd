using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// Reads another gateway's YAML. Unlike our own it may merge mappings (<c>&lt;&lt;</c>), and <c>${NAME}</c> has no
/// meaning in it.
/// </summary>
internal sealed class SourceYaml : YamlNodes
{
    private readonly ProblemList _problems;

    private SourceYaml(string text, ProblemList problems)
        : base(text) => _problems = problems;

    /// <summary>The document's node; null when it is empty.</summary>
    /// <exception cref="SourceException">It is no YAML, or too much of it.</exception>
    public static ConfigurationNode? Read(string text, ProblemList problems)
    {
        try
        {
            return new SourceYaml(text, problems).ReadDocument();
        }
        catch (UnusableYamlException unusable)
        {
            throw new SourceException(unusable.Line, unusable.Message);
        }
        catch (YamlException broken)
        {
            var line = LineOf(broken, text.TrimEnd().Split('\n'));
            throw new SourceException(line, $"is not YAML: {broken.Message.TrimEnd('.')}");
        }
    }

    protected override ScalarNode ReadScalar(Scalar scalar, YamlPlace place)
    {
        var line = Line;
        Next();
        return new ScalarNode(line, scalar.Value, IsNull(scalar), IsHidden: true, IsBroken: false);
    }

    protected override MappingNode ReadMapping(YamlPlace place)
    {
        var line = Line;
        var entries = new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal);
        var merged = new List<MappingEntry>();
        Next();
        while (Current is not MappingEnd)
        {
            if (Current is not Scalar { Tag.IsEmpty: true } key)
                throw new SourceException(Line, $"{place.Path}: has a key that is no plain text");
            var keyLine = Line;
            Count(1);
            Next();
            var keyPlace = Wording.Place(place.Path, key.Value);
            var value = ReadNode(place with { Path = keyPlace, Depth = place.Depth + 1 });
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
}
