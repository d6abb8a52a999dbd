namespace Holdfast.Timeouts;

/// <summary>
/// A limit that follows a target's own latency: a percentile times a factor, between a floor and a ceiling. Thread-safe
/// and without state of its own.
/// <para>
/// Feed the histogram with what timed out too, by the time it was given: a history that hears only of successes can
/// never grow beyond the limit it led to, and a target that became slower would be cut off until its history has faded.
/// </para>
/// </summary>
public sealed class AdaptiveTimeout
{
    private readonly LatencyHistogram _latencies;
    private readonly AdaptiveTimeoutOptions _options;
    private readonly TimeSpan _floor;

    /// <summary>Makes one.</summary>
    /// <param name="latencies">The history to follow; others record into it.</param>
    /// <param name="options">How it is followed.</param>
    /// <param name="ceiling">
    /// The configured limit, as <see cref="TimeoutOptions.Attempt"/>: never exceeded, and what holds until there are
    /// enough latencies. <see cref="TimeSpan.Zero"/>: the limit is off and stays off.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="AdaptiveTimeoutOptions.Problems"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The ceiling is negative.</exception>
    public AdaptiveTimeout(LatencyHistogram latencies, AdaptiveTimeoutOptions options, TimeSpan ceiling)
    {
        ArgumentNullException.ThrowIfNull(latencies);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(ceiling, TimeSpan.Zero);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        _latencies = latencies;
        _options = options;
        Ceiling = ceiling;
        _floor = options.Floor < ceiling ? options.Floor : ceiling;
    }

    /// <summary>The configured limit.</summary>
    public TimeSpan Ceiling { get; }

    /// <summary>The limit for an attempt that begins now; zero when the limit is off.</summary>
    public TimeSpan Current
    {
        get
        {
            if (Ceiling == TimeSpan.Zero
                || _latencies.Percentile(_options.Percentile, _options.MinimumSamples) is not { } percentile)
                return Ceiling;
            var ticks = percentile.Ticks * _options.Factor;
            return new TimeSpan((long)Math.Clamp(ticks, _floor.Ticks, Ceiling.Ticks));
        }
    }
}
