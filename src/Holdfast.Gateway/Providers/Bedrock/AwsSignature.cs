using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Signature Version 4 in a header (AWS, "Create a signed AWS API request"): a canonical form of the request, a text
/// that names it by its hash, and a key that is good for one day, one region and one service.
/// </summary>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";

    /// <summary>The moment as it stands in <c>x-amz-date</c>.</summary>
    public static string DateText(DateTimeOffset now) =>
        now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The value of <c>authorization</c>.</summary>
    /// <param name="request">What is sent; <c>x-amz-date</c> is among its headers.</param>
    /// <param name="signer">Who sends it.</param>
    /// <param name="now">The moment in that header.</param>
    public static string Authorization(AwsRequest request, AwsSigner signer, DateTimeOffset now)
    {
        var headers = CanonicalHeaders(request.Headers);
        var text = StringToSign(Canonical(request, headers), signer, now);
        return $"{Algorithm} Credential={signer.KeyId}/{Scope(signer, now)}, "
            + $"SignedHeaders={Names(headers)}, Signature={Sign(text, signer, now)}";
    }

    /// <summary>The request in the one form in which both sides hash it.</summary>
    public static string Canonical(AwsRequest request) => Canonical(request, CanonicalHeaders(request.Headers));

    /// <summary>What is signed instead of the request.</summary>
    public static string StringToSign(string canonical, AwsSigner signer, DateTimeOffset now) =>
        $"{Algorithm}\n{DateText(now)}\n{Scope(signer, now)}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";

    public static string Sign(string text, AwsSigner signer, DateTimeOffset now)
    {
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + signer.Secret), Encoding.UTF8.GetBytes(Day(now)), key);
        foreach (var part in (string[])[signer.Region, signer.Service, Terminator, text])
        {
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part), key);
        }

        return Convert.ToHexStringLower(key);
    }

    private static string Canonical(AwsRequest request, SortedDictionary<string, string> headers)
    {
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n')
            .Append(CanonicalPath(request.Path, request.Normalizes)).Append('\n')
            .Append(CanonicalQuery(request.Query)).Append('\n');
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
        }

        return text.Append('\n').Append(Names(headers)).Append('\n').Append(Hash(request.Body.Span)).ToString();
    }

    /// <summary>Escaped once more than on the wire, so that an escape is signed as what it is.</summary>
    private static string CanonicalPath(string path, bool normalizes)
    {
        var segments = (path.StartsWith('/') ? path[1..] : path).Split('/');
        if (!normalizes)
        {
            return "/" + string.Join('/', segments.Select(Uri.EscapeDataString));
        }

        var kept = new List<string>(segments.Length);
        foreach (var segment in segments)
        {
            if (segment == "..")
            {
                kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            }
            else if (segment is not ("" or "."))
            {
                kept.Add(Uri.EscapeDataString(segment));
            }
        }

        return "/" + string.Join('/', kept) + (kept.Count > 0 && path.EndsWith('/') ? "/" : "");
    }

    /// <summary>Escaped as on the wire, whether or not the wire has escaped all that may be.</summary>
    private static string CanonicalQuery(string query) => string.Join('&', query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Escaped(pair[0]), Value: pair.Length > 1 ? Escaped(pair[1]) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Escaped(string part) => Uri.EscapeDataString(Uri.UnescapeDataString(part));

    private static SortedDictionary<string, string> CanonicalHeaders(IReadOnlyList<(string Name, string Value)> headers)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            var key = name.ToLowerInvariant();
            // Runs of spaces are one, at the ends none: what proxies do to a header must not break the signature.
            var text = string.Join(' ', value.Split((char[])[' ', '\t', '\r', '\n'],
                StringSplitOptions.RemoveEmptyEntries));
            sorted[key] = sorted.TryGetValue(key, out var before) ? $"{before},{text}" : text;
        }

        return sorted;
    }

    private static string Names(SortedDictionary<string, string> headers) => string.Join(';', headers.Keys);

    private static string Scope(AwsSigner signer, DateTimeOffset now) =>
        $"{Day(now)}/{signer.Region}/{signer.Service}/{Terminator}";

    private static string Day(DateTimeOffset now) => DateText(now)[..8];

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
