namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Where a cloud's sign-in may be used.</summary>
internal enum SignInPlaces
{
    /// <summary>At the cloud's own hosts, and on this machine.</summary>
    Auto,

    /// <summary>Wherever <c>baseUrl</c> leads: somebody says that the host may see the token.</summary>
    Always,

    /// <summary>Nowhere: whatever stands before the provider adds authorization.</summary>
    Never,
}

/// <summary>
/// Knows to whom a token may go that nobody wrote into the configuration. The token is good for all that its account
/// may do at the cloud, and a <c>baseUrl</c> may be anybody's address.
/// </summary>
internal static class CloudHosts
{
    // None under which a customer runs a server of its own, as under azure-api.net, cloudapp.azure.com (anybody's
    // machine) and inference.ml.azure.com (anybody's container).
    private static readonly string[] Google = [".googleapis.com"];

    private static readonly string[] Azure =
    [
        .. from service in (string[])["openai", "cognitiveservices", "services.ai"]
        from cloud in (string[])["azure.com", "azure.us", "azure.cn"]
        select $".{service}.{cloud}",
    ];

    /// <summary>Whether a sign-in may be used at an address.</summary>
    public static bool May(SignInPlaces places, CloudSignIn cloud, Uri address) => places switch
    {
        SignInPlaces.Always => true,
        SignInPlaces.Never => false,
        _ => address.IsLoopback || cloud switch
        {
            // A signature holds for one request to one host, and tells nobody the secret.
            CloudSignIn.Aws => true,
            CloudSignIn.Google => IsBelow(address, Google),
            _ => IsBelow(address, Azure),
        },
    };

    private static bool IsBelow(Uri address, string[] domains) => address.Scheme == Uri.UriSchemeHttps
        && domains.Any(domain => address.IdnHost.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
}
