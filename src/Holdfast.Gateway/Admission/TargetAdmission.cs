using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// The limits of one provider's model: the configured ones, which all its calls share, and for each of the provider's
/// keys what the provider said it still takes. Lives as long as the target is known, across reloads. Where nothing is
/// configured and the provider says nothing, a call passes without a lock.
/// </summary>
internal sealed class TargetAdmission(TimeProvider time, SharedLimits shared, string provider)
{
    /// <summary>Where an adaptive limit begins when the configuration doesn't say it.</summary>
    internal const int FirstPlaces = 20;

    /// <summary>So many good answers without a word on limits, and its calls aren't counted any more.</summary>
    internal const int MostWordless = 20;

    // A limit that was told counts for so long, however many answers say nothing of it.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private volatile AdmissionQueue? _places;
    private volatile AdmissionOptions _options = CallLimits.None;
    private volatile bool _isLimited;
    private volatile bool _isTold;
    private int _wordless;
    private long _toldAt;
    private AdmissionRestriction _restriction;

    /// <summary>Calls have to ask here: something is limited, or may yet turn out to be.</summary>
    public bool IsInUse => _isLimited || !IsSilent;

    /// <summary>Something is limited.</summary>
    public bool IsActive => _isLimited || _isTold;

    /// <summary>How long a call waits at most.</summary>
    public TimeSpan Timeout => _options.Timeout;

    /// <summary>Calls that were passed on, or turned away after a wait.</summary>
    public RefusalCounts Refusals { get; } = new();

    /// <summary>What its calls take of token limits.</summary>
    public TokenEstimates Estimates { get; } = new();

    /// <summary>What its calls go by with each of its provider's keys.</summary>
    public TargetPaces Paces { get; } = new(time, shared, provider);

    // Some answers of a provider speak of limits and others don't: streams, or what a cache in between has kept.
    private bool WasToldLately =>
        Volatile.Read(ref _toldAt) is not 0 and var at && time.GetElapsedTime(at) < SilentAfter;

    private bool IsSilent => Volatile.Read(ref _wordless) >= MostWordless;

    /// <summary>The limits from now on. Those who wait stay in line; nobody who runs is lost.</summary>
    /// <param name="options">The configured ones.</param>
    /// <param name="scope">Over what the provider counts its own.</param>
    public void Configure(AdmissionOptions options, RateLimitScope scope = RateLimitScope.Auto)
    {
        if (scope != Paces.Scope)
        {
            Paces.Count(scope);
        }

        if (ReferenceEquals(options, _options))
        {
            return;
        }

        lock (_gate)
        {
            _options = options;
            if (_places is { } places)
            {
                // Without limits it lets in all who wait; those it let in give their places back to it.
                places.Options = WithPlaces(options);
            }
            else if (options.IsLimit())
            {
                _places = NewPlacesUnderLock();
            }

            _isLimited = options.IsLimit();
            Paces.Configure(options, _isTold);
        }
    }

    /// <summary>What is kept away from the less urgent now.</summary>
    public void Restrict(AdmissionRestriction restriction)
    {
        lock (_gate)
        {
            _restriction = restriction;
            if (_places is { } places)
            {
                places.Restriction = restriction;
            }

            Paces.Restrict(restriction);
        }
    }

    /// <summary>Calls of this priority are not let in at all now.</summary>
    public bool IsClosedTo(int priority)
    {
        lock (_gate)
        {
            return priority > _restriction.LeastUrgent;
        }
    }

    /// <summary>What would become of a call now. Takes nothing.</summary>
    public AdmissionOutlook Look(in AdmissionRequest request, KeyRing keys)
    {
        var places = IsActive ? _places!.Look(request) : default;
        if (!_isTold || places.Refusal != AdmissionRefusal.None)
        {
            return places;
        }

        // Both must let it in: the later of the two says when.
        var pace = Paces.Look(request, keys);
        return pace.IsOpen || (!places.IsOpen && pace.Refusal == AdmissionRefusal.None
            && pace.EstimatedWait < places.EstimatedWait) ? places : pace;
    }

    /// <summary>Takes a place and a key, if both are there now; else nothing.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="keys">The provider's.</param>
    /// <param name="entry">What was taken.</param>
    /// <returns>Also true when no key may be used at all: the entry says so; no wait would help.</returns>
    public bool TryEnter(in AdmissionRequest request, KeyRing keys, out TargetEntry entry)
    {
        if (_isLimited && !_places!.Look(request).IsOpen)
        {
            entry = TargetEntry.Of(keys, tried: 0) with { IsPaced = false };
            return !entry.HasKey;
        }

        entry = Pick(request, keys, tried: 0);
        if (!entry.IsPaced || !IsActive)
        {
            return entry.IsPaced || !entry.HasKey;
        }

        if (_places!.TryEnter(request, out var place))
        {
            entry = entry with { Place = place };
            return true;
        }

        // Somebody else was let in since the look.
        entry.GiveBack();
        entry = entry with { IsPaced = false };
        return false;
    }

    /// <summary>Waits for a place, and in it until one of the keys may be used.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="keys">The provider's.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What was taken. Without a key when all have come to be held meanwhile.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TargetEntry> WaitAsync(
        AdmissionRequest request, KeyRing keys, CancellationToken cancellation)
    {
        // The pace comes last, so that whatever it lets in begins at that moment. In their places calls keep nothing
        // from others: all calls of the target wait for the same keys.
        var placed = IsActive ? await _places!.EnterAsync(request, cancellation) : default;
        var entry = new TargetEntry { Place = placed.Lease, Queued = placed.Waited };
        if (!placed.IsAdmitted)
        {
            return Refused(entry, placed);
        }

        entry = await NextKeyAsync(request, keys, tried: 0, entry, cancellation);
        if (entry.Refusal != AdmissionRefusal.None)
        {
            entry.GiveBack();
        }

        return entry;
    }

    /// <summary>A key for a call that has its place; where it has used one up, another.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="keys">The provider's.</param>
    /// <param name="tried">A bit for each key, by position, that the call has used up.</param>
    /// <param name="before">What it has.</param>
    /// <param name="cancellation">Ends the wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TargetEntry> NextKeyAsync(AdmissionRequest request, KeyRing keys, ulong tried,
        TargetEntry before, CancellationToken cancellation)
    {
        var entry = Pick(request, keys, tried) with { Place = before.Place, Queued = before.Queued };
        if (entry.IsPaced || !entry.HasKey)
        {
            return entry;
        }

        entry.Place.Pause();
        while (entry is { HasKey: true, IsPaced: false, Refusal: AdmissionRefusal.None })
        {
            entry = await WaitForKeyAsync(request, entry, cancellation);
            if (entry.Key is { } key && (keys.IsHeld(key) || (key.IsMarked && !entry.WasMarked)))
            {
                // It was good when the wait began.
                entry.Pace.Withdraw();
                entry = Pick(request, keys, tried) with { Place = entry.Place, Queued = entry.Queued };
            }
        }

        entry.Place.GoOn();
        return entry;
    }

    /// <summary>The head of an answer has come, or none will: what it said of limits is learned.</summary>
    /// <param name="entry">The call's.</param>
    /// <param name="limits">What the provider said.</param>
    /// <param name="outcome">How it went.</param>
    public void Heard(in TargetEntry entry, RateLimits limits, Outcome outcome)
    {
        if (!limits.IsEmpty)
        {
            Volatile.Write(ref _wordless, 0);
            Volatile.Write(ref _toldAt, time.GetTimestamp());
            if (limits.Tokens is { Limit: { } limit })
            {
                Estimates.Limit = limit;
            }

            if (entry.Model is { } model && model.Heard(entry, limits) | !_isTold)
            {
                Told(isAny: true);
            }
        }
        else if (outcome == Outcome.Ok && !IsSilent)
        {
            entry.Model?.HeardNothing(entry);
            if (!WasToldLately && Interlocked.Increment(ref _wordless) == MostWordless)
            {
                Told(isAny: false);
            }
        }

        if (outcome is Outcome.ServerError or Outcome.BadAnswer)
        {
            // Whether a provider takes tokens for what it failed at, none says.
            entry.Pace.Dispose();
        }
        else
        {
            entry.Pace.Settle(outcome);
        }
    }

    /// <summary>An answer has told what its call took.</summary>
    public void Counted(CallRequest call, in Usage used)
    {
        // Nobody asks for it before a provider has spoken of limits.
        if (_isTold)
        {
            Estimates.Learn(call, used);
        }
    }

    /// <summary>Forgets what the provider said of limits; those that wait for them wait no longer.</summary>
    public void Forget()
    {
        Volatile.Write(ref _wordless, 0);
        Told(isAny: false);
        Estimates.Limit = 0;
        Paces.Forget();
    }

    /// <summary>Everything at one moment; null while nothing is limited.</summary>
    public AdmissionStatus? GetStatus()
    {
        if (!IsActive)
        {
            return null;
        }

        var status = _places!.GetStatus();
        return _isTold ? status with { EstimatedWait = Longer(status.EstimatedWait, Paces.EstimatedWait) } : status;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static AdmissionOptions WithPlaces(AdmissionOptions options) =>
        options.Adaptive is { } adaptive
            ? options with { MaxConcurrency = Math.Clamp(FirstOf(options), adaptive.MinLimit, adaptive.MaxLimit) }
            : options;

    private static int FirstOf(AdmissionOptions options) =>
        options.MaxConcurrency == 0 ? FirstPlaces : options.MaxConcurrency;

    /// <summary>Waits until the entry's key may be used.</summary>
    private async ValueTask<TargetEntry> WaitForKeyAsync(
        AdmissionRequest request, TargetEntry entry, CancellationToken cancellation)
    {
        entry = entry with { WasMarked = entry.Key is { IsMarked: true } };
        while (true)
        {
            // First the token: a move in between is seen by the pace, or ends the wait.
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation, entry.Model!.Moves);
            var pace = entry.Model.Pace;
            var paced = await pace.Queue.EnterAsync(entry.Model.Ask(request, isMeant: true), leaving.Token);
            entry = entry with { Queued = (entry.Queued ?? TimeSpan.Zero) + paced.Waited };
            var isThere = ReferenceEquals(entry.Model.Pace, pace);
            if (paced.IsAdmitted && isThere)
            {
                return entry.With(pace, paced.Lease, request.Tokens);
            }

            // The model goes by another pace by now, its own or one that it shares: the wait goes on there. What the
            // old one let in would be counted by nobody who knows this model's limit.
            if (cancellation.IsCancellationRequested || (!paced.IsAdmitted && paced.Refusal switch
            {
                AdmissionRefusal.Cancelled => false,
                AdmissionRefusal.Shed => isThere,
                _ => true,
            }))
            {
                return Refused(entry, paced);
            }

            paced.Lease.Withdraw();
        }
    }

    private TargetEntry Refused(in TargetEntry entry, in AdmissionResult result)
    {
        Refusals.Add(result.Refusal);
        return entry with { Refusal = result.Refusal, RetryAfter = result.RetryAfter };
    }

    private TargetEntry Pick(in AdmissionRequest request, KeyRing keys, ulong tried) =>
        IsSilent ? TargetEntry.Of(keys, tried) : Paces.Pick(request, keys, tried);

    private void Told(bool isAny)
    {
        lock (_gate)
        {
            // It counts those that run and wait, also where nothing is configured.
            _places = isAny ? _places ?? NewPlacesUnderLock() : _places;
            _isTold = isAny;
            Paces.Configure(_options, isAny);
        }
    }

    private AdmissionQueue NewPlacesUnderLock() => new(WithPlaces(_options), time) { Restriction = _restriction };
}
