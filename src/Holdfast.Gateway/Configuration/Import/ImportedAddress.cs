namespace Holdfast.Gateway.Configuration.Import;

/// <summary>Addresses and headers of a source: what may be in a configuration, and what may not be copied.</summary>
internal static class ImportedAddress
{
    private static readonly string[] SecretWords =
        ["key", "token", "secret", "auth", "password", "cookie", "credential"];

    /// <summary>The address as our provider wants it; null when it can't be one, which is reported.</summary>
    public static string? Of(SourceSection section, string key, string written, ForeignProvider provider)
    {
        if (written.StartsWith("${", StringComparison.Ordinal) && written.EndsWith('}'))
            return Sure(section, key, written, provider);
        if (written.AsSpan().ContainsAny('?', '#', '@'))
        {
            // It may well hold a key.
            section.Drop(key, "is an address with a user, a query or a fragment, which an address can't have here",
                "write the provider by hand: the address as baseUrl, the key as apiKey");
            return null;
        }

        if (WebAddress.Problem(written) is not { } problem)
            return Sure(section, key, written, provider);
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
            else if (SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
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
}
