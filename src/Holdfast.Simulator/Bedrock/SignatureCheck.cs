using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Simulator.Providers;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Simulator.Bedrock;

/// <summary>
/// Checks a request's Signature Version 4 the way AWS's documentation says a service does. One account is known: the
/// key id <c>AKIASIMULATOR</c> with the secret <c>simulated-secret</c>, and where a session token is sent with any that
/// begins with <c>simulated-token</c>: each sign-in may have one of its own.
/// </summary>
internal static class SignatureCheck
{
    public const string KeyId = "AKIASIMULATOR";
    public const string Secret = "simulated-secret";
    public const string SessionToken = "simulated-token";
    public const string Scheme = "AWS4-HMAC-SHA256 ";

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>Null where the signature is right.</summary>
    public static Problem? Problem(HttpContext context, ReadOnlySpan<byte> body, TimeProvider time)
    {
        var headers = context.Request.Headers;
        var parts = headers.Authorization.ToString()[Scheme.Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2).DistinctBy(part => part[0])
            .ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        if (!parts.TryGetValue("Credential", out var credential)
            || !parts.TryGetValue("SignedHeaders", out var signed) || !parts.TryGetValue("Signature", out var signature)
            || credential.Split('/') is not [var id, var day, var region, "bedrock", "aws4_request"])
        {
            return Refused("IncompleteSignatureException", "The authorization header lacks a part.");
        }

        var token = headers["x-amz-security-token"].ToString();
        if (id != KeyId || (token.Length > 0 && !token.StartsWith(SessionToken, StringComparison.Ordinal)))
        {
            return Refused("UnrecognizedClientException", "The security token included in the request is invalid.");
        }

        var date = headers["x-amz-date"].ToString();
        var isDate = DateTimeOffset.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var at);
        if (!isDate || !date.StartsWith(day, StringComparison.Ordinal) || (time.GetUtcNow() - at).Duration() > Skew)
        {
            return Refused("InvalidSignatureException", "Signature expired or not yet current.");
        }

        var names = signed.Split(';');
        var mustBe = headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal));
        var expected = Signature(Canonical(context, names, body), date, day, region);
        return mustBe.All(names.Contains) && expected == signature
            ? null
            : Refused("InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. The session token was "
                + $"'{token}'.");
    }

    private static Problem Refused(string name, string message) => new(403, name, null, message);

    private static string Canonical(HttpContext context, string[] names, ReadOnlySpan<byte> body)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/";
        var text = new StringBuilder().Append(context.Request.Method).Append('\n');
        // Each octet of the path as it came, percent signs among them, except those that never need it.
        foreach (var octet in Encoding.UTF8.GetBytes(target.Split('?')[0]))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                or (byte)'/')
            {
                text.Append((char)octet);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        text.Append("\n\n");
        foreach (var name in names)
        {
            text.Append(name).Append(':').Append(context.Request.Headers[name].ToString().Trim()).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', names).Append('\n')
            .Append(Convert.ToHexStringLower(SHA256.HashData(body))).ToString();
    }

    private static string Signature(string canonical, string date, string day, string region)
    {
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (var step in (string[])[day, region, "bedrock", "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(
            $"AWS4-HMAC-SHA256\n{date}\n{day}/{region}/bedrock/aws4_request\n{hash}")));
    }
}
