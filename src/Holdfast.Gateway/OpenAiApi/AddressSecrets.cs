using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// Finds credentials in an address that would be passed on to a provider as it is: some services take their keys
/// there, and a caller that moved to the gateway may still write its own.
/// </summary>
internal static class AddressSecrets
{
    private const int LongestName = 64;

    // Names as servers that are lenient about them read them: without case, dashes and underscores. Only whole names,
    // and few ends of them: page_token, api_key_id and idempotency_key are nobody's secrets.
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
    [
        "apisecret", "auth", "awsaccesskeyid", "bearer", "cookie", "credential", "credentials", "functionskey",
        "googleaccessid", "idtoken", "jwt", "key", "passwd", "pwd", "secret", "sig", "signature", "token",
        "xamzcredential", "xamzsignature", "xfunctionskey", "xgoogcredential", "xgoogsignature",
    ]);

    private static readonly string[] Ends =
    [
        "accesskey", "accesstoken", "apikey", "apitoken", "authkey", "authorization", "authtoken", "bearertoken",
        "clientsecret", "password", "refreshtoken", "secretkey", "securitytoken", "sessiontoken", "subscriptionkey",
    ];

    /// <param name="request">The request whose address it is.</param>
    /// <param name="rest">What of the address would go on, escaped as it came.</param>
    /// <param name="access">Knows the gateway's own keys.</param>
    /// <returns>Null, or what must not go on; the message has names, never a value.</returns>
    public static CallError? Find(HttpRequest request, string rest, AccessPolicy access)
    {
        // Servers differ in what parts two fields, so all of it does; what is escaped is inside a value everywhere.
        foreach (var piece in rest.Split('/', '?', '&', ';'))
        {
            var parts = piece.Split('=', 2);
            var name = Plain(parts[0]);
            if (parts.Length == 2 && IsCredential(name))
            {
                var told = HeaderText.Encode(name.Length > LongestName ? name[..LongestName] : name);
                return CallError.Invalid("invalid_value",
                    $"address: '{told}' is not passed on; providers' keys are configured", told);
            }

            if (HoldsKey(parts.Length == 2 ? Plain(parts[1]) : name, request, access))
            {
                return CallError.Invalid("invalid_value", "address: a key is not passed on; send it in a header");
            }
        }

        return null;
    }

    // auth[token] and filter.api_key say it in one of their parts; callers name the members of metadata as they like.
    private static bool IsCredential(string name) =>
        !name.StartsWith("metadata[", StringComparison.Ordinal)
        && name.Split('[', ']', '.', ':').Append(name).Select(Bare).Any(part => Names.Contains(part)
            || Ends.Any(end => part.EndsWith(end, StringComparison.Ordinal)));

    // Many clients insist on a key, and are given one that says nothing: "test" may be a value as well.
    private static bool HoldsKey(string value, HttpRequest request, AccessPolicy access)
    {
        var text = value.Trim();
        return (text.Length >= AccessPolicy.ShortestKey
                && (access.IsKey(text) || text == AccessPolicy.KeyOf(request)))
            || (After(text, "Bearer ") is { } token && IsToken(token))
            || (After(text, "Basic ") is { } credentials && IsNameAndPassword(credentials));
    }

    private static string? After(string text, string scheme) =>
        text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..].Trim() : null;

    /// <summary>One word, and none of a language: there are bearer bonds, too.</summary>
    private static bool IsToken(string text) => text.Length > 0 && !text.Contains(' ')
        && (text.Length >= AccessPolicy.ShortestKey || text.Any(sign => !char.IsLetter(sign)));

    /// <summary>RFC 7617: a name, a colon and a password, none with control characters, in base64.</summary>
    private static bool IsNameAndPassword(string text)
    {
        // What was a plus in the address has been read as a space.
        var base64 = text.Replace(' ', '+').TrimEnd('=');
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(
                base64.PadRight((base64.Length + 3) / 4 * 4, '='), bytes, out var length)
            && Utf8.IsValid(bytes.AsSpan(0, length))
            && Encoding.UTF8.GetString(bytes, 0, length) is var pair
            && pair.Contains(':') && !pair.Any(char.IsControl);
    }

    private static string Plain(string escaped) => Uri.UnescapeDataString(escaped.Replace('+', ' '));

    private static string Bare(string name) =>
        string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));
}
