namespace Holdfast.Failover;

/// <summary>
/// Caps hedges at a share of the calls in a sliding window, because a slow hour would otherwise double the traffic just
/// when it must not grow. Each call says that it starts and asks before it hedges. A hedge is allowed only while all
/// hedges in the window, it included, are no more than the share of the calls there; so there is none in the first few
/// calls. Thread-safe, without a lock and without allocation.
/// </summary>
public sealed class HedgeBudget
{
    // What double arithmetic may lose of a whole number.
    private const double Rounding = 1e-9;

    private readonly TimeProvider _time;
    private readonly double _maxShare;
    private readonly long _origin;
    private readonly long _width;
    private readonly SlicedCount _calls = new();
    private readonly SlicedCount _hedges = new();

    /// <summary>Makes one that has seen no call.</summary>
    /// <param name="options">The cap.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="HedgeBudgetOptions.Problems"/>.</exception>
    public HedgeBudget(HedgeBudgetOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        _time = time;
        _maxShare = options.MaxShare;
        _origin = time.GetTimestamp();
        _width = options.Window.Ticks / SlicedCount.Slices;
    }

    /// <summary>Calls in the window.</summary>
    public long Calls => _calls.Sum(Slice());

    /// <summary>Hedges in the window.</summary>
    public long Hedges => _hedges.Sum(Slice());

    /// <summary>Says that a call starts.</summary>
    public void CallStarted() => _calls.Add(Slice());

    /// <summary>Asks for one hedge and counts it when it is allowed.</summary>
    /// <returns>False: don't.</returns>
    public bool TryHedge()
    {
        if (_maxShare == 0)
            return false;
        var slice = Slice();
        // Counted first: of two that ask for the last one, both may be refused, but never are both allowed.
        var counted = _hedges.Add(slice);
        if (_hedges.Sum(slice) <= (_maxShare * _calls.Sum(slice)) + Rounding)
            return true;
        _hedges.TakeBack(counted);
        return false;
    }

    // From 1, so that a word of 0 is an empty slice.
    private long Slice() => (Math.Max(0, _time.GetElapsedTime(_origin).Ticks) / _width) + 1;
}
