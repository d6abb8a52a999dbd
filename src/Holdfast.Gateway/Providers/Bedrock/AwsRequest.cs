namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>What of a request is signed.</summary>
internal sealed record AwsRequest
{
    public required string Method { get; init; }

    /// <summary>The path as it goes over the wire, escapes and all.</summary>
    public required string Path { get; init; }

    /// <summary>The query as it goes over the wire, without the question mark; empty: none.</summary>
    public string Query { get; init; } = "";

    /// <summary>
    /// The headers that are signed, in the order of sending; those of one name are one value with commas.
    /// </summary>
    public required IReadOnlyList<(string Name, string Value)> Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Dots and empty segments are taken out of the path, as every service but S3 wants it. Default true.
    /// </summary>
    public bool Normalizes { get; init; } = true;
}

/// <summary>Who signs, and for what.</summary>
/// <param name="KeyId">The access key id, which is no secret.</param>
/// <param name="Secret">The secret access key.</param>
/// <param name="Region">For instance <c>eu-central-1</c>.</param>
/// <param name="Service">For instance <c>bedrock</c>.</param>
internal sealed record AwsSigner(string KeyId, string Secret, string Region, string Service)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{KeyId}/{Region}/{Service}";
}
