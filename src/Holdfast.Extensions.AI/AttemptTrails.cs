using Holdfast.Execution;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>Reads what a call tried from its answer.</summary>
public static class AttemptTrails
{
    /// <summary>The key in <c>AdditionalProperties</c>: <c>holdfast.attempts</c>.</summary>
    public const string Key = "holdfast.attempts";

    /// <summary>What the call tried; null when the answer doesn't come from Holdfast.</summary>
    /// <param name="response">The answer.</param>
    /// <exception cref="ArgumentNullException">The answer is null.</exception>
    public static AttemptTrail? GetAttemptTrail(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return Of(response.AdditionalProperties);
    }

    /// <summary>
    /// What the call had tried until its first token; null for every update but the first. How the stream ended is
    /// known to <see cref="HoldfastOptions.OnCompleted"/>.
    /// </summary>
    /// <param name="update">The update.</param>
    /// <exception cref="ArgumentNullException">The update is null.</exception>
    public static AttemptTrail? GetAttemptTrail(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Of(update.AdditionalProperties);
    }

    /// <summary>What the call tried; null when the embeddings don't come from Holdfast.</summary>
    /// <typeparam name="TEmbedding">The embeddings.</typeparam>
    /// <param name="embeddings">The embeddings.</param>
    /// <exception cref="ArgumentNullException">The embeddings are null.</exception>
    public static AttemptTrail? GetAttemptTrail<TEmbedding>(this GeneratedEmbeddings<TEmbedding> embeddings)
        where TEmbedding : Embedding
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        return Of(embeddings.AdditionalProperties);
    }

    // A dictionary of its own: a client may hand the same answer to several callers.
    internal static AdditionalPropertiesDictionary With(
        AdditionalPropertiesDictionary? properties, AttemptTrail trail) =>
        new(properties ?? []) { [Key] = trail };

    private static AttemptTrail? Of(AdditionalPropertiesDictionary? properties) =>
        properties?.GetValueOrDefault(Key) as AttemptTrail;
}
