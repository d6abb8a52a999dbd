namespace Holdfast.Admission;

/// <summary>
/// Finds how many calls a target takes at once. While calls take as long as they usually do and the places are used,
/// the limit goes up by its square root a round; when they take longer than
/// <see cref="AdaptiveConcurrencyOptions.Tolerance"/> times that, it goes down in proportion; when the target says
/// there are too many, at once (after Netflix's gradient limits and TCP Vegas). Not thread-safe:
/// <see cref="AdmissionQueue"/> calls it under its lock.
/// </summary>
internal sealed class AdaptiveConcurrency
{
    // So many rounds are the usual. A quick round counts for more: it shows what the target can do.
    private const double SlowRound = 1 / 60d;
    private const double QuickRound = 1 / 10d;
    private const double Smoothing = 0.2;
    private const int ShortestRound = 10;

    private readonly AdaptiveConcurrencyOptions _options;
    private double _limit;
    private double _usual;
    private double _seconds;
    private int _calls;
    private int _rounds;
    private bool _isBacking;
    private int _turnedAway;

    /// <summary>Makes one that knows nothing.</summary>
    /// <param name="options">The bounds, and how fast it moves.</param>
    /// <param name="initial">The limit to begin with; the bounds hold.</param>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    /// <exception cref="ArgumentException">
    /// The options have <see cref="AdaptiveConcurrencyOptions.Problems"/>.
    /// </exception>
    public AdaptiveConcurrency(AdaptiveConcurrencyOptions options, int initial)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        _options = options;
        _limit = Math.Clamp(initial, options.MinLimit, options.MaxLimit);
    }

    /// <summary>The one that options ask for, if they do.</summary>
    public static AdaptiveConcurrency? Of(AdmissionOptions options, int initial) =>
        options is { Adaptive: { } adaptive, MaxConcurrency: > 0 } ? new AdaptiveConcurrency(adaptive, initial) : null;

    /// <summary>Calls that may run at once.</summary>
    public int Limit => (int)_limit;

    /// <summary>A call did its work.</summary>
    /// <param name="took">How long it took.</param>
    /// <param name="running">How many ran at its end, it included.</param>
    public void Succeeded(TimeSpan took, int running)
    {
        _seconds += Math.Max(took.TotalSeconds, 1e-6);
        _calls++;
        // One round of calls must have felt the last step before there is a next one.
        if (_calls < Math.Max(Limit, ShortestRound))
            return;
        var recent = _seconds / _calls;
        (_seconds, _calls, _isBacking) = (0, 0, false);
        _rounds = Math.Min(_rounds + 1, 1000);
        // The first rounds are averaged plainly, or the first of all would weigh for long.
        _usual += (recent - _usual) * Math.Max(recent < _usual ? QuickRound : SlowRound, 1d / _rounds);

        var gradient = Math.Clamp(_options.Tolerance * _usual / recent, 0.5, 1);
        // A limit that nobody comes near says nothing about a higher one.
        if (gradient >= 1 && running * 2 < _limit)
            return;
        var next = gradient < 1 ? _limit * gradient : _limit + Math.Sqrt(_limit);
        Set((_limit * (1 - Smoothing)) + (next * Smoothing));
    }

    /// <summary>The target said that there are too many calls, or gave no answer in its time.</summary>
    public void Overloaded()
    {
        // Those that were under way together are turned away together: that is one reason to go down, not fifty.
        if (_isBacking && ++_turnedAway < Limit)
            return;
        Set(_limit * _options.Backoff);
        (_seconds, _calls, _isBacking, _turnedAway) = (0, 0, true, 0);
    }

    private void Set(double limit) => _limit = Math.Clamp(limit, _options.MinLimit, _options.MaxLimit);
}
