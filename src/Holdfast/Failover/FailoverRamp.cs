namespace Holdfast.Failover;

/// <summary>
/// Moves a target's share of the calls up in steps instead of at once after it has recovered, so that a provider that
/// has just come back isn't run over by everybody. Thread-safe; at the full share it takes no lock and reads no clock.
/// <para>
/// On the way down there are no steps: an open circuit takes the whole share at once, because a call that is sent to a
/// target known to fail is lost time, and half-open its probes are counted already.
/// </para>
/// <para>
/// The share is a preference and no bar: a target that isn't preferred is tried after the others, or calls would fail
/// while a target could answer.
/// </para>
/// </summary>
public sealed class FailoverRamp
{
    private readonly FailoverRampOptions _options;
    private readonly TimeProvider _time;
    private readonly SharedRandom _random;
    private readonly long _origin;

    // Null: the full share, and nothing moves.
    private Move? _move;

    /// <summary>Makes one at the full share.</summary>
    /// <param name="options">How fast the share moves.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">
    /// The source of randomness. Used by nobody else, or made thread-safe by its owner.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="FailoverRampOptions.Problems"/>.</exception>
    public FailoverRamp(FailoverRampOptions options, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        _options = options;
        _time = time;
        _random = new SharedRandom(random);
        _origin = time.GetTimestamp();
    }

    /// <summary>The share at this moment, 0 to 1.</summary>
    public double Share => Volatile.Read(ref _move) is { } move ? ShareOf(move) : 1;

    /// <summary>Where a share that moves in equal steps stands. Pure.</summary>
    /// <param name="from">Where it began.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="steps">In how many steps. At least 1.</param>
    /// <param name="period">How long that takes; zero and less: at once.</param>
    /// <param name="elapsed">How long ago it began; negative counts as zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are less than one step.</exception>
    public static double ShareAt(double from, double to, int steps, TimeSpan period, TimeSpan elapsed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (elapsed >= period)
            return to;
        var taken = Math.Floor(Math.Max(0, elapsed / period) * steps);
        return from + ((to - from) * taken / steps);
    }

    /// <summary>
    /// Says that the target has recovered, as when its circuit closes: the share rises from
    /// <see cref="FailoverRampOptions.LowestShare"/>, wherever it was.
    /// </summary>
    public void Recovered() => Recovered(_options.RampPeriod);

    /// <summary>
    /// Says the same of a target whose share is to be whole sooner than <see cref="FailoverRampOptions.RampPeriod"/>,
    /// where that is long beside the target's own times: a breaker that looks again after a second has seen soon that
    /// the target holds.
    /// </summary>
    /// <param name="within">The longest time to the full share; zero and less: at once.</param>
    public void Recovered(TimeSpan within)
    {
        var period = within < _options.RampPeriod ? within : _options.RampPeriod;
        Volatile.Write(ref _move, new Move(Now(), period));
    }

    /// <summary>Whether one call prefers this target now: true for the share of calls, at random.</summary>
    public bool Prefers()
    {
        if (Volatile.Read(ref _move) is not { } move)
            return true;
        var share = ShareOf(move);
        if (share < 1)
            return _random.NextDouble() < share;
        Interlocked.CompareExchange(ref _move, null, move);
        return true;
    }

    private double ShareOf(Move move) =>
        ShareAt(_options.LowestShare, 1, _options.Steps, move.Period, new TimeSpan(Now() - move.Since));

    private long Now() => _time.GetElapsedTime(_origin).Ticks;

    private sealed record Move(long Since, TimeSpan Period);
}
