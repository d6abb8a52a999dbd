using System.Diagnostics;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>A stream that has brought its first token; what came before is kept for the caller.</summary>
internal sealed class ChatStream : IAsyncDisposable
{
    // Roles, pings and counts of tokens; who sends so many without a token sends none.
    private const int MostBeforeToken = 1000;

    private readonly IAsyncEnumerator<ChatResponseUpdate> _updates;
    private readonly AttemptClock _clock;
    private readonly TimeProvider _time;
    private readonly Activity? _span;
    private readonly Queue<ChatResponseUpdate> _first = new();
    private Task? _pending;

    private ChatStream(
        IAsyncEnumerator<ChatResponseUpdate> updates, AttemptClock clock, TimeProvider time, Activity? span)
    {
        _updates = updates;
        _clock = clock;
        _time = time;
        _span = span;
    }

    /// <summary>Whether a finish reason has come.</summary>
    public bool HasFinishReason { get; private set; }

    public static async Task<ChatStream> OpenAsync(
        IAsyncEnumerable<ChatResponseUpdate> updates, AttemptClock clock, TimeProvider time, Activity? span)
    {
        var stream = new ChatStream(updates.GetAsyncEnumerator(clock.Token), clock, time, span);
        try
        {
            await stream.ReadFirstTokenAsync().ConfigureAwait(false);
            return stream;
        }
        catch
        {
            // Why the stream failed is known; what its disposal throws came of it and must not hide it.
            var closing = stream.DisposeAsync().AsTask();
            await closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>The next update; null at the end.</summary>
    public async ValueTask<ChatResponseUpdate?> NextAsync()
    {
        if (_first.TryDequeue(out var kept))
            return kept;
        _clock.Resume();
        try
        {
            return await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            _clock.Pause();
        }
    }

    /// <summary>Marks the first update that the caller will see.</summary>
    public void Mark(Action<ChatResponseUpdate> mark) => mark(_first.Peek());

    public async ValueTask DisposeAsync()
    {
        if (_pending is not { IsCompleted: false } pending)
        {
            await _updates.DisposeAsync().ConfigureAwait(false);
            return;
        }

        // A client that doesn't heed its token still reads, and must not be disposed of meanwhile.
        Patience.Forget(DisposeAfterAsync(pending));
    }

    private async Task DisposeAfterAsync(Task pending)
    {
        await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _updates.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadFirstTokenAsync()
    {
        while (await ReadAsync().ConfigureAwait(false) is { } update)
        {
            _first.Enqueue(update);
            if (ChatTokens.HasToken(update))
            {
                // An error with a finish reason alone is no answer; one that text follows is, as in a plain call.
                if (!ChatTokens.HasContent(update))
                    ThrowIfError();
                _clock.FirstToken();
                _clock.Pause();
                return;
            }

            if (_first.Count == MostBeforeToken)
                throw new BadAnswerException($"the stream sent {MostBeforeToken} updates without a token");
        }

        ThrowIfError();
        throw new BadAnswerException("the stream ended without an answer");
    }

    private void ThrowIfError() => ChatTokens.ThrowIfError(_first.SelectMany(update => update.Contents));

    private async ValueTask<ChatResponseUpdate?> ReadAsync()
    {
        var moving = _updates.MoveNextAsync();
        bool moved;
        if (moving.IsCompleted)
        {
            moved = await moving.ConfigureAwait(false);
        }
        else
        {
            var task = moving.AsTask();
            _pending = task;
            moved = await Patience.TakeAsync(task, _clock.Token, _time).ConfigureAwait(false);
        }

        if (!moved)
            return null;
        var update = _updates.Current ?? throw new BadAnswerException("the stream brought a null");
        HasFinishReason |= update.FinishReason is not null;
        _clock.TokenArrived(ChatTokens.Length(update));
        if (_span is not null)
            GenAiTags.Part(_span, update);
        return update;
    }
}
