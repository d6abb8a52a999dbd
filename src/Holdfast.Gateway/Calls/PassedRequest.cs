namespace Holdfast.Gateway.Calls;

/// <summary>
/// A request that goes on to a provider as it is, to whichever of its paths. A body that isn't in
/// <see cref="CallRequest.Body"/> is read from the caller while it is sent, so it can be sent once only.
/// </summary>
/// <param name="Method">The caller's.</param>
/// <param name="Path">Below the provider's base URL, with the query: checked, so that it leads nowhere else.</param>
internal sealed record PassedRequest(HttpMethod Method, string Path)
{
    /// <summary>What the caller takes; null when it doesn't say.</summary>
    public string? Accept { get; init; }

    public string? ContentType { get; init; }

    /// <summary>The caller's body on its way; null where there is none, or it has been read.</summary>
    public Stream? Content { get; init; }

    /// <summary>How long it is; null when the caller doesn't say.</summary>
    public long? ContentLength { get; init; }

    /// <summary>So many bytes of it at most.</summary>
    public long MaxBytes { get; init; }
}
