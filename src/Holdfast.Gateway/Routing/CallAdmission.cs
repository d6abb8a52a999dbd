using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// What one call asks of its targets' limits. A target with a free place comes before one that has to be waited for;
/// that one is waited for when nothing else is left, and in vain only once; one that is full is passed over at once.
/// </summary>
internal sealed class CallAdmission(
    CallRequest call, Deadline deadline, TimeProvider time, ReaderPatience? reader = null)
{
    private readonly Dictionary<Target, Standing> _standings = new(1);
    private readonly Lock _gate = new();

    /// <summary>A target refused the call because its priority is closed.</summary>
    public bool FoundClosed { get; private set; }

    private AdmissionRequest Request { get; } = new()
    {
        Priority = call.Priority, Key = call.Share,
    };

    /// <summary>How a target that could be tried otherwise stands with its limits.</summary>
    public Availability Look(Target target, Availability otherwise)
    {
        var outlook = target.State.Admission.Look(RequestTo(target), target.Keys);
        lock (_gate)
        {
            FoundClosed |= IsClosed(target, outlook.Refusal);
            var standing = _standings.GetValueOrDefault(target);
            if (outlook.IsOpen)
            {
                _standings[target] = standing with { MayWait = false };
                return otherwise;
            }

            if (standing.WaitedInVain || outlook.Refusal != AdmissionRefusal.None)
            {
                _standings[target] = standing with { MayWait = false, Refusal = outlook.Refusal };
                return Availability.Not(Outcome.Saturated, outlook.EstimatedWait);
            }

            _standings[target] = standing with { MayWait = true };
            return Availability.LastResort;
        }
    }

    /// <summary>A key and a place at the target, after a wait where the last look allowed for one.</summary>
    public async ValueTask<TargetEntry> EnterAsync(Target target, CancellationToken cancellation)
    {
        var admission = target.State.Admission;
        if (admission.TryEnter(RequestTo(target), target.Keys, out var entry))
        {
            return entry;
        }

        if (!MayWait(target))
        {
            // Somebody was quicker; another target may have a free place.
            return entry with { Refusal = AdmissionRefusal.QueueFull };
        }

        var request = RequestTo(target);
        request = request with { Deadline = request.Deadline.Sooner(Deadline.After(admission.Timeout, time)) };
        entry = await admission.WaitAsync(request, target.Keys, cancellation);
        if (entry.Refusal != AdmissionRefusal.None)
        {
            lock (_gate)
            {
                FoundClosed |= IsClosed(target, entry.Refusal);
                _standings[target] = new Standing(false, WaitedInVain: true, entry.Refusal);
            }
        }

        return entry;
    }

    /// <summary>Another key of the target for a call that has its place there.</summary>
    public ValueTask<TargetEntry> NextKeyAsync(
        Target target, TargetEntry before, ulong tried, CancellationToken cancellation) =>
        target.State.Admission.NextKeyAsync(
            RequestTo(target), target.Keys, tried, before with { Queued = null }, cancellation);

    /// <summary>The call passed the target over because it was full.</summary>
    public void PassedOver(Target target)
    {
        lock (_gate)
        {
            // A wait in vain was counted where it ended.
            if (_standings.GetValueOrDefault(target) is { WaitedInVain: false, Refusal: var why })
            {
                target.State.Admission.Refusals.Add(why);
            }
        }
    }

    private AdmissionRequest RequestTo(Target target) => Request with
    {
        Tokens = target.State.Admission.Estimates.Of(call),
        // Who reads half of an answer is gone long before the call has to end.
        Deadline = reader is null ? deadline : deadline.Sooner(Deadline.After(reader.LeftFor(target), time)),
    };

    // A call that a more urgent one has pushed out of the line is shed too; that is no emergency.
    private bool IsClosed(Target target, AdmissionRefusal why) =>
        why == AdmissionRefusal.Shed && target.State.Admission.IsClosedTo(call.Priority);

    private bool MayWait(Target target)
    {
        lock (_gate)
        {
            return _standings.GetValueOrDefault(target).MayWait;
        }
    }

    private readonly record struct Standing(bool MayWait, bool WaitedInVain, AdmissionRefusal Refusal);
}
