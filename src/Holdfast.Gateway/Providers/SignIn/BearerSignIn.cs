namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>A cloud's access token as <c>authorization: Bearer</c>.</summary>
internal sealed class BearerSignIn(TemporaryCredential<string> token) : ISignIn
{
    public async ValueTask SignAsync(
        HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        request.Headers.TryAddWithoutValidation("authorization", "Bearer " + await token.GetAsync(cancellation));
}
