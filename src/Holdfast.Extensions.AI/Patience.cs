using Holdfast.Failover;

namespace Holdfast.Extensions.AI;

/// <summary>Waits for clients that may not heed their tokens.</summary>
internal static class Patience
{
    /// <summary>
    /// Waits until the task has ended, or its token is struck and it doesn't end soon after that either.
    /// </summary>
    /// <returns>Whether it has ended, however.</returns>
    public static async ValueTask<bool> EndsAsync(Task task, CancellationToken struck, TimeProvider time)
    {
        if (task.IsCompleted)
            return true;
        await task.WaitAsync(struck).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompleted)
            return true;
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(task, Task.Delay(FailoverLoop.LoserGrace, time, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return task.IsCompleted;
    }

    /// <summary>Takes the task's result.</summary>
    /// <exception cref="OperationCanceledException">The token was struck and the task is left alone.</exception>
    public static async Task<T> TakeAsync<T>(Task<T> task, CancellationToken struck, TimeProvider time)
    {
        if (!await EndsAsync(task, struck, time).ConfigureAwait(false))
        {
            Forget(task);
            throw new OperationCanceledException("the client did not heed its cancellation token", struck);
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Nobody waits for the task any more: what it throws counts as observed.</summary>
    public static void Forget(Task task) => task.ContinueWith(static ended => ended.Exception, CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
