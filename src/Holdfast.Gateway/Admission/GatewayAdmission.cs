using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// The door of the whole gateway: how many calls run at once, whatever their targets, and who is kept out for a while.
/// <see cref="Restriction"/> is the one place where an operation mode acts on admission, here and at every target.
/// </summary>
internal sealed class GatewayAdmission(TimeProvider time)
{
    private readonly Lock _gate = new();
    private volatile AdmissionQueue? _queue;
    private volatile AdmissionOptions _options = CallLimits.None;
    private volatile bool _isLimited;
    private volatile int _leastUrgent = AdmissionPriority.Lowest;
    private AdmissionRestriction _restriction;

    /// <summary>Raised when <see cref="Restriction"/> is set, so that the targets follow. Must not throw.</summary>
    public event Action<AdmissionRestriction>? Restricted;

    public RefusalCounts Refusals { get; } = new();

    /// <summary>
    /// What is kept away from the less urgent now. <see cref="AdmissionRestriction.LeastUrgent"/> refuses them, those
    /// that wait too; <see cref="AdmissionRestriction.Reserved"/> has them wait where others are let in.
    /// </summary>
    public AdmissionRestriction Restriction
    {
        get
        {
            lock (_gate)
            {
                return _restriction;
            }
        }

        set
        {
            lock (_gate)
            {
                _restriction = value;
                _leastUrgent = value.LeastUrgent;
                if (_queue is { } queue)
                {
                    queue.Restriction = value;
                }
            }

            Restricted?.Invoke(value);
        }
    }

    /// <summary>The limits from now on; those who wait stay in line.</summary>
    public void Configure(AdmissionOptions options)
    {
        lock (_gate)
        {
            _options = options;
            if (_queue is { } queue)
            {
                queue.Options = options;
            }
            else if (options.IsLimit())
            {
                _queue = new AdmissionQueue(options, time) { Restriction = _restriction };
            }

            _isLimited = options.IsLimit();
        }
    }

    /// <summary>Lets a call in, or says why not.</summary>
    /// <param name="call">The call.</param>
    /// <param name="record">Gets how long it waited.</param>
    /// <param name="deadline">The call's.</param>
    /// <param name="callerGone">Ends the wait: its place in the line is free.</param>
    /// <param name="deadlineIsCallers">The caller set the deadline; when it strikes, that is nobody's failure.</param>
    public ValueTask<GatewayEntry> EnterAsync(CallRequest call, CallRecord record, Deadline deadline,
        CancellationToken callerGone, bool deadlineIsCallers = false)
    {
        if (call.Priority > _leastUrgent)
        {
            return ValueTask.FromResult(Refused(AdmissionRefusal.Shed, call, record, TimeSpan.Zero));
        }

        return _isLimited ? EnterLimitedAsync(call, record, deadline, deadlineIsCallers, callerGone) : default;
    }

    /// <summary>Everything at one moment; null without a limit.</summary>
    public AdmissionStatus? GetStatus() => _isLimited ? _queue!.GetStatus() : null;

    private async ValueTask<GatewayEntry> EnterLimitedAsync(CallRequest call, CallRecord record, Deadline deadline,
        bool deadlineIsCallers, CancellationToken callerGone)
    {
        var request = new AdmissionRequest
        {
            Priority = call.Priority, Key = call.Share, Tokens = call.EstimatedTokens, Deadline = deadline,
        };
        var result = await _queue!.EnterAsync(request, callerGone);
        record.Queued = result.Waited;
        record.Waited += result.Waited;
        if (result.IsAdmitted)
        {
            return new GatewayEntry(result.Lease, null);
        }

        if (result.Refusal == AdmissionRefusal.Cancelled || !deadline.HasPassed)
        {
            return Refused(result.Refusal, call, record, result.RetryAfter);
        }

        Refusals.Add(result.Refusal);
        record.Outcome = deadlineIsCallers ? Outcome.Cancelled : Outcome.Timeout;
        return new GatewayEntry(default, CallError.TooLate);
    }

    private GatewayEntry Refused(AdmissionRefusal why, CallRequest call, CallRecord record, TimeSpan retryAfter)
    {
        Refusals.Add(why);
        if (why == AdmissionRefusal.Cancelled)
        {
            return new GatewayEntry(default, CallError.CallerLeft);
        }

        record.Outcome = Outcome.Saturated;
        return new GatewayEntry(default, why == AdmissionRefusal.Shed && call.Priority > _leastUrgent
            ? CallError.Emergency
            : CallError.QueueFull(Message(why), retryAfter));
    }

    private static string Message(AdmissionRefusal why) => why switch
    {
        AdmissionRefusal.WouldBeLate => "the gateway is at its limit, and the call could not begin in its time",
        AdmissionRefusal.TimedOut => "the gateway is at its limit, and the call has waited as long as it may",
        AdmissionRefusal.Shed => "the gateway is at its limit, and more urgent calls wait",
        _ => "the gateway is at its limit, and as many calls wait as may",
    };
}

/// <summary>A call's place in the gateway, or why it has none. The default: there is no limit.</summary>
internal readonly record struct GatewayEntry(AdmissionLease Place, CallError? Error);
