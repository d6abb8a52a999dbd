using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// What all sections of one source share: where problems and notes go, and how variables are written.
/// </summary>
/// <param name="problems">What makes the source unusable.</param>
/// <param name="report">What didn't simply map.</param>
internal sealed partial class ImportSource(ProblemList problems, ImportReport report)
{
    private const string EnvironmentPrefix = "os.environ/";

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    // Name → what it holds: a secret of the source, or the variable of that name itself.
    private readonly Dictionary<string, string> _holds = new(StringComparer.Ordinal);

    public ProblemList Problems => problems;

    public ImportReport Report => report;

    /// <summary>Keys are known in camelCase too.</summary>
    public bool TakesCamelCase { get; init; }

    /// <summary><c>os.environ/NAME</c> is a variable.</summary>
    public bool TakesOsEnviron { get; init; }

    /// <summary><c>${NAME}</c> is a variable already; elsewhere it is only text.</summary>
    public bool TakesBraces { get; init; }

    /// <summary>A variable in our form; null when the text is none.</summary>
    /// <param name="raw">The text.</param>
    /// <param name="line">Where it stands.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="sample">What the variable could hold.</param>
    /// <param name="isWanted">The result uses it, so it must be set.</param>
    public string? Variable(string raw, int line, string place, string sample, bool isWanted = true)
    {
        string name;
        if (TakesOsEnviron && raw.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            name = raw[EnvironmentPrefix.Length..];
        else if (TakesBraces && Braces().Match(raw) is { Success: true } match)
            name = match.Groups["name"].Value;
        else
            return null;
        if (!Name().IsMatch(name))
        {
            problems.Error(line, place, "must name an environment variable: letters, digits and '_'");
            return "";
        }

        if (isWanted)
            report.Needs(name, sample);
        _holds.TryAdd(name, "$" + name);
        return $"${{{name}}}";
    }

    /// <summary>A text that means itself: <c>${</c> in it is none of our variables.</summary>
    public string Literal(string raw) =>
        TakesBraces ? raw : raw.Replace("${", "$${", StringComparison.Ordinal);

    /// <summary>A variable in place of a secret; the same secret has the same variable.</summary>
    public string Secret(string raw, int line, string place, string name)
    {
        if (Variable(raw, line, place, "a-sample-of-a-secret") is { } variable)
            return variable;
        if (!_names.TryGetValue(raw, out var own))
        {
            own = name;
            while (!_holds.TryAdd(own, raw))
            {
                // Counting on from the last one: a source may have thousands of keys.
                var number = _numbers[name] = _numbers.GetValueOrDefault(name, 1) + 1;
                own = $"{name}_{number}";
            }

            _names.Add(raw, own);
        }

        report.Secret(line, place, "is a secret and was not copied", $"set the environment variable {own} to it");
        report.Needs(own, $"a-sample-of-{own}");
        return $"${{{own}}}";
    }

    /// <summary>A variable that the source's program reads by itself.</summary>
    public string Own(string name, string sample)
    {
        report.Needs(name, sample);
        _holds.TryAdd(name, "$" + name);
        return $"${{{name}}}";
    }

    /// <summary>A text as the name of a variable, with underscores for what cannot be in one.</summary>
    public static string NameOf(string text)
    {
        var name = Odd().Replace(text.ToUpperInvariant(), "_");
        return char.IsAsciiDigit(name.FirstOrDefault('_')) ? "_" + name : name.Length > 100 ? name[..100] : name;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A\$\{(?<name>[^}:]*)\}\z")]
    private static partial Regex Braces();

    [GeneratedRegex("[^A-Z0-9]+")]
    private static partial Regex Odd();
}
