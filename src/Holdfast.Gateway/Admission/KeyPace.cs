using Holdfast.Admission;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What a provider lets one of its keys do with one of its models, or with several that draw on one limit, as far as it
/// said.
/// </summary>
internal sealed class KeyPace(long number, AdmissionOptions options, TimeProvider time)
{
    private readonly long _number = number;
    private readonly Lock _gate = new();
    private readonly Dictionary<TargetPaces, (AdmissionOptions Options, bool IsAnyTold)> _targets = [];
    private volatile bool _isTold;
    private volatile int _models = 1;
    private int _wordless;

    /// <summary>Lets calls in at that pace.</summary>
    public AdmissionQueue Queue { get; } = new(Of(options, places: 0), time);

    /// <summary>The provider has spoken of this key's limits.</summary>
    public bool IsTold => _isTold;

    /// <summary>So many models go by it; 0 when it is not used any more.</summary>
    public int Models => _models;

    /// <summary>Several models go by it.</summary>
    public bool IsShared => _models > 1;

    /// <summary>
    /// Of two paces that look like one this is to be the one: more models go by it, or it is the older one. Without an
    /// order each would go by the other's.
    /// </summary>
    public bool ComesBefore(KeyPace other) =>
        Models > other.Models || (Models == other.Models && _number < other._number);

    /// <summary>The provider speaks of this key's limits for the first time.</summary>
    /// <returns>False when it was known.</returns>
    public bool Tell()
    {
        var isNews = !_isTold;
        _isTold = true;
        return isNews;
    }

    /// <summary>A good answer said nothing of limits.</summary>
    public void HeardNothing()
    {
        if (!_isTold && Interlocked.Increment(ref _wordless) == TargetAdmission.MostWordless)
        {
            lock (_gate)
            {
                ApplyUnderLock();
            }
        }
    }

    /// <summary>The limits of a target whose calls go by it.</summary>
    public void Configure(TargetPaces target, AdmissionOptions options, bool isAnyTold)
    {
        lock (_gate)
        {
            _targets[target] = (options, isAnyTold);
            ApplyUnderLock();
        }
    }

    /// <summary>Another model goes by it from now on. Called by one thread at a time, as <see cref="Leave"/>.</summary>
    public void Join() => _models++;

    /// <summary>A model goes by another pace. Those that wait here for the last one begin to wait there.</summary>
    public void Leave(TargetPaces target)
    {
        lock (_gate)
        {
            if (--_models > 0)
            {
                _targets.Remove(target);
                ApplyUnderLock();
                return;
            }
        }

        Queue.Dispose();
    }

    /// <summary>
    /// A key whose limits are unknown, at a provider that has told them of other keys, sends one call ahead: the whole
    /// crowd that finds the other keys busy would be too much for it. One that never says a word is left alone.
    /// </summary>
    private void ApplyUnderLock()
    {
        if (_targets.Count == 0)
        {
            return;
        }

        // In a line that several models share each waits as long as it may itself, so none cuts the others short.
        var targets = _targets.Values;
        var widest = targets.First().Options with
        {
            MaxQueueSize = targets.Max(target => target.Options.MaxQueueSize),
            Timeout = targets.Max(target => target.Options.Timeout),
        };
        var isAhead = !_isTold && targets.Any(target => target.IsAnyTold)
            && Volatile.Read(ref _wordless) < TargetAdmission.MostWordless;
        Queue.Options = Of(widest, places: isAhead ? 1 : 0);
    }

    private static AdmissionOptions Of(AdmissionOptions target, int places) =>
        target with { MaxConcurrency = places, ThrottleRate = 0, Adaptive = null };
}
