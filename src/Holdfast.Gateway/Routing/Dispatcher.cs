using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// The whole story of a call, from its route to the answer that won:
/// <list type="number">
/// <item>one deadline and one retry budget for the call, however many targets there are;</item>
/// <item>
/// the plan says which target comes next: untried ones in order, then repeats while budget and deadline last;
/// </item>
/// <item>the target's breaker gives a permit, its provider a key, and the attempt its clocks;</item>
/// <item>the provider answers, or fails; the failure is classified once, by the table in docs/errors.md;</item>
/// <item>what that means for breaker, cool-down and key is booked, and the plan hears of it;</item>
/// <item>an answer, or a stream at its first token, is handed over; nothing has reached the caller before.</item>
/// </list>
/// </summary>
internal sealed class Dispatcher(ProviderClient client, Backoff backoff, TimeProvider time)
{
    private static readonly Func<Route, int, Availability> Availability =
        static (route, index) => TargetAvailability.Of(route.Targets[index]);

    /// <summary>Runs the call. Every attempt is in <paramref name="record"/> when it returns.</summary>
    /// <param name="call">The call.</param>
    /// <param name="route">Where it may go.</param>
    /// <param name="record">The call's account.</param>
    /// <param name="callerGone">Struck when nobody waits for the answer any more.</param>
    public async Task<DispatchResult> DispatchAsync(
        CallRequest call, Route route, CallRecord record, CancellationToken callerGone)
    {
        // 1. One deadline, one budget.
        var deadline = Deadline.After(
            call.CallerTimeout < route.CallTimeout ? call.CallerTimeout.Value : route.CallTimeout, time);
        var plan = new AttemptPlan(route.Targets.Count, route.Retry, backoff);
        var ending = new CallEnding();
        while (true)
        {
            // 2. Which target, and when.
            var step = plan.Next(route, Availability, deadline.Remaining);
            if (step.Kind == AttemptStepKind.GiveUp || callerGone.IsCancellationRequested)
            {
                return GiveUp(call, route, record, plan, ending, deadline, callerGone);
            }

            if (step.Kind == AttemptStepKind.WaitThenTry && !await WaitAsync(step.Delay, record, callerGone))
            {
                return GiveUp(call, route, record, plan, ending, deadline, callerGone);
            }

            // 3. The breaker's permit. It may have opened since the plan looked.
            var target = route.Targets[step.Target];
            NoteSkipped(plan, route, record, ending);
            if (!target.State.Breaker.TryAcquire(out var permit))
            {
                plan.Report(step.Target, Outcome.CircuitOpen);
                continue;
            }

            // 4. The attempt, with another key where the first is bad.
            var attempt = new Attempt(call, target, deadline, step.IsRepeat, callerGone);
            var result = await TryAsync(attempt, permit, record, ending);
            if (result.Fault is not { } fault)
            {
                // 6. What has won is handed over.
                record.FellBack = step.Target != 0;
                return result.Stream is { } lease ? lease : result.Answer!;
            }

            // 5. The plan hears of it. What was never sent, because this target cannot do it, another may do.
            var outcome = fault.IsUnsupported ? Outcome.NotFound : fault.Outcome;
            var repeat = fault.ShouldRetry == false ? RepeatRule.Never : target.Retry.RuleFor(outcome);
            plan.Report(step.Target, outcome, fault.RetryAfter, repeat, route.ShouldFailOver(outcome),
                target.Retry);
        }
    }

    private async Task<Trial> TryAsync(Attempt attempt, CircuitPermit permit, CallRecord record, CallEnding ending)
    {
        var target = attempt.Target;
        ProviderFault? last = null;
        for (ulong tried = 0; target.Provider.Keys.TryPick(tried, out var key, out var position);)
        {
            var started = time.GetTimestamp();
            var clock = new AttemptClock(
                time, target.Timeouts, attempt.Call.Stream, attempt.Deadline, attempt.CallerGone);
            var sent = await SendAsync(attempt, key, clock, permit);
            var took = time.GetElapsedTime(started);
            record.Waited += took - sent.OwnTime;
            record.ProviderRequestId = sent.RequestId;
            if (sent.Fault is not { } fault)
            {
                key?.Worked();
                return Won(attempt, sent, permit, clock, record, took);
            }

            clock.Dispose();
            Book(fault, target, key);
            record.Add(new AttemptRecord(
                target.Provider.Name, target.Model, fault.Outcome, took, WasSent: !fault.IsUnsupported)
            {
                Status = fault.Status,
                Message = fault.Message,
                IsRepeat = attempt.IsRepeat,
                IsConfigured = target.State.IsConfigured,
            });
            ending.Saw(fault);
            last = fault;

            // A bad or exhausted key says nothing about the target while another may do.
            if (fault.Outcome is not (Outcome.Auth or Outcome.Quota) || position is < 0 or >= 64)
            {
                break;
            }

            tried |= 1UL << position;
        }

        var ended = last ?? new ProviderFault(Outcome.Held, "every key of the provider is held");
        permit.Settle(ended.Outcome);
        return new Trial(null, null, ended);
    }

    private async Task<AttemptResult> SendAsync(
        Attempt attempt, ApiKey? key, AttemptClock clock, CircuitPermit permit)
    {
        try
        {
            return await client.AttemptAsync(attempt.Call, attempt.Target.Provider, attempt.Target.Model, key,
                attempt.Target.Timeouts.Connect, clock);
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
            throw;
        }
    }

    private Trial Won(Attempt attempt, in AttemptResult sent, CircuitPermit permit, AttemptClock clock,
        CallRecord record, TimeSpan took)
    {
        var target = attempt.Target;
        record.Outcome = Outcome.Ok;
        record.Add(new AttemptRecord(target.Provider.Name, target.Model, Outcome.Ok, took, WasSent: true)
        {
            Status = 200,
            IsRepeat = attempt.IsRepeat,
            IsConfigured = target.State.IsConfigured,
            Usage = sent.Answer?.Usage ?? default,
        });
        if (sent.Stream is { } stream)
        {
            permit.Committed();
            return new Trial(null, new AttemptLease(stream, permit, clock, target, record, time), null);
        }

        clock.Dispose();
        permit.Succeeded();
        record.Usage = sent.Answer!.Usage;
        return new Trial(sent.Answer, null, null);
    }

    /// <summary>What a failure means beyond this call: the "breaker" column of the table, but for the permit.</summary>
    private static void Book(ProviderFault fault, Target target, ApiKey? key)
    {
        switch (fault.Outcome)
        {
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

    private DispatchResult GiveUp(CallRequest call, Route route, CallRecord record, AttemptPlan plan,
        CallEnding ending, Deadline deadline, CancellationToken callerGone)
    {
        NoteSkipped(plan, route, record, ending);
        var error = ending.ToError(call, deadline, callerGone.IsCancellationRequested);
        record.Error = error;
        record.Outcome = ending.Outcome;
        return error;
    }

    private static void NoteSkipped(AttemptPlan plan, Route route, CallRecord record, CallEnding ending)
    {
        foreach (var skipped in plan.Skipped)
        {
            if (!ending.Saw(skipped))
            {
                continue;
            }

            var target = route.Targets[skipped.Target];
            // A target that cools down was rate-limited in another call; this one only finds it held.
            var word = skipped.Why == Outcome.RateLimited ? Outcome.Held : skipped.Why;
            record.Add(new AttemptRecord(target.Provider.Name, target.Model, word, TimeSpan.Zero, WasSent: false)
            {
                IsConfigured = target.State.IsConfigured,
            });
        }
    }

    private async Task<bool> WaitAsync(TimeSpan delay, CallRecord record, CancellationToken callerGone)
    {
        record.Waited += delay;
        try
        {
            await Task.Delay(delay, time, callerGone);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private readonly record struct Attempt(
        CallRequest Call, Target Target, Deadline Deadline, bool IsRepeat, CancellationToken CallerGone);

    private readonly record struct Trial(WholeAnswer? Answer, AttemptLease? Stream, ProviderFault? Fault);
}
