using System.Diagnostics;
using Holdfast.Execution;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>
/// An embedding generator in front of one or several others, protected as <see cref="HoldfastChatClient"/> is. All
/// targets must serve the same model: vectors of two models can't be compared, and nothing here can tell them apart.
/// </summary>
/// <typeparam name="TInput">What is embedded.</typeparam>
/// <typeparam name="TEmbedding">What comes of it.</typeparam>
public sealed class HoldfastEmbeddingGenerator<TInput, TEmbedding> : IEmbeddingGenerator<TInput, TEmbedding>
    where TEmbedding : Embedding
{
    private readonly TargetPool<IEmbeddingGenerator<TInput, TEmbedding>> _pool;

    /// <summary>Makes one over several generators, which it owns from now on.</summary>
    /// <param name="targets">The generators, each with a name of its own. At least one.</param>
    /// <param name="options">How they are protected; null, the default: the options' own defaults.</param>
    /// <exception cref="ArgumentNullException">The targets are null.</exception>
    /// <exception cref="ArgumentException">Options or targets have problems; all are named.</exception>
    public HoldfastEmbeddingGenerator(
        IEnumerable<EmbeddingTarget<TInput, TEmbedding>> targets, HoldfastOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        _pool = new TargetPool<IEmbeddingGenerator<TInput, TEmbedding>>(
            [.. targets.Select(target => new TargetSpecification<IEmbeddingGenerator<TInput, TEmbedding>>(target.Name,
                target.Generator, target.Priority, target.Weight, target.Model, target.CircuitBreaker,
                ClientDescription.Of(target.Generator)))],
            options ?? new HoldfastOptions(), "embeddings");
    }

    /// <summary>The targets, by priority: breakers to watch and to reset, statistics.</summary>
    public IReadOnlyList<ProtectedTarget> Targets => _pool.Targets;

    /// <inheritdoc/>
    /// <exception cref="ResilienceException">
    /// As for <see cref="HoldfastChatClient.GetResponseAsync"/>. Fewer or more embeddings than values are no answer.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<GeneratedEmbeddings<TEmbedding>> GenerateAsync(IEnumerable<TInput> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        _pool.ThrowIfDisposed(this);
        var question = new Question([.. values], options, _pool.Options.Time);
        var won = await _pool.RunAsync(question, cancellationToken).ConfigureAwait(false);
        var trail = won.Complete();
        won.Answer.AdditionalProperties = AttemptTrails.With(won.Answer.AdditionalProperties, trail);
        return won.Answer;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        _pool.Find(this, serviceType, serviceKey);

    /// <summary>Disposes of the targets' generators.</summary>
    public void Dispose() => _pool.Dispose();

    private sealed class Question(IReadOnlyList<TInput> values, EmbeddingGenerationOptions? options, TimeProvider time)
        : IQuestion<IEmbeddingGenerator<TInput, TEmbedding>, GeneratedEmbeddings<TEmbedding>>
    {
        public bool IsStream => false;

        public string? Model => options?.ModelId;

        public async Task<GeneratedEmbeddings<TEmbedding>> AskAsync(
            Slot<IEmbeddingGenerator<TInput, TEmbedding>> slot, AttemptClock clock, Activity? span)
        {
            var asked = slot.Client.GenerateAsync(values, For(slot.Model), clock.Token);
            var answer = await Patience.TakeAsync(asked, clock.Token, time).ConfigureAwait(false);
            if (answer?.Count != values.Count)
                throw new BadAnswerException($"{answer?.Count ?? 0} embeddings for {values.Count} values");
            if (span is not null)
                GenAiTags.Tokens(span, answer.Usage);
            return answer;
        }

        public void Drop(GeneratedEmbeddings<TEmbedding> answer)
        {
            // It holds nothing that would have to be given back.
        }

        private EmbeddingGenerationOptions? For(string? model)
        {
            if (options is null && model is null)
                return null;
            var own = options?.Clone() ?? new EmbeddingGenerationOptions();
            own.ModelId = model ?? own.ModelId;
            return own;
        }
    }
}
