using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads a configuration of ours: keys are unique, and variables of the environment are put in.</summary>
internal sealed class YamlReader : YamlNodes
{
    private readonly EnvironmentText _environment;
    private readonly ProblemList _problems;

    private YamlReader(string text, EnvironmentText environment, ProblemList problems)
        : base(text)
    {
        _environment = environment;
        _problems = problems;
    }

    /// <summary>The file's mapping; null when it is empty, or when it is broken, which is reported.</summary>
    public static MappingNode? Read(string text, EnvironmentText environment, ProblemList problems)
    {
        try
        {
            return new YamlReader(text, environment, problems).ReadRoot();
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

    private MappingNode? ReadRoot()
    {
        switch (ReadDocument())
        {
            case MappingNode mapping:
                return mapping;
            case null or ScalarNode { IsNull: true }:
                return null;
            case var root:
                _problems.Error(root.Line, "", $"must be a mapping of keys, not a {root.Kind}");
                return null;
        }
    }

    protected override ScalarNode ReadScalar(Scalar scalar, YamlPlace place)
    {
        var line = Line;
        var isSecret = place.Shown == 0;
        var (text, variables, problem) = _environment.Fill(scalar.Value, isSecret);
        if (problem is not null)
            _problems.Error(line, place.Path, problem);
        Next();
        return new ScalarNode(line, text, IsNull(scalar), variables is not null || isSecret, problem is not null)
        {
            IsPlain = IsPlain(scalar),
            References = variables ?? [],
        };
    }

    protected override MappingNode ReadMapping(YamlPlace place)
    {
        var line = Line;
        var entries = new List<MappingEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        Next();
        while (Current is not MappingEnd)
        {
            var keyLine = Line;
            var key = ReadKey(place);
            // What stands as a key below a secret may be the secret itself, written with the wrong brackets.
            var path = place.Shown == 0 || key is null ? place.Path : Wording.Place(place.Path, key);
            var shownBelow = key is null ? 0 : Math.Clamp(place.Shown - 1, 0, LevelsBelow(key));
            var value = ReadNode(new YamlPlace(path, shownBelow, place.Depth + 1));
            if (key is null)
                continue;
            if (lines.TryAdd(key, keyLine))
                entries.Add(new MappingEntry(key, keyLine, value));
            else
                _problems.Error(keyLine, path, $"is written twice (first on line {lines[key]})");
        }

        Next();
        return new MappingNode(line, 1 + entries.Sum(entry => 1 + entry.Value.Size), entries);
    }

    /// <summary>Null when the key is no plain text, which is reported.</summary>
    private string? ReadKey(YamlPlace place)
    {
        if (Current is Scalar { Tag.IsEmpty: true } scalar)
        {
            Count(1);
            Next();
            if (scalar.Value != "<<" || scalar.Style != ScalarStyle.Plain)
                return scalar.Value;
            _problems.Error((int)scalar.Start.Line, place.Path,
                "'<<' (merging) is not supported; what is the same everywhere belongs under 'defaults'");
            return null;
        }

        _problems.Error(Line, place.Path, "has a key that is no plain text");
        ReadNode(place with { Shown = 0, Depth = place.Depth + 1 });
        return null;
    }

    /// <summary>Below a secret no key is shown; the names of headers are none, what is below them may be.</summary>
    private static int LevelsBelow(string key) =>
        key == "headers" ? 1 : Wording.IsSecret(key) ? 0 : YamlPlace.AllLevels;
}
