using System.Collections.Concurrent;

namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Where a provider without a key gets its authorization.</summary>
internal enum CloudSignIn
{
    /// <summary>Nowhere: its calls go out without any.</summary>
    None,
    Aws,
    Azure,
    Google,
}

/// <summary>The sign-ins of all providers; survives a reload, so that tokens aren't fetched anew for each.</summary>
internal sealed partial class SignIns(TimeProvider time, ILogger<SignIns> log)
{
    private readonly ConcurrentDictionary<(CloudSignIn Cloud, string Where), ISignIn> _known = new();
    private TemporaryCredential<AwsKeys>? _aws;

    /// <summary>Null for a provider that has keys or needs none, and at an address that may not see a token.</summary>
    public ISignIn? For(ProviderOptions options)
    {
        if (options.ApiKeys.Count > 0 || options.Address is not { } address
            || ProviderTypes.Find(options.Type) is not { SignIn: not CloudSignIn.None and var cloud }
            || !CloudHosts.May(options.SignIn, cloud, address))
        {
            return null;
        }

        var where = cloud switch
        {
            CloudSignIn.Aws => RegionOf(options, address),
            CloudSignIn.Azure => AzureSignIn.ScopeFor(address),
            _ => "",
        };
        return _known.GetOrAdd((cloud, where), id => id.Cloud switch
        {
            CloudSignIn.Aws => new AwsSignIn(Aws, id.Where, "bedrock", time),
            CloudSignIn.Azure => new BearerSignIn(Kept(AzureSignIn.Of(address), "Azure")),
            _ => new BearerSignIn(Kept(
                GoogleSignIn.Of(Environment.GetEnvironmentVariable("GOOGLE_APPLICATION_CREDENTIALS")), "Google")),
        });
    }

    // One account for all regions.
    private TemporaryCredential<AwsKeys> Aws => LazyInitializer.EnsureInitialized(
        ref _aws, () => Kept<AwsKeys>(AwsSignIn.FindAsync, "AWS"));

    /// <summary>As configured, or as the address says it: <c>bedrock-runtime.eu-west-1.amazonaws.com</c>.</summary>
    private static string RegionOf(ProviderOptions options, Uri address) =>
        options.Region ?? (address.Host.Split('.') is [_, var region, "amazonaws", ..] ? region : "us-east-1");

    private TemporaryCredential<T> Kept<T>(
        Func<CancellationToken, Task<(T Value, DateTimeOffset GoodUntil)>> fetch, string cloud)
        where T : class =>
        new(fetch, $"the gateway could not sign in at {cloud}", time,
            broken => LogFailed(log, cloud, SignInSecrets.Tell(broken)));

    [LoggerMessage(1, LogLevel.Warning, "signing in at {Cloud} failed; its providers are passed over: {Why}")]
    private static partial void LogFailed(ILogger log, string cloud, string why);
}
