using Azure.Core;
using Azure.Identity;

namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Entra tokens for Azure OpenAI.</summary>
internal static class AzureSignIn
{
    /// <summary>
    /// The order of Azure's own library: a service principal in the environment, a workload's identity, a managed
    /// identity, and for developers the account of the command line. What would open a window is left out.
    /// </summary>
    public static Func<CancellationToken, Task<(string Value, DateTimeOffset GoodUntil)>> Of(Uri address)
    {
        var scope = ScopeFor(address);
        var credential = new Lazy<TokenCredential>(() => new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ExcludeInteractiveBrowserCredential = true,
            ExcludeVisualStudioCredential = true,
            ExcludeVisualStudioCodeCredential = true,
            ExcludeAzurePowerShellCredential = true,
            ExcludeAzureDeveloperCliCredential = true,
            DisableInstanceDiscovery = HasAuthorityOfItsOwn(),
        }));
        return async cancellation =>
        {
            var token = await credential.Value.GetTokenAsync(new TokenRequestContext([scope]), cancellation);
            return (token.Token, token.ExpiresOn);
        };
    }

    /// <summary>
    /// The public cloud is asked about authorities that the library doesn't know. It doesn't know a private cloud's
    /// either, and that may have no way to the public one.
    /// </summary>
    private static bool HasAuthorityOfItsOwn() =>
        Uri.TryCreate(Environment.GetEnvironmentVariable("AZURE_AUTHORITY_HOST"), UriKind.Absolute, out var authority)
        && authority.Host != AzureAuthorityHosts.AzurePublicCloud.Host
        && authority.Host != AzureAuthorityHosts.AzureGovernment.Host
        && authority.Host != AzureAuthorityHosts.AzureChina.Host;

    /// <summary>For whom a token is made out: the clouds of some countries have names of their own.</summary>
    public static string ScopeFor(Uri address) =>
        address.Host.EndsWith(".azure.us", StringComparison.OrdinalIgnoreCase)
            ? "https://cognitiveservices.azure.us/.default"
            : address.Host.EndsWith(".azure.cn", StringComparison.OrdinalIgnoreCase)
                ? "https://cognitiveservices.azure.cn/.default"
                : "https://cognitiveservices.azure.com/.default";
}
