using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Puts environment variables into a value: <c>${NAME}</c>, <c>${NAME:-default}</c>; <c>$${</c> is a literal
/// <c>${</c>. It sees values after YAML was read, so what a variable holds can never become YAML.
/// </summary>
internal sealed partial class EnvironmentText(Func<string, string?> environment)
{
    // A value repeated through many references grows far beyond its file.
    private const int LongestValue = 65_536;
    private const int LongestTotal = 4 * 1024 * 1024;

    private int _total;

    /// <summary>The text with variables put in, whether any was, and what is wrong (null: nothing).</summary>
    public (string Text, bool FromEnvironment, string? Problem) Fill(string text)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
            return (text, false, null);
        var filled = new StringBuilder();
        var fromEnvironment = false;
        for (var i = 0; i < text.Length;)
        {
            var rest = text.AsSpan(i);
            if (rest.StartsWith("$${"))
            {
                filled.Append("${");
                i += 3;
            }
            else if (rest.StartsWith("${"))
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                    return (text, true, "'${' has no '}' (a literal '${' is written '$${')");
                if (Value(text[(i + 2)..end], out var value) is { } problem)
                    return (text, true, problem);
                fromEnvironment = true;
                filled.Append(value);
                i = end + 1;
            }
            else
            {
                filled.Append(text[i++]);
            }

            if (filled.Length > LongestValue || _total + filled.Length > LongestTotal)
                return (text, true, "environment variables make this value too long");
        }

        _total += filled.Length;
        return (filled.ToString(), fromEnvironment, null);
    }

    private string? Value(string reference, out string value)
    {
        value = "";
        var split = reference.IndexOf(":-", StringComparison.Ordinal);
        var name = split < 0 ? reference : reference[..split];
        if (!Name().IsMatch(name))
            return "'${…}' must hold the name of an environment variable: letters, digits and '_'";
        if (reference.Contains("${", StringComparison.Ordinal))
            return $"the default of '${{{name}}}' holds another '${{'; they cannot be nested";
        var set = environment(name);
        if (split >= 0)
            value = string.IsNullOrEmpty(set) ? reference[(split + 2)..] : set;
        else if (set is null)
            return $"environment variable '{name}' is not set (with a default it would be '${{{name}:-default}}')";
        else
            value = set;
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex Name();
}
