using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;

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
        // Not the library's own search: a file or a metadata server that was missing once is missing to it for good.
        file = string.IsNullOrEmpty(file) ? LeftByTools() : file;
        if (file is null)
        {
            var machine = new ComputeCredential.Initializer { HttpClientFactory = new MetadataConnections() };
            return new ComputeCredential(machine).ToGoogleCredential().CreateScoped(Scope);
        }

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

    /// <summary>Where <c>gcloud auth application-default login</c> leaves its file; null where there is none.</summary>
    private static string? LeftByTools()
    {
        var folder = Environment.GetEnvironmentVariable("CLOUDSDK_CONFIG") is { Length: > 0 } configured ? configured
            : OperatingSystem.IsWindows()
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "gcloud")
                : Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "gcloud");
        var file = Path.Combine(folder, "application_default_credentials.json");
        return File.Exists(file) ? file : null;
    }

    // What they have in common lies in a type that the library keeps to itself.
    private static GoogleCredential External(ExternalAccountCredential credential) => credential switch
    {
        FileSourcedExternalAccountCredential one => one.ToGoogleCredential(),
        UrlSourcedExternalAccountCredential one => one.ToGoogleCredential(),
        AwsExternalAccountCredential one => one.ToGoogleCredential(),
        _ => throw new InvalidDataException("the file's external account is of a kind that is not known"),
    };

    /// <summary>Where there is no metadata server, nobody answers at its address: that shows soon.</summary>
    private sealed class MetadataConnections : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) =>
            new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1), UseProxy = false };
    }
}
