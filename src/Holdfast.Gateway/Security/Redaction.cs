namespace Holdfast.Gateway.Security;

/// <summary>Takes known secrets out of a text that somebody else wrote, before anybody reads it.</summary>
internal sealed class Redaction(IEnumerable<string> secrets)
{
    private const string Mask = "[redacted]";

    /// <summary>Shorter ones are no secrets, and would tear words apart.</summary>
    private const int ShortestSecret = 8;

    // Longest first: of two that begin alike, the shorter one would leave the longer one's rest. As part of an address
    // a secret is written in another way.
    private readonly string[] _secrets =
    [
        .. secrets.Where(secret => secret.Length >= ShortestSecret)
            .SelectMany<string, string>(secret => [secret, Uri.EscapeDataString(secret)])
            .Distinct()
            .OrderByDescending(secret => secret.Length),
    ];

    public string Apply(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }
}
