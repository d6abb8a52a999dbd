using System.Numerics;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Collects how a call's targets failed, and says in the end what the caller hears: the table of statuses in
/// docs/errors.md.
/// </summary>
internal sealed class CallEnding
{
    // A bit for each outcome: most calls fail nowhere, and should not pay for those that do.
    private uint _failed;
    private Dictionary<int, Outcome>? _skips;
    private ProviderFault? _last;
    private const uint RateLimited = 1u << (int)Outcome.RateLimited;

    private TimeSpan _soonest = TimeSpan.MaxValue;
    private bool _hasRepeated;

    /// <summary>The call's outcome in one word, once <see cref="ToError"/> has decided.</summary>
    public Outcome Outcome { get; private set; } = Outcome.Cancelled;

    /// <summary>Targets refused the call because its priority is closed.</summary>
    public bool FoundClosed { private get; set; }

    /// <param name="fault">How an attempt failed.</param>
    /// <param name="isRepeat">The target had been tried before.</param>
    public void Saw(ProviderFault fault, bool isRepeat = false)
    {
        _hasRepeated |= isRepeat;
        _failed |= 1u << (int)fault.Outcome;
        _last = fault;
        Consider(fault.RetryAfter ?? TimeSpan.Zero);
    }

    /// <summary>False when it was seen before.</summary>
    public bool Saw(SkippedTarget skipped)
    {
        Consider(skipped.RetryAfter);
        return (_skips ??= []).TryAdd(skipped.Target, skipped.Why);
    }

    /// <param name="deadlineIsCallers">The caller set the deadline; when it strikes, that is nobody's failure.</param>
    /// <param name="deadline">The call's.</param>
    /// <param name="callerLeft">Nobody waits any more.</param>
    public CallError ToError(bool deadlineIsCallers, Deadline deadline, bool callerLeft)
    {
        if (IsTheCallers)
        {
            Outcome = Outcome.CallerError;
            return PassedOn(_last!);
        }

        if (callerLeft)
        {
            return CallError.CallerLeft;
        }

        if (deadline.HasPassed || _last?.Outcome == Outcome.Cancelled)
        {
            Outcome = deadlineIsCallers ? Outcome.Cancelled : Outcome.Timeout;
            return CallError.TooLate;
        }

        var tried = _last is { IsUnsupported: true } ? null : _last;
        Outcome = tried?.Outcome ?? Skipped.FirstOrDefault(Outcome.CircuitOpen);
        if ((_failed & ~RateLimited) == 0 && (_failed != 0 || Skipped.Count > 0)
            && Skipped.All(outcome => outcome == Outcome.RateLimited))
        {
            return new CallError(429, "rate_limit_error", "upstream_rate_limited",
                "every target is rate-limited by its provider")
            {
                RetryAfter = Soonest,
                // Where the gateway has waited and come again already, its caller's client must not do so in turn: each
                // of its calls would be as many requests as this one. Who wasn't repeated for may come again.
                DoNotRetry = _hasRepeated,
            };
        }

        if (_failed == 0 && Skipped.Contains(Outcome.Saturated))
        {
            Outcome = Outcome.Saturated;
            return FoundClosed ? CallError.Emergency
                : CallError.QueueFull("every target that could answer is at its limit", Soonest);
        }

        if (_failed == 0 || (_last is { IsUnsupported: true, Outcome: Outcome.CallerError } && FailedInOneWay))
        {
            return NothingTried();
        }

        return FailedInOneWay && _last is { Outcome: Outcome.NotFound } notFound
            ? PassedOn(notFound)
            : new CallError(502, "upstream_error", "all_targets_failed",
                $"every target failed; the last one: {_last!.Outcome.Word()}: {_last.Message}")
            {
                // For clients that don't know x-should-retry, and those that come again by themselves. A bad key or a
                // used-up credit doesn't mend by waiting.
                RetryAfter = _last.Outcome.IsRecoverable() ? Soonest : null,
            };
    }

    /// <summary>A provider's refusal ends the call at once; "cannot do that" counts only when nobody can.</summary>
    private bool IsTheCallers => _last is { Outcome: Outcome.CallerError } theirs
        && (!theirs.IsUnsupported || (FailedInOneWay && Skipped.Count == 0));

    private IReadOnlyCollection<Outcome> Skipped => _skips is { } skips ? skips.Values : [];

    private bool FailedInOneWay => BitOperations.IsPow2(_failed);

    private TimeSpan Soonest => _soonest == TimeSpan.MaxValue ? TimeSpan.FromSeconds(1) : _soonest;

    private void Consider(TimeSpan delay)
    {
        if (delay > TimeSpan.Zero && delay < _soonest)
        {
            _soonest = delay;
        }
    }

    private CallError NothingTried()
    {
        var why = Skipped.Contains(Outcome.CircuitOpen) ? Outcome.CircuitOpen
            : Outcome == Outcome.RateLimited ? Outcome.Held : Outcome;
        Outcome = why;
        var reason = why switch
        {
            Outcome.CircuitOpen => "the circuit breaker of every target that could answer is open",
            Outcome.Isolated => "every target is taken out for maintenance",
            Outcome.Held => "every target rests: rate-limited, or out of quota",
            _ => "no target can be tried",
        };
        return new CallError(503, "service_unavailable", why.Word(), reason)
        {
            // Only a hand ends an isolation; nobody knows when.
            RetryAfter = why == Outcome.Isolated ? TimeSpan.FromMinutes(1) : Soonest,
        };
    }

    /// <summary>The caller's own mistake, in the provider's words.</summary>
    private static CallError PassedOn(ProviderFault fault) => new(
        fault.Status ?? 400,
        fault.Type ?? "invalid_request_error",
        fault.Code ?? (fault.Outcome == Outcome.NotFound ? "model_not_found" : null),
        fault.Message)
    {
        Param = fault.Param,
        DoNotRetry = false,
    };
}
