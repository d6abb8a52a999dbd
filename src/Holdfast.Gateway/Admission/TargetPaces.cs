using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What one model's calls go by with each of its provider's keys, and which key a call takes. Thread-safe.
/// </summary>
internal sealed class TargetPaces(TimeProvider time, SharedLimits shared, string provider)
{
    // How many keys of a provider a call can tell apart; the same as its ring.
    private const int MostKeys = 64;

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<ApiKey, ModelPace> _keys = [];
    private ModelPace? _keyless;
    private AdmissionOptions _options = CallLimits.None;
    private AdmissionRestriction _restriction;
    private bool _isTold;
    private volatile RateLimitScope _scope;

    /// <summary>Over what the provider counts, as configured.</summary>
    public RateLimitScope Scope => _scope;

    /// <summary>The shortest wait of any key, by the estimate for a call of normal priority.</summary>
    public TimeSpan EstimatedWait
    {
        get
        {
            lock (_gate)
            {
                return PacesUnderLock().Select(model => model.Pace.Queue.EstimatedWait())
                    .DefaultIfEmpty(TimeSpan.Zero).Min();
            }
        }
    }

    /// <summary>Other limits, or the provider has spoken of limits, or is silent again.</summary>
    public void Configure(AdmissionOptions options, bool isTold)
    {
        lock (_gate)
        {
            (_options, _isTold) = (options, isTold);
            foreach (var model in PacesUnderLock())
            {
                model.Pace.Configure(this, options, isTold);
            }
        }
    }

    /// <summary>Over what the provider counts from now on.</summary>
    public void Count(RateLimitScope scope)
    {
        List<ModelPace> models;
        lock (_gate)
        {
            _scope = scope;
            models = [.. PacesUnderLock()];
        }

        // Not under the lock: a model's pace changes under that of its key's readings first.
        models.ForEach(model => model.Gather());
    }

    public void Restrict(AdmissionRestriction restriction)
    {
        lock (_gate)
        {
            _restriction = restriction;
            foreach (var model in PacesUnderLock())
            {
                model.Pace.Queue.Restriction = restriction;
            }
        }
    }

    /// <summary>
    /// The best key whose pace lets in now; where none does, the one that will first. Good keys come before marked ones
    /// also when they have to wait.
    /// </summary>
    public TargetEntry Pick(in AdmissionRequest request, KeyRing keys, ulong tried)
    {
        var soonest = default(TargetEntry);
        var wait = TimeSpan.MaxValue;
        while (keys.TryPick(tried, out var key, out var position) && !(soonest.HasKey && key!.IsMarked))
        {
            var model = Of(key);
            var pace = model.Pace;
            var entry = new TargetEntry { HasKey = true, Key = key, Position = position, Model = model };
            if (pace.Queue.TryEnter(request, out var lease))
            {
                return entry.With(pace, lease, request.Tokens);
            }

            // Who waits for a key about which nothing is known stands in a line whose length nobody can tell.
            var known = pace.Queue.Look(model.Ask(request, isMeant: false));
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

    /// <summary>What would become of a call now, by the best of its keys.</summary>
    public AdmissionOutlook Look(AdmissionRequest request, KeyRing keys)
    {
        var best = default(AdmissionOutlook);
        var isAny = false;
        for (ulong passed = 0; keys.TryPick(passed, out var key, out var position) && !(isAny && key!.IsMarked);)
        {
            var model = Of(key);
            var pace = model.Pace;
            if (pace.IsShared)
            {
                // The line is the most patient model's.
                request = request with { Deadline = request.Deadline.Sooner(Deadline.After(Patience, time)) };
            }

            var outlook = pace.Queue.Look(model.Ask(request, isMeant: false));
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

    /// <summary>What the model goes by with a key.</summary>
    public ModelPace Of(ApiKey? key)
    {
        var known = key is null ? Volatile.Read(ref _keyless) : _keys.TryGetValue(key, out var model) ? model : null;
        if (known is not null)
        {
            return known;
        }

        // Its readings' lock comes before this one's, always.
        var readings = shared.Of(key, provider);
        ModelPace fresh;
        lock (_gate)
        {
            if (key is null ? _keyless is not null : _keys.TryGetValue(key, out _))
            {
                return Of(key);
            }

            fresh = new ModelPace(this, FreshUnderLock(), readings);
            if (key is null)
            {
                Volatile.Write(ref _keyless, fresh);
            }
            else
            {
                _keys.Add(key, fresh);
            }
        }

        readings.Add(fresh, _scope);
        return fresh;
    }

    /// <summary>Forgets what the provider said of limits.</summary>
    public void Forget()
    {
        List<ModelPace> models;
        lock (_gate)
        {
            _isTold = false;
            models = [.. PacesUnderLock()];
        }

        models.ForEach(model => model.Forget());
    }

    /// <summary>Nobody uses the target any more.</summary>
    public void Retire()
    {
        List<ModelPace> models;
        lock (_gate)
        {
            models = [.. PacesUnderLock()];
        }

        models.ForEach(model => model.Retire());
    }

    /// <summary>A pace that knows nothing.</summary>
    public KeyPace Fresh()
    {
        lock (_gate)
        {
            return FreshUnderLock();
        }
    }

    /// <summary>One of the models' keys goes by another pace from now on, with the limits of now.</summary>
    public void Move(ModelPace model, KeyPace to)
    {
        lock (_gate)
        {
            to.Queue.Restriction = _restriction;
            model.Set(to);
            to.Configure(this, _options, _isTold);
        }
    }

    private TimeSpan Patience => _options.MaxQueueSize == 0 ? TimeSpan.Zero : _options.Timeout;

    private static bool IsBetter(in AdmissionOutlook one, in AdmissionOutlook other) =>
        one.Refusal == AdmissionRefusal.None
            ? other.Refusal != AdmissionRefusal.None || one.EstimatedWait < other.EstimatedWait
            : other.Refusal != AdmissionRefusal.None && one.EstimatedWait < other.EstimatedWait;

    private KeyPace FreshUnderLock()
    {
        var fresh = new KeyPace(shared.NextPace(), _options, time) { Queue = { Restriction = _restriction } };
        fresh.Configure(this, _options, _isTold);
        return fresh;
    }

    private IEnumerable<ModelPace> PacesUnderLock()
    {
        if (_keyless is not null)
        {
            yield return _keyless;
        }

        foreach (var (_, model) in _keys)
        {
            yield return model;
        }
    }
}
