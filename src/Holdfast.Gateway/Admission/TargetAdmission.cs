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
internal sealed class TargetAdmission(TimeProvider time)
{
    /// <summary>Where an adaptive limit begins when the configuration doesn't say it.</summary>
    internal const int FirstPlaces = 20;

    /// <summary>So many good answers without a word on limits, and its calls aren't counted any more.</summary>
    internal const int MostWordless = 20;

    // How many keys of a provider a call can tell apart; the same as its ring.
    private const int MostKeys = 64;

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<ApiKey, KeyPace> _paces = [];
    private KeyPace? _keyless;
    private volatile AdmissionQueue? _places;
    private volatile AdmissionOptions _options = CallLimits.None;
    private volatile bool _isLimited;
    private volatile bool _isTold;
    private int _wordless;
    private AdmissionRestriction _restriction;

    /// <summary>Calls have to ask here: something is limited, or may yet turn out to be.</summary>
    public bool IsInUse => _isLimited || !IsSilent;

    /// <summary>Something is limited.</summary>
    public bool IsActive => _isLimited || _isTold;

    /// <summary>How long a call waits at most.</summary>
    public TimeSpan Timeout => _options.Timeout;

    /// <summary>Calls that were passed on, or turned away after a wait.</summary>
    public RefusalCounts Refusals { get; } = new();

    private bool IsSilent => Volatile.Read(ref _wordless) >= MostWordless;

    /// <summary>The limits from now on. Those who wait stay in line; nobody who runs is lost.</summary>
    public void Configure(AdmissionOptions options)
    {
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
                _places = new AdmissionQueue(WithPlaces(options), time) { Restriction = _restriction };
            }

            _isLimited = options.IsLimit();
            ConfigurePacesUnderLock();
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

            foreach (var pace in PacesUnderLock())
            {
                pace.Queue.Restriction = restriction;
            }
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
        var places = _isLimited ? _places!.Look(request) : default;
        if (!_isTold || places.Refusal != AdmissionRefusal.None)
        {
            return places;
        }

        // Both must let it in: the later of the two says when.
        var pace = LookAtKeys(request, keys);
        return pace.IsOpen || (!places.IsOpen && pace.Refusal == AdmissionRefusal.None
            && pace.EstimatedWait < places.EstimatedWait) ? places : pace;
    }

    /// <summary>Picks a key and takes a place with it, if both are there now.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="keys">The provider's.</param>
    /// <param name="tried">A bit for each key, by position, that the call has used up.</param>
    /// <param name="entry">What was taken; where nothing was, what <see cref="WaitAsync"/> goes on from.</param>
    /// <returns>Also true when no key may be used at all: the entry says so; no wait would help.</returns>
    public bool TryEnter(in AdmissionRequest request, KeyRing keys, ulong tried, out TargetEntry entry)
    {
        entry = PickKey(request, keys, tried);
        if (!entry.HasKey)
        {
            return true;
        }

        if (!entry.IsPaced || !_isLimited)
        {
            return entry.IsPaced;
        }

        var isIn = _places!.TryEnter(request, out var place);
        entry = entry with { Place = place };
        return isIn;
    }

    /// <summary>Another key for a call that has its place, because the one before was no good.</summary>
    public TargetEntry NextKey(in AdmissionRequest request, KeyRing keys, ulong tried, in TargetEntry before) =>
        PickKey(request, keys, tried) with { Place = before.Place };

    /// <summary>Goes on where there was no place, and waits for one.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TargetEntry> WaitAsync(
        AdmissionRequest request, TargetEntry entry, CancellationToken cancellation)
    {
        // The pace before the place: whoever waits for a provider's limit must not keep a place from others.
        if (!entry.IsPaced)
        {
            entry = await WaitForKeyAsync(request, entry, cancellation);
        }

        if (!_isLimited || entry.Refusal != AdmissionRefusal.None)
        {
            return entry;
        }

        var placed = await _places!.EnterAsync(request, cancellation);
        entry = entry with { Place = placed.Lease, Queued = (entry.Queued ?? TimeSpan.Zero) + placed.Waited };
        return placed.IsAdmitted ? entry : Refused(entry, placed);
    }

    /// <summary>Waits until the entry's key may be used.</summary>
    public async ValueTask<TargetEntry> WaitForKeyAsync(
        AdmissionRequest request, TargetEntry entry, CancellationToken cancellation)
    {
        var paced = await PaceOf(entry.Key).Queue.EnterAsync(request, cancellation);
        entry = entry with { Pace = paced.Lease, IsPaced = true, Queued = paced.Waited };
        return paced.IsAdmitted ? entry : Refused(entry, paced);
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
            entry.Pace.Learned(limits.Requests, limits.Tokens);
            if (entry.Pace != default && PaceOf(entry.Key).Tell() | !_isTold)
            {
                Told(isAny: true);
            }
        }
        else if (outcome == Outcome.Ok && !IsSilent && Interlocked.Increment(ref _wordless) == MostWordless)
        {
            Told(isAny: false);
        }

        entry.Pace.Settle(outcome);
    }

    /// <summary>Everything at one moment; null while nothing is limited.</summary>
    public AdmissionStatus? GetStatus()
    {
        if (!IsActive)
        {
            return null;
        }

        lock (_gate)
        {
            var paces = PacesUnderLock().Select(pace => pace.Queue.GetStatus()).ToList();
            var status = _isLimited ? _places!.GetStatus() : paces.FirstOrDefault();
            // Calls wait at their key first and then for a place. The keys' own numbers of calls say nothing more.
            return status is null || paces.Count == 0 ? status : status with
            {
                Depth = paces.Sum(pace => pace.Depth) + (_isLimited ? status.Depth : 0),
                Admitted = _isLimited ? status.Admitted : paces.Sum(pace => pace.Admitted),
                Running = _isLimited ? status.Running : paces.Sum(pace => pace.Running),
                EstimatedWait = Longer(_isLimited ? status.EstimatedWait : TimeSpan.Zero,
                    paces.Min(pace => pace.EstimatedWait)),
            };
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static AdmissionOptions WithPlaces(AdmissionOptions options) =>
        options.Adaptive is { } adaptive
            ? options with { MaxConcurrency = Math.Clamp(FirstOf(options), adaptive.MinLimit, adaptive.MaxLimit) }
            : options;

    private static int FirstOf(AdmissionOptions options) =>
        options.MaxConcurrency == 0 ? FirstPlaces : options.MaxConcurrency;

    private TargetEntry Refused(in TargetEntry entry, in AdmissionResult result)
    {
        entry.Pace.Dispose();
        Refusals.Add(result.Refusal);
        return entry with { Refusal = result.Refusal, RetryAfter = result.RetryAfter };
    }

    /// <summary>
    /// The best key whose pace lets in now; where none does, the one that will first. Good keys come before marked ones
    /// also when they have to wait.
    /// </summary>
    private TargetEntry PickKey(in AdmissionRequest request, KeyRing keys, ulong tried)
    {
        var isCounted = !IsSilent;
        var soonest = default(TargetEntry);
        var wait = TimeSpan.MaxValue;
        while (keys.TryPick(tried, out var key, out var position) && !(soonest.HasKey && key!.IsMarked))
        {
            var entry = new TargetEntry { HasKey = true, Key = key, Position = position };
            if (!isCounted)
            {
                return entry with { IsPaced = true };
            }

            var pace = PaceOf(key);
            if (pace.Queue.TryEnter(request, out var lease))
            {
                return entry with { IsPaced = true, Pace = lease };
            }

            // Who waits for a key about which nothing is known stands in a line whose length nobody can tell.
            var known = pace.Queue.Look(request);
            var expected = pace.IsTold ? known.EstimatedWait : TimeSpan.MaxValue - TimeSpan.FromTicks(1);
            if (known.Refusal == AdmissionRefusal.None && expected < wait)
            {
                (soonest, wait) = (entry, expected);
            }
            else if (!soonest.HasKey)
            {
                soonest = entry;
            }

            if (position is < 0 or >= MostKeys)
            {
                break;
            }

            tried |= 1UL << position;
        }

        return soonest;
    }

    private AdmissionOutlook LookAtKeys(in AdmissionRequest request, KeyRing keys)
    {
        var best = default(AdmissionOutlook);
        var isAny = false;
        for (ulong passed = 0; keys.TryPick(passed, out var key, out var position) && !(isAny && key!.IsMarked);)
        {
            var outlook = PaceOf(key).Queue.Look(request);
            if (outlook.IsOpen)
            {
                return outlook;
            }

            best = !isAny || IsBetter(outlook, best) ? outlook : best;
            isAny = true;
            if (position is < 0 or >= MostKeys)
            {
                break;
            }

            passed |= 1UL << position;
        }

        return best;
    }

    private static bool IsBetter(in AdmissionOutlook one, in AdmissionOutlook other) =>
        one.Refusal == AdmissionRefusal.None
            ? other.Refusal != AdmissionRefusal.None || one.EstimatedWait < other.EstimatedWait
            : other.Refusal != AdmissionRefusal.None && one.EstimatedWait < other.EstimatedWait;

    private KeyPace PaceOf(ApiKey? key)
    {
        var known = key is null ? Volatile.Read(ref _keyless) : _paces.TryGetValue(key, out var pace) ? pace : null;
        if (known is not null)
        {
            return known;
        }

        lock (_gate)
        {
            if (key is null ? _keyless is not null : _paces.TryGetValue(key, out _))
            {
                return PaceOf(key);
            }

            var fresh = new KeyPace(_options, time) { Queue = { Restriction = _restriction } };
            fresh.Configure(_options, _isTold);
            if (key is null)
            {
                Volatile.Write(ref _keyless, fresh);
            }
            else
            {
                _paces.Add(key, fresh);
            }

            return fresh;
        }
    }

    private void Told(bool isAny)
    {
        lock (_gate)
        {
            _isTold = isAny;
            ConfigurePacesUnderLock();
        }
    }

    private void ConfigurePacesUnderLock()
    {
        foreach (var pace in PacesUnderLock())
        {
            pace.Configure(_options, _isTold);
        }
    }

    private IEnumerable<KeyPace> PacesUnderLock()
    {
        if (_keyless is not null)
        {
            yield return _keyless;
        }

        foreach (var (_, pace) in _paces)
        {
            yield return pace;
        }
    }
}
