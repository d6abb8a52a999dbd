namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>Authorization that a cloud gives out for a while, for a provider that has no keys.</summary>
internal interface ISignIn
{
    /// <summary>Puts authorization into a request that is otherwise complete.</summary>
    /// <param name="request">The request; its address, method and content type say what is authorized.</param>
    /// <param name="body">The bytes of its content.</param>
    /// <param name="cancellation">Nobody waits any more. A sign-in under way goes on for those who come after.</param>
    /// <exception cref="SignInException">There is no authorization to be had.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask SignAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellation);
}
