using System.Text.Json;
using Google.Apis.Auth.OAuth2;

namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Access tokens for Vertex.</summary>
internal static class GoogleSignIn
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <summary>
    /// Google's "application default credentials": a file (of a service account, a workload's identity, a person), or
    /// the account of the machine. The library keeps its token and renews it in time, so it is asked every time.
    /// </summary>
    /// <param name="file">
    /// The file; null or empty: where Google's own tools leave one, or the machine's account.
    /// </param>
    public static Func<CancellationToken, Task<(string Value, DateTimeOffset GoodUntil)>> Of(string? file)
    {
        ITokenAccess? found = null;
        return async cancellation =>
        {
            found ??= await FindAsync(file, cancellation);
            var token = await found.GetAccessTokenForRequestAsync(null, cancellation);
            return (token, DateTimeOffset.MinValue);
        };
    }

    private static async Task<ITokenAccess> FindAsync(string? file, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(file))
        {
            return (await GoogleCredential.GetApplicationDefaultAsync(cancellation)).CreateScoped(Scope);
        }

        // Not the library's own reading of the variable: it would remember a file that was missing once.
        var json = await File.ReadAllBytesAsync(file, cancellation);
        using var stream = new MemoryStream(json);
        return JsonElement.Parse(json).GetProperty("type").GetString() switch
        {
            "service_account" => (await CredentialFactory.FromStreamAsync<ServiceAccountCredential>(
                stream, cancellation)).ToGoogleCredential().CreateScoped(Scope),
            "impersonated_service_account" => (await CredentialFactory.FromStreamAsync<ImpersonatedCredential>(
                stream, cancellation)).ToGoogleCredential().CreateScoped(Scope),
            "external_account" => External(await CredentialFactory.FromStreamAsync<ExternalAccountCredential>(
                stream, cancellation)).CreateScoped(Scope),
            "authorized_user" => await CredentialFactory.FromStreamAsync<UserCredential>(stream, cancellation),
            _ => throw new InvalidDataException(
                "the file's type is none of service_account, impersonated_service_account, external_account, "
                + "authorized_user"),
        };
    }

    // What they have in common lies in a type that the library keeps to itself.
    private static GoogleCredential External(ExternalAccountCredential credential) => credential switch
    {
        FileSourcedExternalAccountCredential one => one.ToGoogleCredential(),
        UrlSourcedExternalAccountCredential one => one.ToGoogleCredential(),
        AwsExternalAccountCredential one => one.ToGoogleCredential(),
        _ => throw new InvalidDataException("the file's external account is of a kind that is not known"),
    };
}
