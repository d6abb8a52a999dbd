namespace Holdfast.Failover;

/// <summary>
/// One call as <see cref="FailoverLoop"/> runs it: targets by number, in the order in which they are to be tried. All
/// members but a running <see cref="AttemptAsync"/> and a late <see cref="Discard"/> are called by the loop alone, one
/// at a time; attempts overlap where the launch lets several run.
/// </summary>
/// <typeparam name="TAnswer">What a good attempt yields.</typeparam>
public interface IFailoverCall<TAnswer>
{
    /// <summary>Whether a target can be tried at this moment. It must take nothing and wait for nothing.</summary>
    /// <param name="target">The target's number, from 0.</param>
    Availability Look(int target);

    /// <summary>
    /// Makes one attempt. Failures come back as outcomes; an exception is a defect and ends the call. When
    /// <paramref name="cancellation"/> is struck the attempt must end soon, as <see cref="Outcome.Cancelled"/> or with
    /// whatever it has.
    /// </summary>
    /// <param name="step">The target, and whether the attempt is a repeat.</param>
    /// <param name="cancellation">Struck when the caller leaves or another attempt has won.</param>
    ValueTask<FailoverAttempt<TAnswer>> AttemptAsync(AttemptStep step, CancellationToken cancellation);

    /// <summary>
    /// How long an attempt may take before the next target is tried beside it; null: however long. Asked once a call,
    /// when its first attempt starts.
    /// </summary>
    /// <param name="target">The target of the first attempt.</param>
    TimeSpan? HedgeAfter(int target);

    /// <summary>
    /// A hedge is about to start. Asked only when <see cref="Look"/> finds every target plainly available.
    /// </summary>
    /// <returns>False when it may not: hedges have used up their share, or a target is still recovering.</returns>
    bool TryHedge();

    /// <summary>
    /// Takes back an answer that came after another attempt had won, or after the call had ended. One at a time, but on
    /// any thread, and after the loop has returned when the attempt took longer than
    /// <see cref="FailoverLoop.LoserGrace"/> to end. Must not throw: nobody would hear of it.
    /// </summary>
    /// <param name="target">The target that gave it.</param>
    /// <param name="answer">The answer, to be disposed of.</param>
    void Discard(int target, TAnswer answer);
}

/// <summary>How one attempt ended, and what that means for the rest of the call.</summary>
/// <typeparam name="TAnswer">What a good attempt yields.</typeparam>
/// <param name="Outcome"><see cref="Failover.Outcome.Ok"/> with an answer, or how it failed.</param>
/// <param name="Answer">The answer; default without one.</param>
public readonly record struct FailoverAttempt<TAnswer>(Outcome Outcome, TAnswer? Answer = default)
{
    /// <summary>What the server asked to wait; null when it didn't.</summary>
    public TimeSpan? ServerDelay { get; init; }

    /// <summary>See <see cref="AttemptPlan.Report"/>. Null: as the plan's options say.</summary>
    public RepeatRule? Repeat { get; init; }

    /// <summary>The call may not go on to other targets after this. Default false.</summary>
    public bool StaysHere { get; init; }

    /// <summary>The delays that hold at this target. Null: the plan's.</summary>
    public Retrying.RetryOptions? Waits { get; init; }
}

/// <summary>What a call came to.</summary>
/// <typeparam name="TAnswer">What a good attempt yields.</typeparam>
/// <param name="IsSuccess">An attempt was good.</param>
/// <param name="Answer">Its answer; default without one.</param>
/// <param name="Target">The target that gave it; -1 without one.</param>
/// <param name="Waited">How long the loop waited for attempts and between them.</param>
/// <param name="Hedges">Attempts that were started beside a slow one.</param>
public readonly record struct FailoverResult<TAnswer>(
    bool IsSuccess, TAnswer? Answer, int Target, TimeSpan Waited, int Hedges)
{
    /// <summary>
    /// A target after the call's first was tried because one before it had failed, was passed over or was slow enough
    /// for a hedge. What only takes part in a race is not.
    /// </summary>
    public bool WentOn { get; init; }

    /// <summary>
    /// Such a target gave the answer: it is not the call's first, and one before it in the order had failed, was passed
    /// over or, in a hedged call, was too slow. A race that the first target merely lost is none.
    /// </summary>
    public bool FellBack { get; init; }

    /// <summary>
    /// To be disposed when the answer is used up, if there is one: until then the token that the winning attempt got
    /// follows the caller's. Null when the attempt got the caller's own token.
    /// </summary>
    public IDisposable? Lifetime { get; init; }
}
