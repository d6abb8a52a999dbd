using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Writes an <see cref="OutputMap"/> as YAML that reads back as exactly the same texts.</summary>
internal static partial class OutputYaml
{
    // YAML 1.1 and 1.2 take these for something else than text.
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "yes", "no", "on", "off", "y", "n",
    };

    public static string Write(OutputMap map)
    {
        var yaml = new StringBuilder();
        WriteMap(yaml, map, 0, isAfterDash: false);
        return yaml.ToString();
    }

    private static void WriteMap(StringBuilder yaml, OutputMap map, int depth, bool isAfterDash)
    {
        foreach (var (key, value) in map.Values)
        {
            if (!isAfterDash)
                yaml.Append(' ', depth * 2);
            isAfterDash = false;
            yaml.Append(Text(key)).Append(':');
            switch (value)
            {
                case string text:
                    yaml.Append(' ').Append(Text(text)).Append('\n');
                    break;
                case OutputMap inner:
                    yaml.Append('\n');
                    WriteMap(yaml, inner, depth + 1, isAfterDash: false);
                    break;
                case List<object> items:
                    WriteItems(yaml, items, depth + 1);
                    break;
            }
        }
    }

    private static void WriteItems(StringBuilder yaml, List<object> items, int depth)
    {
        if (items.All(item => item is string))
        {
            yaml.Append(" [").AppendJoin(", ", items.Select(item => Text((string)item))).Append("]\n");
            return;
        }

        yaml.Append('\n');
        foreach (var item in items)
        {
            yaml.Append(' ', depth * 2).Append("- ");
            if (item is OutputMap map)
                WriteMap(yaml, map, depth + 1, isAfterDash: true);
            else
                yaml.Append(Text((string)item)).Append('\n');
        }
    }

    private static string Text(string text)
    {
        if (Plain().IsMatch(text) && !Words.Contains(text))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            if (letter is '"' or '\\')
                quoted.Append('\\').Append(letter);
            else if (letter is < ' ' or > '~')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
            else
                quoted.Append(letter);
        }

        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_./-]*\z")]
    private static partial Regex Plain();
}
