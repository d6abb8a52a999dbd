using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>Puts Holdfast around one client.</summary>
public static class HoldfastProtection
{
    /// <summary>
    /// Protects one chat client with a circuit breaker, repeats and timeouts. It fits <c>ChatClientBuilder.Use</c>.
    /// </summary>
    /// <param name="client">The client; it is owned by the result from now on.</param>
    /// <param name="options">How it is protected; null, the default: the options' own defaults.</param>
    /// <param name="name">
    /// What it is called in trails and errors. Null, the default: <c>provider/model</c> as the client's metadata say.
    /// </param>
    /// <exception cref="ArgumentNullException">The client is null.</exception>
    /// <exception cref="ArgumentException">The options have problems; all are named.</exception>
    public static HoldfastChatClient WithHoldfast(
        this IChatClient client, HoldfastOptions? options = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new HoldfastChatClient([new ChatTarget(name ?? ClientDescription.Of(client).Name, client)], options);
    }

    /// <summary>Protects one embedding generator with a circuit breaker, repeats and timeouts.</summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">What comes of it.</typeparam>
    /// <param name="generator">The generator; it is owned by the result from now on.</param>
    /// <param name="options">How it is protected; null, the default: the options' own defaults.</param>
    /// <param name="name">
    /// What it is called in trails and errors. Null, the default: <c>provider/model</c> as its metadata say.
    /// </param>
    /// <exception cref="ArgumentNullException">The generator is null.</exception>
    /// <exception cref="ArgumentException">The options have problems; all are named.</exception>
    public static HoldfastEmbeddingGenerator<TInput, TEmbedding> WithHoldfast<TInput, TEmbedding>(
        this IEmbeddingGenerator<TInput, TEmbedding> generator, HoldfastOptions? options = null, string? name = null)
        where TEmbedding : Embedding
    {
        ArgumentNullException.ThrowIfNull(generator);
        return new HoldfastEmbeddingGenerator<TInput, TEmbedding>(
            [new EmbeddingTarget<TInput, TEmbedding>(name ?? ClientDescription.Of(generator).Name, generator)],
            options);
    }
}
