using System.Buffers;
using System.Collections.Frozen;

namespace Holdfast.Gateway.Configuration;

/// <summary>Which headers a configuration may add, and what may stand in them.</summary>
internal static class HeaderRules
{
    private const int LongestValue = 8192;

    // RFC 9110, section 5.6.2: token.
    private static readonly SearchValues<char> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly FrozenSet<string> KeyHeaders = FrozenSet.ToFrozenSet(
        ["authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key"],
        StringComparer.OrdinalIgnoreCase);

    // They belong to the connection or to the body, which the gateway alone knows.
    private static readonly FrozenSet<string> OwnHeaders = FrozenSet.ToFrozenSet(
        [
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "te", "trailer",
            "transfer-encoding", "upgrade", "expect", "host", "content-length", "content-type", "content-encoding",
        ], StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with a header's name; null when nothing is.</summary>
    public static string? NameProblem(string name)
    {
        if (name.Length is 0 or > 128 || name.AsSpan().ContainsAnyExcept(Token))
            return "is not the name of a header";
        if (KeyHeaders.Contains(name))
            return "carries the key; write it as apiKey instead";
        if (OwnHeaders.Contains(name))
            return "belongs to the connection or the body and cannot be set";
        return name.StartsWith("x-holdfast-", StringComparison.OrdinalIgnoreCase)
            ? "is the gateway's own and never goes to a provider"
            : null;
    }

    /// <summary>What is wrong with a header's value; null when nothing is.</summary>
    public static string? ValueProblem(string value)
    {
        if (value.Length > LongestValue)
            return $"is longer than {LongestValue} characters";
        return value.Trim().Length != value.Length || value.Any(letter => letter is (< ' ' and not '\t') or > '~')
            ? "must be printable ASCII without line breaks, and without white space at its ends"
            : null;
    }

    /// <summary>What is wrong with a key that travels in a header; null when nothing is, or when it is empty.</summary>
    public static string? KeyProblem(string key)
    {
        if (key.Length > LongestValue)
            return $"is longer than {LongestValue} characters";
        return key.Any(letter => letter is <= ' ' or > '~')
            ? "must be printable ASCII without white space (is there a line break at its end?)"
            : null;
    }
}
