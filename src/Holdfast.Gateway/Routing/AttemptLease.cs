using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The attempt that won, as a stream under way: the breaker's permit, the target's place, the clocks and the provider's
/// connection, until the stream ends. Whoever holds it reads until it is complete or broken and disposes it; a lease
/// that is disposed before its end counts as the caller's leaving.
/// </summary>
internal sealed class AttemptLease(
    ProviderStream stream, CircuitPermit permit, AdmissionLease place, AttemptClock clock, Target target,
    CallRecord record, AttemptRecord attempt, Activity? span, TimeProvider time) : ICallStream
{
    // From this share of a stream on, how long it took says more of its reader than of the provider.
    private const double MostPaused = 0.05;

    private readonly long _committedAt = time.GetTimestamp();
    private TimeSpan _paused;
    private long? _pausedAt;
    private IDisposable? _lifetime;
    private bool _isSettled;

    public Target Target { get; } = target;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Opening => stream.Opening.WrittenMemory;

    /// <inheritdoc/>
    public AnswerHead? Head => stream.Head;

    /// <inheritdoc/>
    public ProviderFault? Fault => stream.Fault;

    /// <inheritdoc/>
    public long NextNumber => stream.NextNumber;

    /// <summary>The model has said that this was all; nobody has anything to add.</summary>
    public bool IsFinished => stream.IsFinished;

    /// <summary>The tokens that its provider has counted so far.</summary>
    public Usage Usage => stream.Usage;

    /// <inheritdoc/>
    public void ForgetOpening() => stream.Opening.Dispose();

    /// <summary>Disposes <paramref name="lifetime"/> with itself: it ties the attempt to its caller.</summary>
    public void Owns(IDisposable? lifetime) => _lifetime = lifetime;

    /// <summary>
    /// Waits for more and appends it. After anything but <see cref="StreamStep.More"/> the lease is settled.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StreamStep> ReadAsync(IBufferWriter<byte> output)
    {
        var step = stream.IsComplete ? StreamStep.Complete : await stream.ReadAsync(output);
        if (step == StreamStep.Complete)
        {
            Settle(Outcome.Ok, null);
        }
        else if (step == StreamStep.Broken)
        {
            // After the first token there is one kind of failure; only the caller's own doing is none.
            var outcome = stream.Fault!.Outcome == Outcome.Cancelled ? Outcome.Cancelled : Outcome.Cut;
            Settle(outcome, stream.Fault.Message);
        }

        return step;
    }

    /// <inheritdoc/>
    public void Pause()
    {
        clock.Pause();
        _pausedAt ??= time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Resume()
    {
        clock.Resume();
        _paused += _pausedAt is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
        _pausedAt = null;
    }

    public void Dispose()
    {
        Settle(Outcome.Cancelled, "the caller left");
        stream.Dispose();
        clock.Dispose();
        _lifetime?.Dispose();
    }

    private void Settle(Outcome outcome, string? message)
    {
        if (_isSettled)
        {
            return;
        }

        _isSettled = true;
        permit.Settle(outcome);
        var duration = attempt.Duration + time.GetElapsedTime(_committedAt);
        // An adaptive limit must not take a slow reader for a slow target.
        place.Settle(outcome == Outcome.Ok && _paused > duration * MostPaused ? Outcome.Cancelled : outcome);
        Target.State.NoteFailure(outcome);
        if (outcome == Outcome.Ok)
        {
            Target.State.Admission.Counted(record.Request, stream.Usage);
        }

        var ended = attempt with
        {
            Outcome = outcome,
            Message = message,
            Usage = stream.Usage,
            Duration = duration,
        };
        if (ReferenceEquals(record.Winner, attempt))
        {
            record.Usage = stream.Usage;
            record.Outcome = outcome;
        }

        record.Replace(attempt, ended);
        CallSpans.EndAttempt(span, ended);
    }
}
