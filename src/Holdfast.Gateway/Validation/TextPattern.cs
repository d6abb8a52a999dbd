using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// A regular expression that ends: it matches in linear time where .NET can, and in any case within
/// <see cref="Timeout"/>. Immutable, thread-safe.
/// </summary>
internal sealed class TextPattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int LongestText = 2_000;

    /// <summary>How long one match may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private TextPattern(Regex regex) => _regex = regex;

    /// <summary>Only <see cref="Timeout"/> bounds what a match may cost.</summary>
    public bool MayBacktrack => !_regex.Options.HasFlag(RegexOptions.NonBacktracking);

    /// <summary>False when <paramref name="text"/> is no pattern; <paramref name="problem"/> says why.</summary>
    public static bool TryCreate(
        string text, [NotNullWhen(true)] out TextPattern? pattern, [NotNullWhen(false)] out string? problem)
    {
        pattern = null;
        if (text.Length > LongestText)
        {
            problem = $"is longer than {LongestText} characters";
            return false;
        }

        try
        {
            pattern = new TextPattern(Create(text));
            problem = null;
            return true;
        }
        catch (ArgumentException wrong)
        {
            // .NET's message repeats the pattern, which stands in the file for all to see, or must not be shown.
            var reason = wrong is RegexParseException parsing
                ? $"{parsing.Error} at character {parsing.Offset + 1}"
                : "not understood";
            problem = $"is not a regular expression of .NET: {reason}";
            return false;
        }
    }

    /// <summary>Whether it matches anywhere in <paramref name="text"/>.</summary>
    /// <exception cref="RegexMatchTimeoutException">It took longer than <see cref="Timeout"/>.</exception>
    public bool IsMatch(string text) => _regex.IsMatch(text);

    private static Regex Create(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Timeout);
        }
        catch (NotSupportedException)
        {
            // Lookarounds, backreferences, and automata that would be too large: only the timeout bounds these.
            return new Regex(text, RegexOptions.CultureInvariant, Timeout);
        }
    }
}
