using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Addresses and headers of a source: what may be in a configuration, and what may not be copied.</summary>
internal static partial class ImportedAddress
{
    private static readonly string[] SecretWords =
        ["key", "token", "secret", "auth", "password", "cookie", "credential"];

    // What they say is known, and never a key.
    private static readonly HashSet<string> PlainHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "accept", "accept-language", "anthropic-beta", "anthropic-version", "http-referer", "openai-beta",
        "openai-organization", "openai-project", "referer", "user-agent", "x-goog-user-project", "x-title",
    };

    /// <summary>The address as our provider wants it; null when it can't be one, which is reported.</summary>
    public static string? Of(SourceSection section, string key, string written, ForeignProvider provider)
    {
        if (written.StartsWith("${", StringComparison.Ordinal) && written.IndexOf('}') == written.Length - 1)
            return Sure(section, key, written, provider);
        if (written.AsSpan().ContainsAny('?', '#', '@'))
        {
            // It may well hold a key.
            section.Drop(key, "is an address with a user, a query or a fragment, which an address can't have here",
                "write the provider by hand: the address as baseUrl, the key as apiKey");
            return null;
        }

        if (WebAddress.Problem(section.Source.Sampled(written)) is not { } problem)
        {
            return MayHoldKey(written)
                ? Hidden(section, key, written, provider)
                : Sure(section, key, written, provider);
        }

        section.Wrong(key, $"{problem} (value not shown)");
        return null;
    }

    /// <summary>A header from a single key.</summary>
    public static void Header(SourceSection section, string key, string header, OutputMap settings)
    {
        if (section.Text(key) is { } value)
            settings.At("headers").Set(header, value);
    }

    public static void Headers(SourceSection headers, OutputMap settings)
    {
        foreach (var name in headers.Keys.ToList())
        {
            if (HeaderRules.NameProblem(name) is { } problem)
                headers.Drop(name, problem);
            else if (MayBeKey(name, headers.Raw(name)))
                settings.At("headers").Set(name, headers.Secret(name, ImportSource.NameOf(name)));
            else if (headers.Text(name) is { } value)
                settings.At("headers").Set(name, value);
        }
    }

    private static string Sure(SourceSection section, string key, string written, ForeignProvider provider)
    {
        var (address, isSure) = provider.Address(written);
        if (!isSure)
            section.Change(key, "got /v1 at its end, as the address must have here", "set the variable without it");
        return address;
    }

    private static string Hidden(SourceSection section, string key, string written, ForeignProvider provider)
    {
        var (address, _) = provider.Address(written);
        var start = written.TrimEnd('/');
        var isWhole = address.StartsWith(start, StringComparison.Ordinal);
        return section.Source.Hidden(isWhole ? start : address, section.LineOf(key), section.PlaceOf(key),
            ImportSource.NameOf(provider.Name) + "_API_BASE",
            "is an address with what may be a key in its path, and was not copied",
            !isWhole ? "it, with /v1 as its end" : start == written ? "it" : "it, without the slash at its end",
            "https://provider.example/v1") +
            (isWhole ? address[start.Length..] : "");
    }

    // Words of letters alone are none; a key mixes letters and digits, or says what it is.
    private static bool MayBeKey(string header, string? value) => value is not null &&
        (SecretWords.Any(word => header.Contains(word, StringComparison.OrdinalIgnoreCase)) ||
            Scheme().IsMatch(value) || KeyStart().IsMatch(value) ||
            (!PlainHeaders.Contains(header) && value.Split(' ').Any(word => Mixes(word, digits: 1, length: 8))));

    /// <summary>Whether there may be a key in an address's path, query or user. A path alone will do.</summary>
    public static bool MayHoldKey(string address)
    {
        var host = address.IndexOf("//", StringComparison.Ordinal);
        var path = host < 0 ? 0 : address.IndexOf('/', host + 2);
        return address.AsSpan().ContainsAny('?', '#', '@') || (path >= 0 && address[path..].Split('/').Any(IsKey));

        static bool IsKey(string part) => KeyStart().IsMatch(part) || Mixes(part, digits: 4, length: 16) ||
            SecretWords.Contains(part, StringComparer.OrdinalIgnoreCase);
    }

    private static bool Mixes(string word, int digits, int length) => word.Length >= length &&
        word.Any(char.IsAsciiLetter) && (word.Count(char.IsAsciiDigit) >= digits || word.Length >= 40);

    [GeneratedRegex(@"\A\s*(Bearer|Basic|Digest|Token|Key|ApiKey)\s", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    // As the providers and the great platforms begin theirs.
    [GeneratedRegex(@"(\A|[^A-Za-z0-9])((sk|pk|rk|gsk|xai|hf|r8|nvapi|pplx|ghp|gho|glpat|xox[a-z])[-_]|AKIA|AIza|eyJ)")]
    private static partial Regex KeyStart();
}
