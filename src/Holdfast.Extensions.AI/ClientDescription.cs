using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>What a client says of itself.</summary>
/// <param name="Provider">As OpenTelemetry calls it; null when it doesn't say.</param>
/// <param name="Model">The model it asks for by default; null when it doesn't say.</param>
/// <param name="Address">Where it calls; null when it doesn't say.</param>
/// <param name="Find">Its own <c>GetService</c>, which looks through what wraps it.</param>
internal sealed record ClientDescription(
    string? Provider, string? Model, Uri? Address, Func<Type, object?, object?> Find)
{
    // A client may be missing; that is a problem of the options and told there.
    private static readonly ClientDescription Nothing = new(null, null, null, (_, _) => null);

    /// <summary><c>provider/model</c>, or as much of it as is known.</summary>
    public string Name
    {
        get
        {
            var name = string.Join('/', new[] { Provider, Model }.Where(part => !string.IsNullOrEmpty(part)));
            return name.Length == 0 ? "model" : name;
        }
    }

    public static ClientDescription Of(IChatClient? client)
    {
        if (client is null)
            return Nothing;
        var metadata = client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata;
        return new(metadata?.ProviderName, metadata?.DefaultModelId, metadata?.ProviderUri, client.GetService);
    }

    public static ClientDescription Of(IEmbeddingGenerator? generator)
    {
        if (generator is null)
            return Nothing;
        var metadata = generator.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata;
        return new(metadata?.ProviderName, metadata?.DefaultModelId, metadata?.ProviderUri, generator.GetService);
    }
}
