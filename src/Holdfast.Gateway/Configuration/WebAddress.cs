namespace Holdfast.Gateway.Configuration;

/// <summary>What an address that the gateway calls must look like.</summary>
internal static class WebAddress
{
    /// <summary>What is wrong with it, as the end of a sentence; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") ||
            uri.Host.Length == 0 || text.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)))
        {
            return "is not an absolute http:// or https:// address";
        }

        // It would end up in logs and messages.
        return uri.UserInfo.Length > 0 || text.Contains('@')
            ? "must not hold a user or password; a key belongs into apiKey"
            : null;
    }
}
