using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>
/// A stream after its commit point, on its way to the caller. However it ends, it is settled once; a cut one ends in an
/// exception, never quietly.
/// </summary>
internal sealed class ChatLease(Holding<ChatStream> holding, TargetPool<IChatClient> pool, CancellationToken caller)
    : IAsyncDisposable
{
    private bool _isOver;

    // After the finish reason the answer is whole, whether or not its reader waits for the end.
    private Outcome Left => holding.Answer.HasFinishReason ? Outcome.Ok : Outcome.Cancelled;

    public async ValueTask<ChatResponseUpdate?> NextAsync()
    {
        ChatResponseUpdate? update;
        try
        {
            caller.ThrowIfCancellationRequested();
            update = await holding.Answer.NextAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await FailAsync(exception).ConfigureAwait(false);
            throw;
        }

        if (update is not null)
            return update;
        if (pool.Options.RequireFinishReason && !holding.Answer.HasFinishReason)
            await FailAsync(new BadAnswerException("the stream ended without a finish reason")).ConfigureAwait(false);
        await EndAsync(Outcome.Ok, null).ConfigureAwait(false);
        return null;
    }

    // Left before its end, or over already.
    public ValueTask DisposeAsync() => _isOver ? ValueTask.CompletedTask : new ValueTask(EndAsync(Left, null));

    [DoesNotReturn]
    private async Task FailAsync(Exception exception)
    {
        var struck = holding.Clock.Struck;
        var outcome = caller.IsCancellationRequested ? Left
            : struck == TimeoutKind.Call ? Outcome.Cancelled
            : Outcome.Cut;
        var trail = await EndAsync(outcome, exception).ConfigureAwait(false);
        caller.ThrowIfCancellationRequested();
        if (struck == TimeoutKind.Call)
            throw pool.DeadlinePassed(trail);
        var isSlow = struck != TimeoutKind.None;
        var why = isSlow ? Slow(struck) : exception.Message;
        throw new ResilienceException(
            $"{holding.Target}: the stream was cut after its first token: {why}",
            isSlow ? ErrorCategory.Timeout : Outcome.Cut.Rule().Category, holding.Target, true, trail, exception);
    }

    private static string Slow(TimeoutKind struck) =>
        struck == TimeoutKind.Throughput ? "its tokens came too slowly" : "no token came for too long";

    private async Task<AttemptTrail> EndAsync(Outcome outcome, Exception? exception)
    {
        _isOver = true;
        // Settling disposes of the clock and thereby of the token; the stream goes first, while it can still hear it.
        try
        {
            await holding.Answer.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception atEnd)
        {
            // The caller has the whole answer, or knows already why not: how the stream was put away is not its affair.
            exception ??= atEnd;
        }
        finally
        {
            holding.Settle(outcome, exception);
        }

        return holding.Complete();
    }
}
