using System.Runtime.ExceptionServices;

namespace Holdfast.Execution;

/// <summary>
/// Runs many operations, a bounded number at once, and waits for all of them, or for the first that succeeds. They are
/// started in their order, on the caller's thread until each first waits.
/// <para>
/// What is no longer needed is cancelled and awaited: when a method returns, nothing runs any more, so an operation
/// that ignores its token holds everybody up. No exception stays unobserved. When the caller's token is cancelled
/// before the end, what runs is cancelled and awaited, and <see cref="OperationCanceledException"/> is thrown. What an
/// operation registers on its token must not throw: that would be thrown instead of the result.
/// </para>
/// <para>
/// A batch that reaches <see cref="BatchOptions.Timeout"/> ends likewise: what runs is cancelled and awaited, and
/// nothing more is started.
/// </para>
/// </summary>
public static class BatchExecutor
{
    /// <summary>
    /// Waits until all have succeeded. The first failure cancels the others, and is thrown when they have ended; what
    /// they threw meanwhile is dropped: <see cref="AllSettledAsync"/> tells everything.
    /// </summary>
    /// <typeparam name="T">What they make.</typeparam>
    /// <param name="operations">The operations.</param>
    /// <param name="options">How many run at once, and for how long all of it. Null: the defaults.</param>
    /// <param name="discard">
    /// Gets each result that nobody will get because another operation failed, so that it can be disposed of, after
    /// all have ended. Must not throw. Null, the default: they are dropped.
    /// </param>
    /// <param name="time">The clock of the timeout. Null: the system's.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>The results, in the order of the operations.</returns>
    /// <exception cref="ArgumentNullException">The operations are null.</exception>
    /// <exception cref="ArgumentException">
    /// One of them is null, or the options have <see cref="BatchOptions.Problems"/>.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// The timeout was reached before all had ended and before one failed.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<T[]> AllAsync<T>(
        IReadOnlyList<Func<CancellationToken, ValueTask<T>>> operations,
        BatchOptions? options = null,
        Action<T>? discard = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        using var batch = new Batch<T>(operations, BatchEnd.FirstFailure, options, discard, time, cancellationToken);
        await batch.RunAsync().ConfigureAwait(false);
        if (batch.Succeeded == operations.Count)
            return [.. batch.Results.Select(result => result!.Value.Value)];

        batch.DiscardAllBut(-1);
        cancellationToken.ThrowIfCancellationRequested();
        batch.ThrowIfTimedOut();
        ExceptionDispatchInfo.Throw(batch.Results[batch.Decisive]!.Value.Exception!);
        return [];
    }

    /// <summary>Waits for the first success and cancels the others.</summary>
    /// <typeparam name="T">What they make.</typeparam>
    /// <param name="operations">The operations. At least one.</param>
    /// <param name="options">How many run at once, and for how long all of it. Null: the defaults.</param>
    /// <param name="discard">
    /// Gets each result of those that succeeded too, but later, so that it can be disposed of, after all have ended.
    /// Must not throw. Null, the default: they are dropped.
    /// </param>
    /// <param name="time">The clock of the timeout. Null: the system's.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>The result of the first that succeeded, and its place among the operations.</returns>
    /// <exception cref="ArgumentNullException">The operations are null.</exception>
    /// <exception cref="ArgumentException">
    /// There are none, one of them is null, or the options have <see cref="BatchOptions.Problems"/>.
    /// </exception>
    /// <exception cref="AllOperationsFailedException">None succeeded.</exception>
    /// <exception cref="TimeoutException">
    /// The timeout was reached before one succeeded; its cause holds what those threw that had failed by then.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before one succeeded.</exception>
    public static async Task<(T Value, int Index)> AnyAsync<T>(
        IReadOnlyList<Func<CancellationToken, ValueTask<T>>> operations,
        BatchOptions? options = null,
        Action<T>? discard = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        using var batch = new Batch<T>(operations, BatchEnd.FirstSuccess, options, discard, time, cancellationToken);
        if (operations.Count == 0)
            throw new ArgumentException("there are no operations: at least one", nameof(operations));
        await batch.RunAsync().ConfigureAwait(false);
        if (batch.Decisive >= 0)
        {
            batch.DiscardAllBut(batch.Decisive);
            return (batch.Results[batch.Decisive]!.Value.Value, batch.Decisive);
        }

        cancellationToken.ThrowIfCancellationRequested();
        batch.ThrowIfTimedOut();
        throw new AllOperationsFailedException(batch.Results.Select(result => result!.Value.Exception!));
    }

    /// <summary>
    /// Waits until all have ended, however they end. What the timeout cuts off, or has never started by then, has
    /// failed with a <see cref="TimeoutException"/>; what had ended by then is kept.
    /// </summary>
    /// <typeparam name="T">What they make.</typeparam>
    /// <param name="operations">The operations.</param>
    /// <param name="options">How many run at once, and for how long all of it. Null: the defaults.</param>
    /// <param name="discard">
    /// Gets each result that nobody will get because the token was cancelled, so that it can be disposed of, after all
    /// have ended. Must not throw. Null, the default: they are dropped.
    /// </param>
    /// <param name="time">The clock of the timeout. Null: the system's.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>How each ended, in the order of the operations.</returns>
    /// <exception cref="ArgumentNullException">The operations are null.</exception>
    /// <exception cref="ArgumentException">
    /// One of them is null, or the options have <see cref="BatchOptions.Problems"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<Settled<T>[]> AllSettledAsync<T>(
        IReadOnlyList<Func<CancellationToken, ValueTask<T>>> operations,
        BatchOptions? options = null,
        Action<T>? discard = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        using var batch = new Batch<T>(operations, BatchEnd.Never, options, discard, time, cancellationToken);
        await batch.RunAsync().ConfigureAwait(false);
        // All that could, ended by themselves: then a token that was cancelled at last changes nothing.
        if (batch.Succeeded != operations.Count && cancellationToken.IsCancellationRequested)
        {
            batch.DiscardAllBut(-1);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return [.. Enumerable.Range(0, batch.Results.Length).Select(batch.ResultOf)];
    }
}
