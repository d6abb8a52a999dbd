using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Validation;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// One call at one target after the other: the attempts that the loop asks for. Each takes the breaker's permit, a key
/// and its clocks; what comes back is classified once, booked with breaker, cool-down, key and statistics, and
/// recorded.
/// </summary>
internal sealed class RoutedCall(CallRequest call, Route route, IReadOnlyList<Target> targets, AttemptPlan plan,
    CallRecord record, Deadline deadline, ProviderClient client, TimeProvider time, bool overlaps)
    : IFailoverCall<DispatchResult>
{
    private readonly CallEnding _ending = new();
    private readonly Lock _booking = new();

    /// <summary>The gateway's own share of the attempts' time; where attempts overlap, that of the longest.</summary>
    public TimeSpan OwnTime
    {
        get
        {
            lock (_booking)
            {
                return field;
            }
        }

        private set;
    }

    public Availability Look(int target) => TargetAvailability.Of(targets[target]);

    public TimeSpan? HedgeAfter(int target) => route.Hedge?.DelayFor(targets[target].State.Statistics);

    // Half-open a target looks available: its probes are for finding out, not for saving time.
    public bool TryHedge()
    {
        var may = targets.All(target => target.State.Breaker.State == CircuitState.Closed)
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
        NoteSkipped();
        var target = targets[step.Target];
        var permit = default(CircuitPermit);
        if (target.IsProtected && !target.State.Breaker.TryAcquire(out permit))
        {
            // It has opened since the plan looked.
            return new FailoverAttempt<DispatchResult>(Outcome.CircuitOpen);
        }

        target.State.Statistics.Started();
        record.Asked = target.Provider.Name;
        var trial = await TryKeysAsync(target, step.IsRepeat, permit, cancellation);
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
        NoteSkipped();
        var error = _ending.ToError(call.CallerTimeout < route.CallTimeout, deadline, callerLeft);
        record.Error = error;
        record.Outcome = _ending.Outcome;
        return error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Trial> TryKeysAsync(
        Target target, bool isRepeat, CircuitPermit permit, CancellationToken cancellation)
    {
        ProviderFault? last = null;
        for (ulong tried = 0; target.Provider.Keys.TryPick(tried, out var key, out var position);)
        {
            var started = time.GetTimestamp();
            var clock = new AttemptClock(time, target.LimitsNow(), call.Stream, deadline, cancellation);
            var span = StartSpan(target, isRepeat);
            var sent = await SendAsync(target, key, clock, permit, span);
            var took = time.GetElapsedTime(started);
            if (sent.Fault is not { } fault)
            {
                key?.Worked();
                return Won(target, isRepeat, sent, permit, clock, span, took);
            }

            clock.Dispose();
            Book(target, fault, key, took);
            Note(target, isRepeat, sent, fault, span, took);
            last = fault;

            // A bad or exhausted key says nothing about the target while another may do.
            if (fault.Outcome is not (Outcome.Auth or Outcome.Quota) || position is < 0 or >= 64 || !target.IsProtected)
            {
                break;
            }

            tried |= 1UL << position;
        }

        var ended = last ?? new ProviderFault(Outcome.Held, "every key of the provider is held");
        permit.Settle(ended.Outcome);
        return new Trial(default, ended);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptResult> SendAsync(
        Target target, ApiKey? key, AttemptClock clock, CircuitPermit permit, Activity? span)
    {
        try
        {
            var sent = await client.AttemptAsync(
                call, target.Provider, target.Model, key, target.Timeouts.Connect, clock, span ?? record.Span);
            return sent.Fault is null && route.Validator is { } validator
                ? await ValidateAsync(validator, sent, clock)
                : sent;
        }
        catch (UnsupportedFieldException unsupported)
        {
            // Another target may well be able to; if none is, the caller hears of the field.
            return ProviderFault.Unsupported(unsupported);
        }
        catch
        {
            // A defect of ours: it ends the call, but it must not cost the target a probe.
            permit.Abandoned();
            clock.Dispose();
            CallSpans.FailAttempt(span);
            throw;
        }
    }

    /// <summary>
    /// The answer as it is when it is a good one. A stream is read to its end for it: its commit point is then its end,
    /// so whatever happens inside it may still fail over.
    /// </summary>
    private async ValueTask<AttemptResult> ValidateAsync(
        AnswerValidator validator, AttemptResult sent, AttemptClock clock)
    {
        if (sent.Stream is not null && !validator.Options.BuffersStreams)
        {
            return sent;
        }

        ProviderFault? fault = null;
        var isDone = false;
        var checking = TimeSpan.Zero;
        try
        {
            if (sent.Stream is { } stream && !await stream.CompleteAsync(validator.Options.MaxBytes))
            {
                fault = stream.Fault ?? NotGood(validator.TooLarge);
            }
            else
            {
                var startedAt = time.GetTimestamp();
                // What is whole cannot be silent: the wait for a check is none of the provider's.
                clock.Pause();
                var failure = await validator.CheckAsync(
                    call, sent.Answer?.Body ?? sent.Stream!.Opening.WrittenMemory, clock.Token);
                fault = failure is null ? null : NotGood(failure);
                checking = time.GetElapsedTime(startedAt);
            }

            isDone = true;
        }
        catch (OperationCanceledException) when (clock.Token.IsCancellationRequested)
        {
            fault = Faults.Unchecked(clock.Struck);
        }
        finally
        {
            if (fault is not null || !isDone)
            {
                sent.Answer?.Dispose();
                sent.Stream?.Dispose();
            }
        }

        AttemptResult result = fault is null ? sent : fault;
        return result with
        {
            RequestId = sent.RequestId,
            OwnTime = sent.OwnTime + checking,
            Usage = sent.Answer?.Usage ?? sent.Stream?.Usage ?? default,
        };
    }

    private static ProviderFault NotGood(string failure) =>
        new(Outcome.BadAnswer, $"the answer failed validation: {failure}") { Status = 200, Validation = failure };

    private Trial Won(Target target, bool isRepeat, in AttemptResult sent, CircuitPermit permit, AttemptClock clock,
        Activity? span, TimeSpan took)
    {
        var attempt = new AttemptRecord(target.Provider.Name, target.Model, Outcome.Ok, took, WasSent: true)
        {
            Answered = took,
            Status = 200,
            IsRepeat = isRepeat,
            IsConfigured = target.State.IsConfigured,
            Usage = sent.Answer?.Usage ?? default,
        };
        target.State.Statistics.Record(Outcome.Ok, took);
        lock (_booking)
        {
            TookOfItsOwn(sent.OwnTime);
            record.Add(attempt);
        }

        if (sent.Stream is { } stream)
        {
            permit.Committed();
            CallSpans.FirstToken(span, stream.Opening.WrittenMemory.Span);
            DispatchResult lease = new AttemptLease(stream, permit, clock, target, record, attempt, span, time);
            return new Trial(lease with { Attempt = attempt, RequestId = sent.RequestId }, null);
        }

        clock.Dispose();
        permit.Succeeded();
        CallSpans.EndAttempt(span, attempt, sent.Answer!.Body.Span);
        DispatchResult answer = sent.Answer!;
        return new Trial(answer with { Attempt = attempt, RequestId = sent.RequestId }, null);
    }

    /// <summary>What a failure means beyond this call, but for the permit.</summary>
    private static void Book(Target target, ProviderFault fault, ApiKey? key, TimeSpan took)
    {
        if (!fault.IsUnsupported)
        {
            target.State.Statistics.Record(fault.Outcome, took);
            target.State.NoteFailure(fault.Outcome);
        }

        switch (fault.Outcome)
        {
            case var _ when !target.IsProtected:
                break;
            case Outcome.RateLimited:
                // Without a word from the provider, as long as one would wait before a first repeat.
                target.State.Cooldown.Extend(fault.RetryAfter ?? target.Retry.BaseDelay);
                break;
            case Outcome.Quota:
                key?.Hold();
                break;
            case Outcome.Auth:
                key?.Mark();
                break;
            default:
                break;
        }
    }

    private void Note(Target target, bool isRepeat, in AttemptResult sent, ProviderFault fault, Activity? span,
        TimeSpan took)
    {
        lock (_booking)
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
                Usage = sent.Usage,
                IsRepeat = isRepeat,
                IsConfigured = target.State.IsConfigured,
            };
            record.Add(attempt);
            CallSpans.EndAttempt(span, attempt);
            _ending.Saw(fault);
        }
    }

    private void TookOfItsOwn(TimeSpan took) =>
        OwnTime = !overlaps ? OwnTime + took : took > OwnTime ? took : OwnTime;

    private void NoteSkipped()
    {
        lock (_booking)
        {
            foreach (var skipped in plan.Skipped)
            {
                if (!_ending.Saw(skipped))
                {
                    continue;
                }

                var target = targets[skipped.Target];
                var word = TargetAvailability.SkippedAs(skipped.Why);
                var passedOver = new AttemptRecord(
                    target.Provider.Name, target.Model, word, TimeSpan.Zero, WasSent: false)
                {
                    IsConfigured = target.State.IsConfigured,
                };
                record.Add(passedOver);
                CallSpans.Skipped(record.Span, passedOver);
            }
        }
    }

    private Activity? StartSpan(Target target, bool isRepeat) => record.Span is { } span
        ? CallSpans.StartAttempt(span, call.Operation, target.Provider.Type.GenAiName, target.Provider.Name,
            target.Model, target.Provider.BaseUrl, isRepeat)
        : null;

    private readonly record struct Trial(DispatchResult Result, ProviderFault? Fault);
}
