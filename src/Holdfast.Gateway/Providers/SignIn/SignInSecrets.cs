using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>
/// What a cloud's library says of a failed sign-in, fit for a log: it quotes what the cloud's servers answer, and some
/// of these repeat what they were sent.
/// </summary>
internal static class SignInSecrets
{
    private static readonly string[] Variables =
    [
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "IDENTITY_HEADER", "MSI_SECRET",
    ];

    // Hold nothing but a token.
    private static readonly string[] FileVariables =
    [
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE",
    ];

    // A token is a few kilobytes.
    private const int MostBytes = 64 * 1024;

    /// <summary>The messages of a failure and of what is behind it, without the secrets of this process.</summary>
    public static string Tell(Exception broken)
    {
        var said = new List<string>();
        for (var cause = broken; cause is not null; cause = cause.InnerException)
        {
            // Libraries repeat the inner message in the outer one.
            if (!said.Exists(message => message.Contains(cause.Message, StringComparison.Ordinal)))
            {
                said.Add($"{cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}");
            }
        }

        return new Redaction(Known()).Apply(string.Join("; ", said));
    }

    private static IEnumerable<string> Known() =>
        Variables.Select(Environment.GetEnvironmentVariable)
            .Concat(FileVariables.Select(Environment.GetEnvironmentVariable).Select(ReadToken))
            .Where(secret => !string.IsNullOrWhiteSpace(secret)).Select(secret => secret!.Trim());

    private static string? ReadToken(string? path)
    {
        try
        {
            return string.IsNullOrEmpty(path) || new FileInfo(path).Length > MostBytes ? null : File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Then nobody has sent it, either.
            return null;
        }
    }
}
