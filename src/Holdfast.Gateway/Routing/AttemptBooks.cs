using System.Diagnostics;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The books of one call's attempts: how each of them ended, and who was passed over, in the call's record, its spans
/// and its targets' statistics; and what the caller hears of it all in the end. Attempts may overlap.
/// </summary>
internal sealed class AttemptBooks(
    IReadOnlyList<Target> targets, AttemptPlan plan, CallRecord record, bool overlaps)
{
    // Its own lock as well: every call has one, and two things would cost twice.
    private readonly CallEnding _ending = new();

    /// <summary>The gateway's own share of the attempts' time; where attempts overlap, that of the longest.</summary>
    public TimeSpan OwnTime
    {
        get
        {
            lock (_ending)
            {
                return field;
            }
        }

        private set;
    }

    /// <summary>An attempt has its answer, or the first token of it.</summary>
    /// <param name="target">Where.</param>
    /// <param name="isRepeat">The call had been there before.</param>
    /// <param name="sent">What came back.</param>
    /// <param name="queued">How long it had waited in line.</param>
    /// <param name="took">How long the answer took.</param>
    public AttemptRecord Answered(
        Target target, bool isRepeat, in AttemptResult sent, TimeSpan? queued, TimeSpan took)
    {
        var attempt = new AttemptRecord(target.Provider.Name, target.Model, Outcome.Ok, took, WasSent: true)
        {
            Answered = took,
            Status = 200,
            IsRepeat = isRepeat,
            IsConfigured = target.State.IsConfigured,
            Usage = sent.Answer?.Usage ?? default,
            Queued = queued,
        };
        lock (_ending)
        {
            TookOfItsOwn(sent.OwnTime);
            record.Add(attempt);
        }

        return attempt;
    }

    /// <summary>An attempt has failed; the circuit's permit is not settled here.</summary>
    /// <param name="target">Where.</param>
    /// <param name="isRepeat">The call had been there before.</param>
    /// <param name="sent">What came back.</param>
    /// <param name="fault">How it failed.</param>
    /// <param name="queued">How long it had waited in line.</param>
    /// <param name="span">The attempt's; it ends with it.</param>
    /// <param name="took">How long it took.</param>
    public void Failed(Target target, bool isRepeat, in AttemptResult sent, ProviderFault fault, TimeSpan? queued,
        Activity? span, TimeSpan took)
    {
        if (!fault.IsUnsupported)
        {
            target.State.Statistics.Record(fault.Outcome, took);
            target.State.NoteFailure(fault.Outcome);
        }

        lock (_ending)
        {
            TookOfItsOwn(sent.OwnTime);
            // A loser that ends late must not put its id over the winner's.
            record.ProviderRequestId = fault.Outcome == Outcome.Cancelled ? record.ProviderRequestId : sent.RequestId;
            var attempt = new AttemptRecord(
                target.Provider.Name, target.Model, fault.Outcome, took, WasSent: !fault.IsUnsupported)
            {
                Status = fault.Status,
                Message = fault.Message,
                Validation = fault.Validation,
                NeverArrived = fault.NeverArrived,
                Usage = sent.Usage,
                IsRepeat = isRepeat,
                IsConfigured = target.State.IsConfigured,
                Queued = queued,
            };
            record.Add(attempt);
            CallSpans.EndAttempt(span, attempt);
            _ending.Saw(fault, isRepeat);
        }
    }

    /// <summary>Whom the plan has passed over since it was asked last.</summary>
    /// <param name="admission">What the call asked of limits; null: nothing.</param>
    public void NoteSkipped(CallAdmission? admission)
    {
        lock (_ending)
        {
            foreach (var skipped in plan.Skipped)
            {
                if (!_ending.Saw(skipped))
                {
                    continue;
                }

                var target = targets[skipped.Target];
                if (skipped.Why == Outcome.Saturated)
                {
                    admission?.PassedOver(target);
                }

                AddSkipped(target, TargetAvailability.SkippedAs(skipped.Why), queued: null);
            }
        }
    }

    /// <summary>The call has waited for a target and is not sent there: no attempt.</summary>
    /// <param name="skipped">The target, and why.</param>
    /// <param name="isRepeat">The call had been there before.</param>
    /// <param name="queued">How long it had waited.</param>
    /// <returns>The word for it.</returns>
    public Outcome NotAfterWait(SkippedTarget skipped, bool isRepeat, TimeSpan? queued)
    {
        var word = TargetAvailability.SkippedAs(skipped.Why);
        lock (_ending)
        {
            if (!isRepeat)
            {
                // What was tried before speaks for itself.
                _ending.Saw(skipped);
            }

            AddSkipped(targets[skipped.Target], word, queued);
        }

        return word;
    }

    /// <summary>A target was not asked, or not asked again.</summary>
    public void AddSkipped(Target target, Outcome word, TimeSpan? queued)
    {
        var passedOver = new AttemptRecord(target.Provider.Name, target.Model, word, TimeSpan.Zero, WasSent: false)
        {
            IsConfigured = target.State.IsConfigured,
            Queued = queued,
        };
        record.Add(passedOver);
        CallSpans.Skipped(record.Span, passedOver);
    }

    /// <summary>Nothing is left to try: what the caller hears.</summary>
    /// <param name="foundClosed"><see cref="CallAdmission.FoundClosed"/></param>
    /// <param name="deadlineIsCallers">The caller set the deadline.</param>
    /// <param name="deadline">The call's.</param>
    /// <param name="callerLeft">Nobody waits any more.</param>
    public CallError Close(bool foundClosed, bool deadlineIsCallers, Deadline deadline, bool callerLeft)
    {
        _ending.FoundClosed = foundClosed;
        var error = _ending.ToError(deadlineIsCallers, deadline, callerLeft);
        record.Error = error;
        record.Outcome = _ending.Outcome;
        return error;
    }

    private void TookOfItsOwn(TimeSpan took) =>
        OwnTime = !overlaps ? OwnTime + took : took > OwnTime ? took : OwnTime;
}
