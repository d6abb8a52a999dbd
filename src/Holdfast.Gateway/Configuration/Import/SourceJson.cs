using System.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Reads another gateway's JSON into the same nodes as YAML, with the same bounds.</summary>
internal ref struct SourceJson
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ProblemList _problems;
    private Utf8JsonReader _reader;
    private int _counted;
    private int _line;
    private int _nodes;

    private SourceJson(ReadOnlySpan<byte> bytes, ProblemList problems)
    {
        _bytes = bytes;
        _problems = problems;
        _line = 1;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = SourceLimits.DeepestLevel * 2 });
    }

    /// <exception cref="SourceException">It is no JSON, or too much of it.</exception>
    public static ConfigurationNode Read(string text, ProblemList problems)
    {
        var json = new SourceJson(Encoding.UTF8.GetBytes(text), problems);
        try
        {
            json.Next();
            var root = json.ReadNode("");
            // Anything after it is an error, which the reader itself finds.
            json._reader.Read();
            return root;
        }
        catch (JsonException broken)
        {
            throw new SourceException((int)(broken.LineNumber ?? 0) + 1,
                $"is not JSON, at byte {broken.BytePositionInLine ?? 0} of this line");
        }
        catch (InvalidOperationException)
        {
            throw new SourceException(json.Line(), "holds a text with half of a surrogate pair (\\u…)");
        }
    }

    private ConfigurationNode ReadNode(string place)
    {
        if (++_nodes > SourceLimits.MostNodes)
            throw SourceLimits.TooMany(Line());
        if (_reader.CurrentDepth > SourceLimits.DeepestLevel)
            throw SourceLimits.TooDeep(Line());
        var line = Line();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadMapping(place, line);
            case JsonTokenType.StartArray:
                var items = new List<ConfigurationNode>();
                for (Next(); _reader.TokenType != JsonTokenType.EndArray; Next())
                    items.Add(ReadNode(Wording.Place(place, items.Count)));
                return new SequenceNode(line, 1 + items.Sum(item => item.Size), items);
            case JsonTokenType.String:
                return Scalar(line, _reader.GetString()!, isNull: false);
            case JsonTokenType.Null:
                return Scalar(line, "", isNull: true);
            default:
                return Scalar(line, Encoding.UTF8.GetString(_reader.ValueSpan), isNull: false);
        }
    }

    private MappingNode ReadMapping(string place, int line)
    {
        var entries = new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal);
        for (Next(); _reader.TokenType != JsonTokenType.EndObject; Next())
        {
            var (key, keyLine) = (_reader.GetString()!, Line());
            var keyPlace = Wording.Place(place, key);
            Next();
            if (!entries.TryAdd(key, new MappingEntry(key, keyLine, ReadNode(keyPlace))))
                _problems.Error(keyLine, keyPlace, $"is written twice (first on line {entries[key].Line})");
        }

        return new MappingNode(line, 1 + entries.Values.Sum(entry => 1 + entry.Value.Size), [.. entries.Values]);
    }

    private static ScalarNode Scalar(int line, string text, bool isNull) =>
        new(line, text, isNull, IsHidden: true, IsBroken: false);

    private void Next() => _reader.Read();

    private int Line()
    {
        var position = (int)_reader.TokenStartIndex;
        _line += _bytes[_counted..position].Count((byte)'\n');
        _counted = position;
        return _line;
    }
}
