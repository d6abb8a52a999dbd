using System.Runtime.CompilerServices;
using Holdfast.Execution;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>
/// A chat client in front of one or several others: it keeps away from those that fail, repeats within one budget,
/// holds every attempt to its limits, and goes on to the next client when one fails. Thread-safe as far as its clients
/// are.
/// </summary>
/// <remarks>
/// <para>
/// A stream may fail over until its first token: the first update with text, reasoning, a function call, any other
/// content or a finish reason. Nothing reaches the caller before it. From then on the answer belongs to one target; a
/// failure is thrown as a <see cref="ResilienceException"/> with the trail, and never passes for an end. Function calls
/// are tokens: nothing is asked again after the caller has seen one.
/// </para>
/// <para>
/// The messages are read once, each attempt gets a clone of the options. Put what invokes functions around this client
/// and not below it, or a repeat would invoke them again.
/// </para>
/// </remarks>
public sealed class HoldfastChatClient : IChatClient
{
    private readonly TargetPool<IChatClient> _pool;

    /// <summary>Makes one over several clients, which it owns from now on.</summary>
    /// <param name="targets">The clients, each with a name of its own. At least one.</param>
    /// <param name="options">How they are protected; null, the default: the options' own defaults.</param>
    /// <exception cref="ArgumentNullException">The targets are null.</exception>
    /// <exception cref="ArgumentException">Options or targets have problems; all are named.</exception>
    public HoldfastChatClient(IEnumerable<ChatTarget> targets, HoldfastOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        _pool = new TargetPool<IChatClient>(
            [.. targets.Select(target => new TargetSpecification<IChatClient>(target.Name, target.Client,
                target.Priority, target.Weight, target.Model, target.CircuitBreaker,
                ClientDescription.Of(target.Client)))],
            options ?? new HoldfastOptions(), "chat");
    }

    /// <summary>The targets, by priority: breakers to watch and to reset, statistics.</summary>
    public IReadOnlyList<ProtectedTarget> Targets => _pool.Targets;

    /// <summary>Makes one over several clients with default options.</summary>
    /// <param name="targets">The clients, in the order in which they are tried.</param>
    /// <exception cref="ArgumentException">The targets have problems; all are named.</exception>
    public static HoldfastChatClient Create(params IEnumerable<ChatTarget> targets) => new(targets);

    /// <summary>Makes one over several clients.</summary>
    /// <param name="options">How they are protected.</param>
    /// <param name="targets">The clients, in the order in which they are tried, ties of priority resolved so.</param>
    /// <exception cref="ArgumentException">Options or targets have problems; all are named.</exception>
    public static HoldfastChatClient Create(HoldfastOptions options, params IEnumerable<ChatTarget> targets) =>
        new(targets, options);

    /// <inheritdoc/>
    /// <exception cref="AllModelsFailedException">Every one of several targets failed.</exception>
    /// <exception cref="CircuitOpenException">The only target's circuit is open.</exception>
    /// <exception cref="ModelUnavailableException">The only target can't serve the call now.</exception>
    /// <exception cref="RetryExhaustedException">The only target failed as often as the budget allows.</exception>
    /// <exception cref="ResilienceException">The call's deadline has passed.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _pool.ThrowIfDisposed(this);
        var question = new ChatQuestion([.. messages], options, _pool.Options);
        var won = await _pool.RunAsync(question, cancellationToken).ConfigureAwait(false);
        var trail = won.Complete();
        won.Answer.AdditionalProperties = AttemptTrails.With(won.Answer.AdditionalProperties, trail);
        return won.Answer;
    }

    /// <inheritdoc/>
    /// <exception cref="ResilienceException">
    /// As for plain calls; and for a stream that was cut after its first token.
    /// </exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _pool.ThrowIfDisposed(this);
        return StreamAsync([.. messages], options, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        _pool.Find(this, serviceType, serviceKey);

    /// <summary>Disposes of the targets' clients.</summary>
    public void Dispose() => _pool.Dispose();

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IReadOnlyList<ChatMessage> messages,
        ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var question = new ChatStreamQuestion(messages, options, _pool.Options);
        var won = await _pool.RunAsync(question, cancellationToken).ConfigureAwait(false);
        var trail = won.Trail;
        won.Answer.Mark(first => first.AdditionalProperties = AttemptTrails.With(first.AdditionalProperties, trail));
        var lease = new ChatLease(won, _pool, cancellationToken);
        await using (lease.ConfigureAwait(false))
        {
            while (await lease.NextAsync().ConfigureAwait(false) is { } update)
                yield return update;
        }
    }
}
