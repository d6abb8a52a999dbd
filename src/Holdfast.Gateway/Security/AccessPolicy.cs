using System.Security.Cryptography;
using System.Text;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Security;

/// <summary>Who may do what, by key. Keys are compared by digest in constant time.</summary>
internal sealed class AccessPolicy(ServerOptions options, string adminKey)
{
    /// <summary>
    /// Characters that a key has at least. What is shorter can be guessed, and may be an ordinary word: it is warned
    /// of, and not looked for where a word may stand.
    /// </summary>
    public const int ShortestKey = 16;

    private readonly byte[] _admin = Digest(adminKey);
    private readonly byte[]? _metrics = options.MetricsKey.Length > 0 ? Digest(options.MetricsKey) : null;

    /// <summary>What a call without a key that may make it is told.</summary>
    public static CallError KeyNeeded => new(401, "invalid_request_error", "invalid_api_key",
        "Authorization: a valid key is needed, as 'Bearer KEY'");

    /// <summary>
    /// Whether a call may be made. Until organizations have keys of their own, <c>requireKeys</c> leaves it to the
    /// admin key.
    /// </summary>
    public bool MayCall(HttpRequest request) => !options.RequireKeys || IsAdmin(request);

    public bool IsAdmin(HttpRequest request) => KeyOf(request) is { } key && Matches(key, _admin);

    public bool MayReadMetrics(HttpRequest request) =>
        KeyOf(request) is { } key && IsKey(key);

    /// <summary>Whether the text is one of the gateway's own keys, wherever it was found.</summary>
    public bool IsKey(string text) => Matches(text, _admin) | (_metrics is { } metrics && Matches(text, metrics));

    private static bool Matches(string key, byte[] digest) =>
        CryptographicOperations.FixedTimeEquals(Digest(key), digest);

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The key that a request presents, right or wrong; null without one.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        if (request.Headers.Authorization is [{ } authorization]
            && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return authorization[Bearer.Length..].Trim();
        }

        return request.Headers["x-api-key"] is [{ Length: > 0 } key] ? key : null;
    }
}
