using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// What all sections of one source share: where problems and notes go, and how variables are written.
/// </summary>
/// <param name="problems">What makes the source unusable.</param>
/// <param name="report">What didn't simply map.</param>
/// <param name="names">The names of its variables.</param>
internal sealed partial class ImportSource(ProblemList problems, ImportReport report, VariableNames names)
{
    private const string EnvironmentPrefix = "os.environ/";

    public ProblemList Problems => problems;

    public ImportReport Report => report;

    public VariableNames Names => names;

    /// <summary>Keys are known in camelCase too.</summary>
    public bool TakesCamelCase { get; init; }

    /// <summary><c>os.environ/NAME</c> is a variable.</summary>
    public bool TakesOsEnviron { get; init; }

    /// <summary><c>${NAME}</c> is a variable already; elsewhere it is only text.</summary>
    public bool TakesBraces { get; init; }

    /// <summary>Keeps the names of all variables below a node free of secrets, whatever becomes of them.</summary>
    public void Reserve(ConfigurationNode node)
    {
        switch (node)
        {
            case MappingNode mapping:
                foreach (var entry in mapping.Entries)
                    Reserve(entry.Value);
                break;
            case SequenceNode list:
                foreach (var item in list.Items)
                    Reserve(item);
                break;
            case ScalarNode scalar when TakesOsEnviron &&
                scalar.Text.StartsWith(EnvironmentPrefix, StringComparison.Ordinal):
                names.Use(scalar.Text[EnvironmentPrefix.Length..]);
                break;
            case ScalarNode scalar when TakesBraces:
                foreach (Match reference in Reference().Matches(scalar.Text))
                    names.Use(reference.Groups["name"].Value);
                break;
        }
    }

    /// <summary>A variable in our form; null when the text is none.</summary>
    /// <param name="raw">The text.</param>
    /// <param name="line">Where it stands.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="sample">What the variable could hold.</param>
    /// <param name="isWanted">The result uses it, so it must be set.</param>
    public string? Variable(string raw, int line, string place, string sample, bool isWanted = true)
    {
        if (TakesBraces && Whole(raw) is { } reference)
        {
            if (isWanted && !reference.Groups["default"].Success)
                report.Needs(reference.Groups["name"].Value, sample);
            return raw;
        }

        if (!TakesOsEnviron || !raw.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            return null;
        var name = raw[EnvironmentPrefix.Length..];
        if (!Name().IsMatch(name))
        {
            var other = names.Of(raw, NameOf(name));
            report.Change(line, place, $"names a variable that can't be one here; it became {other}",
                $"set the environment variable {other}: letters, digits and '_'");
            name = other;
        }

        if (isWanted)
            report.Needs(name, sample);
        return $"${{{name}}}";
    }

    /// <summary>A text in our form: variables in it stay variables, and what only looks like one stays text.</summary>
    public string Literal(string raw)
    {
        if (!TakesBraces)
            return raw.Replace("${", "$${", StringComparison.Ordinal);
        var references = Reference().Matches(raw);
        var text = new StringBuilder();
        var end = 0;
        foreach (Match reference in references)
        {
            Between(reference.Index).Append(reference.Value);
            end = reference.Index + reference.Length;
            if (!reference.Groups["default"].Success)
                report.Needs(reference.Groups["name"].Value, PartSample(raw, reference));
        }

        return Between(raw.Length).ToString();

        StringBuilder Between(int next) =>
            text.Append(raw[end..next].Replace("${", "$${", StringComparison.Ordinal));
    }

    /// <summary>A text of ours with samples in place of its variables, to look at what it comes to.</summary>
    public string Sampled(string text) => Reference().Replace(text, reference =>
        reference.Groups["default"] is { Success: true } standard
            ? standard.Value
            : report.Variables.GetValueOrDefault(reference.Groups["name"].Value, ""));

    /// <summary>A variable in place of a secret; the same secret has the same variable.</summary>
    public string Secret(string raw, int line, string place, string name)
    {
        if (TakesBraces && Whole(raw) is { } reference)
        {
            var own = reference.Groups["name"].Value;
            if (reference.Groups["default"].Length > 0)
            {
                report.Secret(line, place, "has a default, which may be a secret and was not copied",
                    $"set the environment variable {own}");
            }

            raw = $"${{{own}}}";
        }

        return Variable(raw, line, place, "a-sample-of-a-secret") ??
            Hidden(raw, line, place, name, "is a secret and was not copied");
    }

    /// <summary>A variable in place of a text that must not be copied, or that the source doesn't have.</summary>
    /// <param name="identity">What makes it another one than others.</param>
    /// <param name="line">Where it stands.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="name">The variable's name, if it is free.</param>
    /// <param name="what">For the report: what it is.</param>
    /// <param name="value">For the report: what the variable must be set to.</param>
    /// <param name="sample">What the variable could hold. Default null: some text of its own.</param>
    public string Hidden(string identity, int line, string place, string name, string what, string value = "it",
        string? sample = null)
    {
        var own = names.Of(identity, name);
        report.Secret(line, place, what, $"set the environment variable {own} to {value}");
        report.Needs(own, sample ?? $"a-sample-of-{own}");
        return $"${{{own}}}";
    }

    /// <summary>A variable that the source's program reads by itself.</summary>
    public string Own(string name, string sample)
    {
        report.Needs(name, sample);
        names.Use(name);
        return $"${{{name}}}";
    }

    /// <summary>A text as the name of a variable, with underscores for what cannot be in one.</summary>
    public static string NameOf(string text)
    {
        var name = Odd().Replace(text.ToUpperInvariant(), "_");
        if (name.Length is 0 || char.IsAsciiDigit(name[0]))
            name = "_" + name;
        return name.Length > 100 ? name[..100] : name;
    }

    /// <summary>What a variable inside of a text could hold, so that an address with it is one.</summary>
    private static string PartSample(string raw, Match reference) =>
        reference.Index > 0 ? "1"
        : raw.AsSpan(reference.Length).StartsWith("://") ? "https"
        : "https://provider.example";

    private static Match? Whole(string raw) =>
        Reference().Match(raw) is { Success: true } match && match.Length == raw.Length ? match : null;

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex Name();

    // "$${" is no variable but text.
    [GeneratedRegex(@"(?<!\$)\$\{(?<name>[A-Za-z_][A-Za-z0-9_]{0,127})(:-(?<default>([^}$]|\$(?!\{))*))?\}")]
    private static partial Regex Reference();

    [GeneratedRegex("[^A-Z0-9]+")]
    private static partial Regex Odd();
}
