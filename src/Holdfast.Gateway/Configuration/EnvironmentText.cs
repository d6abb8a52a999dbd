using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Puts environment variables into a value: <c>${NAME}</c>, <c>${NAME:-default}</c>; <c>$${</c> is a literal
/// <c>${</c>. It sees values after YAML was read, so what a variable holds can never become YAML. Where a secret
/// stands, <c>NAME_FILE</c> may name a file that holds it.
/// </summary>
internal sealed partial class EnvironmentText(EnvironmentVariables environment)
{
    // A value repeated through many references grows far beyond its file.
    private const int LongestValue = 65_536;
    private const int LongestTotal = 4 * 1024 * 1024;

    private int _total;

    /// <summary>
    /// The text with variables put in, those that were asked for (null: none), and what is wrong (null: nothing).
    /// </summary>
    /// <param name="text">What is written.</param>
    /// <param name="isSecret">A secret belongs here, so variables may come from files.</param>
    public (string Text, IReadOnlyList<string>? Variables, string? Problem) Fill(string text, bool isSecret)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
            return (text, null, null);
        var filled = new StringBuilder();
        List<string>? variables = null;
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
                    return (text, variables ?? [], "'${' has no '}' (a literal '${' is written '$${')");
                variables ??= [];
                if (Value(text[(i + 2)..end], isSecret, variables, out var value) is { } problem)
                    return (text, variables, problem);
                filled.Append(value);
                i = end + 1;
            }
            else
            {
                filled.Append(text[i++]);
            }

            if (filled.Length > LongestValue || _total + filled.Length > LongestTotal)
                return (text, variables ?? [], "environment variables make this value too long");
        }

        _total += filled.Length;
        return (filled.ToString(), variables, null);
    }

    private string? Value(string reference, bool isSecret, List<string> variables, out string value)
    {
        value = "";
        var split = reference.IndexOf(":-", StringComparison.Ordinal);
        var name = split < 0 ? reference : reference[..split];
        if (!Name().IsMatch(name))
            return "'${…}' must hold the name of an environment variable: letters, digits and '_'";
        if (reference.Contains("${", StringComparison.Ordinal))
            return $"the default of '${{{name}}}' holds another '${{'; they cannot be nested";
        var file = name + SecretFile.Suffix;
        var set = environment.Value(name);
        if (isSecret && environment.Has(file))
        {
            variables.Add(file);
            return environment.Has(name)
                ? $"{name} and {file} are both set; set one of them"
                : FromFile(file, out value);
        }

        if (split >= 0 && string.IsNullOrEmpty(set))
        {
            value = reference[(split + 2)..];
            return null;
        }

        variables.Add(name);
        if (set is null)
            return $"environment variable '{name}' is not set (with a default it would be '${{{name}:-default}}')";
        value = set;
        return null;
    }

    private string? FromFile(string variable, out string value)
    {
        (value, var problem) = SecretFile.Read(environment.Value(variable)!);
        return problem is null ? null : $"environment variable '{variable}': {problem}";
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex Name();
}
