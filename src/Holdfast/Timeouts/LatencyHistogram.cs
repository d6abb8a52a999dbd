using System.Numerics;

namespace Holdfast.Timeouts;

/// <summary>
/// How long something takes, in percentiles, in 3.5 KB whatever the traffic. It counts from 0.1 ms to 1 hour in buckets
/// whose width grows with the value, so that what it tells is at most 3.1 % off; what lies outside counts as the end
/// that it lies beyond. Old latencies fade: every half-life they weigh half as much, in four steps.
/// <para>
/// All members are thread-safe, without a lock and without allocation. What is read while others record is a mixture of
/// before and after.
/// </para>
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>The half-life without another: 5 minutes.</summary>
    public static readonly TimeSpan DefaultHalfLife = TimeSpan.FromMinutes(5);

    private const int BitsPerOctave = 4;
    private const int BucketsPerOctave = 1 << BitsPerOctave;
    private const int FirstOctave = 9;
    private const int Octaves = 27;
    private const long Shortest = TimeSpan.TicksPerMillisecond / 10;
    private const long Longest = TimeSpan.TicksPerHour;

    // One latency weighs this much at first, so that fading needs no fractions.
    private const long Unit = 1024;
    private const int MostBlind = 64;
    private const int LooksPerBlind = 16;

    private readonly long[] _buckets = new long[Octaves * BucketsPerOctave];
    private readonly Decay _decay;

    // Not exact, as threads may overwrite each other's: they only say how often to look at the clock.
    private int _blind;
    private long _sinceStep;

    /// <summary>Makes an empty one.</summary>
    /// <param name="time">The clock that latencies fade by.</param>
    /// <param name="halfLife">
    /// After this time a latency weighs half as much. 1 s to 1 day. Null, the default: <see cref="DefaultHalfLife"/>.
    /// </param>
    /// <exception cref="ArgumentNullException">The clock is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The half-life is not within its range.</exception>
    public LatencyHistogram(TimeProvider time, TimeSpan? halfLife = null) =>
        _decay = new Decay(time, halfLife ?? DefaultHalfLife);

    /// <summary>How many latencies there are, faded ones counted by what they still weigh; rounded.</summary>
    public long Count
    {
        get
        {
            Fade(_decay.Now());
            return Rounded(Total());
        }
    }

    /// <summary>The average, faded latencies counted by what they still weigh; zero when there are none.</summary>
    public TimeSpan Mean
    {
        get
        {
            Fade(_decay.Now());
            double sum = 0, total = 0;
            for (var i = 0; i < _buckets.Length; i++)
            {
                var weight = Volatile.Read(ref _buckets[i]);
                if (weight == 0)
                    continue;
                sum += weight * (double)ValueOf(i).Ticks;
                total += weight;
            }

            return total == 0 ? TimeSpan.Zero : new TimeSpan((long)(sum / total));
        }
    }

    /// <summary>
    /// Records a latency. Under heavy traffic it doesn't look at the clock each time: then, after a pause, up to a
    /// sixteenth as many latencies as came before it, and 64 at most, fade as if they had come before the pause too.
    /// </summary>
    /// <param name="latency">How long it took. Below 0.1 ms and above 1 hour it counts as these.</param>
    public void Record(TimeSpan latency)
    {
        if (--_blind < 0)
            Look();
        Interlocked.Add(ref _buckets[IndexOf(latency.Ticks)], Unit);
    }

    /// <summary>Records a latency for whoever has just read the clock.</summary>
    /// <param name="latency">How long it took. Below 0.1 ms and above 1 hour it counts as these.</param>
    /// <param name="timestamp">The timestamp that the histogram's own clock gave when it ended.</param>
    public void Record(TimeSpan latency, long timestamp)
    {
        Fade(_decay.At(timestamp));
        Interlocked.Add(ref _buckets[IndexOf(latency.Ticks)], Unit);
    }

    /// <summary>The latency that a share of all latencies doesn't exceed; zero when there are none.</summary>
    /// <param name="share">The share, 0 to 1: 0.95 for the 95th percentile.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not within 0 to 1.</exception>
    public TimeSpan Percentile(double share)
    {
        if (!(share >= 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "0 to 1");
        Fade(_decay.Now());
        return PercentileOf(Total(), share);
    }

    /// <summary>The same, or null with fewer latencies than a minimum.</summary>
    internal TimeSpan? Percentile(double share, int minimumSamples)
    {
        Fade(_decay.Now());
        var total = Total();
        return Rounded(total) < minimumSamples ? null : PercentileOf(total, share);
    }

    private TimeSpan PercentileOf(long total, double share)
    {
        if (total <= 0)
            return TimeSpan.Zero;

        // From the top, because high percentiles are what is asked for.
        var allowed = total - Math.Max(1, Math.Ceiling(share * total));
        var lowest = -1;
        double above = 0;
        for (var i = _buckets.Length - 1; i >= 0; i--)
        {
            var weight = Volatile.Read(ref _buckets[i]);
            if (weight == 0)
                continue;
            lowest = i;
            above += weight;
            if (above > allowed)
                break;
        }

        return lowest < 0 ? TimeSpan.Zero : ValueOf(lowest);
    }

    private static int IndexOf(long ticks)
    {
        var value = (ulong)Math.Clamp(ticks, Shortest, Longest);
        var octave = BitOperations.Log2(value);
        var within = (int)(value >> (octave - BitsPerOctave)) & (BucketsPerOctave - 1);
        return ((octave - FirstOctave) << BitsPerOctave) + within;
    }

    private static TimeSpan ValueOf(int index)
    {
        var octave = (index >> BitsPerOctave) + FirstOctave;
        var width = 1L << (octave - BitsPerOctave);
        var low = (double)(BucketsPerOctave + (index & (BucketsPerOctave - 1))) * width;
        var high = low + width;
        // The value whose error is the same share at both ends.
        return new TimeSpan(Math.Clamp((long)(2 * low * high / (low + high)), Shortest, Longest));
    }

    private static long Rounded(long weight) => (weight + (Unit / 2)) / Unit;

    private long Total()
    {
        long total = 0;
        for (var i = 0; i < _buckets.Length; i++)
            total += Volatile.Read(ref _buckets[i]);
        return total;
    }

    private void Look()
    {
        Fade(_decay.Now());
        var blind = (int)Math.Min(MostBlind, _sinceStep / LooksPerBlind);
        _sinceStep += blind + 1;
        _blind = blind;
    }

    private void Fade(long now)
    {
        if (!_decay.TryStep(now, out var factor))
            return;
        _sinceStep = 0;
        _blind = 0;
        for (var i = 0; i < _buckets.Length; i++)
            Decay.Scale(ref _buckets[i], factor);
    }
}
