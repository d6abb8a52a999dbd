using Amazon.Runtime.Credentials;
using Holdfast.Gateway.Providers.Bedrock;

namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Who a call is made as at AWS.</summary>
/// <param name="KeyId">The access key id, which is no secret.</param>
/// <param name="Secret">The secret access key.</param>
/// <param name="SessionToken">Null for keys that don't end.</param>
internal sealed record AwsKeys(string KeyId, string Secret, string? SessionToken)
{
    /// <summary>Without the secrets.</summary>
    public override string ToString() => KeyId;
}

/// <summary>Signs requests to AWS.</summary>
/// <param name="keys">With what.</param>
/// <param name="region">The region that is called; AWS takes no signature for another one.</param>
/// <param name="service">The service that is called.</param>
/// <param name="time">The clock; AWS takes no signature that is minutes off.</param>
internal sealed class AwsSignIn(TemporaryCredential<AwsKeys> keys, string region, string service, TimeProvider time)
    : ISignIn
{
    /// <summary>
    /// AWS's own order: keys in the environment, a web identity, a profile (with roles, processes and single sign-on),
    /// a container's role, an instance's role. The library keeps what it found and renews it in time, so it is asked
    /// every time.
    /// </summary>
    public static async Task<(AwsKeys Value, DateTimeOffset GoodUntil)> FindAsync(CancellationToken cancellation)
    {
        var credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync().WaitAsync(cancellation);
        var found = await credentials.GetCredentialsAsync().WaitAsync(cancellation);
        var token = string.IsNullOrEmpty(found.Token) ? null : found.Token;
        return (new AwsKeys(found.AccessKey, found.SecretKey, token), DateTimeOffset.MinValue);
    }

    public async ValueTask SignAsync(
        HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var signing = await keys.GetAsync(cancellation);
        var url = request.RequestUri
            ?? throw new ArgumentException("a request without an address cannot be signed", nameof(request));
        var now = time.GetUtcNow();
        var headers = new List<(string Name, string Value)>
        {
            ("host", url.IsDefaultPort ? url.Host : $"{url.Host}:{url.Port}"),
            ("x-amz-date", AwsSignature.DateText(now)),
        };
        if (request.Content?.Headers.ContentType is { } type)
        {
            headers.Add(("content-type", type.ToString()));
        }

        if (signing.SessionToken is { } token)
        {
            headers.Add(("x-amz-security-token", token));
        }

        var authorization = AwsSignature.Authorization(
            new AwsRequest
            {
                Method = request.Method.Method,
                Path = url.AbsolutePath,
                Query = url.Query.TrimStart('?'),
                Headers = headers,
                Body = body,
            },
            new AwsSigner(signing.KeyId, signing.Secret, region, service), now);
        foreach (var (name, value) in headers.Where(header => header.Name != "content-type"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation("authorization", authorization);
    }
}
