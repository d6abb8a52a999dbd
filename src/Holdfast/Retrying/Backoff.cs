namespace Holdfast.Retrying;

/// <summary>
/// Exponential waits with jitter. Thread-safe; the random numbers come from the constructor's source.
/// </summary>
/// <param name="random">The source of jitter. Used by nobody else, or made thread-safe by its owner.</param>
/// <exception cref="ArgumentNullException">The source is null.</exception>
public sealed class Backoff(Random random)
{
    private readonly Random _random = random ?? throw new ArgumentNullException(nameof(random));
    private readonly Lock _gate = new();

    /// <summary>
    /// The wait before a repeat: the backoff, give or take jitter, or the server's delay when that is longer. Those
    /// whom a server tells the same moment don't all come back in it: with jitter a server's delay grows by up to
    /// <see cref="RetryOptions.JitterFactor"/> of itself; it is never cut short.
    /// </summary>
    /// <param name="options">The curve. The backoff never exceeds its <see cref="RetryOptions.MaxDelay"/>.</param>
    /// <param name="repeat">Which repeat it is, from 0. Any size; negative counts as 0.</param>
    /// <param name="serverDelay">What the server asked for; null or negative = nothing.</param>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    public TimeSpan Delay(RetryOptions options, int repeat, TimeSpan? serverDelay)
    {
        ArgumentNullException.ThrowIfNull(options);
        var backoff = Spread(options, Curve(options, Math.Max(repeat, 0)));
        return serverDelay is { } asked && asked > backoff ? After(options, asked) : backoff;
    }

    /// <summary>A moment that many were told, and a little later.</summary>
    internal TimeSpan After(RetryOptions options, TimeSpan asked) => options.Jitter && options.JitterFactor > 0
        ? asked + new TimeSpan((long)(asked.Ticks * options.JitterFactor * NextDouble()))
        : asked;

    private static double Curve(RetryOptions options, int repeat)
    {
        if (options.BaseDelay <= TimeSpan.Zero)
            return 0;
        // Infinity is fine here, and NaN can't come up: the base is above zero.
        return Math.Min(options.BaseDelay.Ticks * Math.Pow(options.BackoffMultiplier, repeat), options.MaxDelay.Ticks);
    }

    private TimeSpan Spread(RetryOptions options, double ticks)
    {
        if (options.Jitter && options.JitterFactor > 0 && ticks > 0)
            ticks *= 1 + (options.JitterFactor * ((2 * NextDouble()) - 1));
        return new TimeSpan((long)Math.Clamp(ticks, 0, Math.Max(0, options.MaxDelay.Ticks)));
    }

    private double NextDouble()
    {
        lock (_gate)
            return _random.NextDouble();
    }
}
