using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Modes;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// One call at one target after the other: the attempts that the loop asks for. Each takes the breaker's permit, a key
/// and its clocks; what comes back is classified once, and booked with breaker, cool-down, key and
/// <see cref="AttemptBooks"/>.
/// </summary>
internal sealed class RoutedCall(CallRequest call, Route route, IReadOnlyList<Target> targets, AttemptPlan plan,
    CallRecord record, Deadline deadline, ProviderClient client, TimeProvider time, OperationModes modes,
    bool overlaps, ReaderPatience? patience = null)
    : IFailoverCall<DispatchResult>
{
    private readonly AttemptBooks _books = new(targets, plan, record, overlaps);
    private CallAdmission? _admission;

    /// <inheritdoc cref="AttemptBooks.OwnTime"/>
    public TimeSpan OwnTime => _books.OwnTime;

    // Made by the loop, which asks for one thing at a time; a call without limits needs none.
    private CallAdmission Limits => _admission ??= new CallAdmission(call, deadline, time, patience);

    public Availability Look(int target)
    {
        var looked = targets[target];
        var now = TargetAvailability.BeforeLimits(looked);
        return now.IsAvailable && looked.IsProtected && looked.State.Admission.IsActive
            ? Limits.Look(looked, now)
            : now;
    }

    public TimeSpan? HedgeAfter(int target) => route.Hedge?.DelayFor(targets[target].State.Statistics);

    // A second call makes things nicer, and a degraded system has no places for that. Half-open a target looks
    // available: its probes are for finding out, not for saving time.
    public bool TryHedge()
    {
        var may = modes.Mode == OperationMode.Normal
            && targets.All(target => target.State.Breaker.State == CircuitState.Closed)
            && route.HedgeBudget?.TryHedge() == true;
        if (may)
        {
            CallSpans.Hedged(record.Span);
        }

        return may;
    }

    public void Discard(int target, DispatchResult answer)
    {
        // A loser that was done before it could be told: it worked, it is booked, and nobody wants it.
        answer.Answer?.Dispose();
        answer.Stream?.Dispose();
        if (answer.Answer is not null)
        {
            record.Replace(answer.Attempt!, answer.Attempt! with { Outcome = Outcome.Cancelled });
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FailoverAttempt<DispatchResult>> AttemptAsync(
        AttemptStep step, CancellationToken cancellation)
    {
        _books.NoteSkipped(_admission);
        var target = targets[step.Target];
        var entry = target.IsProtected && target.State.Admission.IsInUse
            ? await Limits.EnterAsync(target, cancellation)
            : TargetEntry.Of(target.Keys, tried: 0);
        if (entry.Refusal != AdmissionRefusal.None)
        {
            return entry.Queued is null ? new FailoverAttempt<DispatchResult>(Outcome.Saturated)
                : entry.Refusal == AdmissionRefusal.Cancelled ? LeftTheLine(target, entry.Queued)
                : NotAfterWait(step, new SkippedTarget(step.Target, Outcome.Saturated, entry.RetryAfter),
                    entry.Queued);
        }

        // It may rest, be held or have opened since the call began to wait: it fares as if it had come now.
        var now = entry.Queued is null ? Availability.Now : TargetAvailability.BeforeLimits(target);
        var permit = default(CircuitPermit);
        if (now.IsAvailable && target.IsProtected && !target.State.Breaker.TryAcquire(out permit))
        {
            // It has opened since it was looked at.
            now = Availability.Not(Outcome.CircuitOpen, target.State.Breaker.RetryAfter);
        }

        if (!now.IsAvailable)
        {
            entry.GiveBack();
            return entry.Queued is null ? new FailoverAttempt<DispatchResult>(now.WhyNot)
                : NotAfterWait(step, new SkippedTarget(step.Target, now.WhyNot, now.RetryAfter), entry.Queued);
        }

        target.State.Statistics.Started();
        record.Asked = target.Provider.Name;
        var trial = await TryKeysAsync(target, step.IsRepeat, permit, entry, cancellation);
        if (trial.Fault is not { } fault)
        {
            return new FailoverAttempt<DispatchResult>(Outcome.Ok, trial.Result);
        }

        // What was never sent, because this target cannot do it, another may do.
        var outcome = fault.IsUnsupported ? Outcome.NotFound : fault.Outcome;
        return new FailoverAttempt<DispatchResult>(outcome)
        {
            ServerDelay = fault.RetryAfter,
            Repeat = fault.ShouldRetry == false ? RepeatRule.Never : target.Retry.RuleFor(outcome),
            StaysHere = !fault.IsUnsupported && !route.ShouldFailOver(outcome),
            Waits = target.Retry,
        };
    }

    /// <summary>Nothing is left to try: what the caller hears.</summary>
    public DispatchResult GiveUp(bool callerLeft)
    {
        _books.NoteSkipped(_admission);
        return _books.Close(
            _admission is { FoundClosed: true }, Dispatcher.DeadlineIsCallers(call, route), deadline, callerLeft);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Trial> TryKeysAsync(Target target, bool isRepeat, CircuitPermit permit,
        TargetEntry entry, CancellationToken cancellation)
    {
        ProviderFault? last = null;
        ulong tried = 0;
        while (entry.HasKey && entry.Refusal == AdmissionRefusal.None)
        {
            var started = time.GetTimestamp();
            var clock = new AttemptClock(
                time, target.LimitsFor(call), call.Stream || call.Passed is not null, deadline, cancellation);
            var span = StartSpan(target, isRepeat);
            var sent = await SendAsync(target, entry, clock, permit, span, cancellation);
            // What is whole and waits to be checked is no slow answer.
            var took = time.GetElapsedTime(started) - sent.Checking;
            if (sent.Fault is not { } fault)
            {
                entry.Key?.Worked();
                return Won(target, isRepeat, sent, permit, entry, clock, span, took, cancellation);
            }

            clock.Dispose();
            _books.Failed(target, isRepeat, sent, fault, entry.Queued, span, took);
            last = fault;

            // A bad or exhausted key says nothing about the target while another may do.
            var mayTryAnother = target.IsProtected && call.CanRepeat
                && (fault.EndsAllowance || fault.Outcome is (Outcome.Auth or Outcome.Quota));
            if (!mayTryAnother || entry.Position is < 0 or >= 64)
            {
                break;
            }

            tried |= 1UL << entry.Position;
            entry = target.State.Admission.IsInUse
                ? await NextKeyAsync(target, entry, tried, cancellation)
                : TargetEntry.Of(target.Keys, tried) with { Place = entry.Place };
        }

        var ended = last ?? new ProviderFault(Outcome.Held, "every key of the provider is held");
        target.State.Settle(permit, ended, call, cancellation);
        entry.Place.Settle(ended.Outcome);
        return new Trial(default, ended);
    }

    /// <summary>Another key in the same place; none where the call has waited for one in vain.</summary>
    private async ValueTask<TargetEntry> NextKeyAsync(
        Target target, TargetEntry before, ulong tried, CancellationToken cancellation)
    {
        var entry = await Limits.NextKeyAsync(target, before, tried, cancellation);
        // Meanwhile another call may have been told to wait, or have used up the key.
        var why = entry.Refusal == AdmissionRefusal.Cancelled ? Outcome.Cancelled
            : entry.Refusal != AdmissionRefusal.None ? Outcome.Saturated
            : !entry.HasKey || !target.State.Cooldown.IsOver ? Outcome.Held
            : Outcome.Ok;
        if (entry.Queued is null || why == Outcome.Ok)
        {
            return entry;
        }

        entry.Pace.Withdraw();
        _books.AddSkipped(target, why, entry.Queued);
        return entry with { HasKey = false };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptResult> SendAsync(
        Target target, TargetEntry entry, AttemptClock clock, CircuitPermit permit, Activity? span,
        CancellationToken cancellation)
    {
        try
        {
            var sent = await client.AttemptAsync(
                call, target.Provider, target.Model, entry.Key, target.Timeouts.Connect, clock, span ?? record.Span);
            if (sent.Fault is { } fault)
            {
                // Before those in line hear that it is their turn.
                // A key that may not go down some path is no bad key, and any caller can find such a path.
                var isPathRefused = call.Passed is not null && fault.Outcome == Outcome.Auth;
                target.Restrain(fault, isPathRefused ? null : entry.Key);
            }

            target.State.Admission.Heard(entry, sent.Limits ?? RateLimits.None, sent.Fault?.Outcome ?? Outcome.Ok);
            if (sent.Fault is null && route.Validator is { } validator)
            {
                sent = await new AnswerCheck(call, validator, deadline, time).RunAsync(sent, clock, cancellation);
                if (sent.Fault is { } broken)
                {
                    // A stream that is held back can end in a rate limit, too.
                    target.Restrain(broken, entry.Key);
                }
            }

            return sent;
        }
        catch (UnsupportedFieldException unsupported)
        {
            // Another target may well be able to; if none is, the caller hears of the field.
            entry.Pace.Withdraw();
            return ProviderFault.Unsupported(unsupported);
        }
        catch
        {
            // A defect of ours: it ends the call, but it must not cost the target a probe or a place.
            permit.Abandoned();
            entry.Abandon();
            clock.Dispose();
            CallSpans.FailAttempt(span);
            throw;
        }
    }

    private Trial Won(Target target, bool isRepeat, in AttemptResult sent, CircuitPermit permit, in TargetEntry entry,
        AttemptClock clock, Activity? span, TimeSpan took, CancellationToken cancellation)
    {
        var attempt = _books.Answered(target, isRepeat, sent, entry.Queued, took);
        target.State.NoteAnswer(call, took, cancellation);
        if (sent.Stream is { } stream)
        {
            permit.Committed();
            CallSpans.FirstToken(span, stream.Opening.WrittenMemory.Span);
            DispatchResult lease = new AttemptLease(
                stream, permit, entry.Place, clock, target, record, attempt, span, time);
            return new Trial(lease with { Attempt = attempt, RequestId = sent.RequestId }, null);
        }

        clock.Dispose();
        permit.Succeeded();
        entry.Place.Succeeded();
        target.State.Admission.Counted(call, sent.Answer!.Usage);
        CallSpans.EndAttempt(span, attempt, sent.Answer.Body.Span);
        DispatchResult answer = sent.Answer;
        return new Trial(answer with { Attempt = attempt, RequestId = sent.RequestId }, null);
    }

    /// <summary>Nobody waits for the answer any more; how long the call waited in line is told all the same.</summary>
    private FailoverAttempt<DispatchResult> LeftTheLine(Target target, TimeSpan? queued)
    {
        _books.AddSkipped(target, Outcome.Cancelled, queued);
        return new FailoverAttempt<DispatchResult>(Outcome.Cancelled);
    }

    /// <summary>The call has waited for a target and is not sent there: no attempt, the plan goes on.</summary>
    private FailoverAttempt<DispatchResult> NotAfterWait(
        AttemptStep step, SkippedTarget skipped, TimeSpan? queued) =>
        new(_books.NotAfterWait(skipped, step.IsRepeat, queued));

    private Activity? StartSpan(Target target, bool isRepeat) => record.Span is { } span
        ? CallSpans.StartAttempt(span, call.Operation, target.Provider.Type.GenAiName, target.Provider.Name,
            target.Model, target.Provider.BaseUrl, isRepeat)
        : null;

    private readonly record struct Trial(DispatchResult Result, ProviderFault? Fault);
}
