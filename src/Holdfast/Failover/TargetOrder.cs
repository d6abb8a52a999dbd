namespace Holdfast.Failover;

/// <summary>
/// Puts targets into the order in which a call tries them. Each way of ordering writes every candidate's
/// <see cref="TargetCandidate.Index"/> exactly once into the beginning of a span that the caller gives. It looks at
/// nothing but the candidates, and allocates nothing, except <see cref="ByWeight"/> for more than 64 candidates.
/// Thread-safe.
/// </summary>
public sealed class TargetOrder
{
    private const int MostOnStack = 64;
    private const double ShortestTicks = TimeSpan.TicksPerMillisecond / 10.0;

    private readonly SharedRandom _random;
    private readonly TargetOrderOptions _options;

    /// <summary>Makes one.</summary>
    /// <param name="random">
    /// The source of randomness. Used by nobody else, or made thread-safe by its owner.
    /// </param>
    /// <param name="options">How weights follow the record; null, the default: the options' own defaults.</param>
    /// <exception cref="ArgumentNullException">The source of randomness is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="TargetOrderOptions.Problems"/>.</exception>
    public TargetOrder(Random random, TargetOrderOptions? options = null)
    {
        _random = new SharedRandom(random);
        _options = options ?? new TargetOrderOptions();
        var problems = string.Join("; ", _options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
    }

    /// <summary>Lower priorities first, equal ones in the order they come in.</summary>
    /// <param name="candidates">The targets.</param>
    /// <param name="order">Gets their indices.</param>
    /// <exception cref="ArgumentException">The order is shorter than the candidates.</exception>
    public static void ByPriority(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        order = Positions(candidates, order);
        for (var i = 1; i < order.Length; i++)
        {
            var taken = order[i];
            var place = i;
            for (; place > 0 && candidates[order[place - 1]].Priority > candidates[taken].Priority; place--)
                order[place] = order[place - 1];
            order[place] = taken;
        }

        WriteIndices(candidates, order);
    }

    /// <summary>
    /// The lowest latency first, so that the quickest is asked first. Before all come those that want a first try,
    /// after all those of which nothing is known although they were tried; equal ones in the order they come in.
    /// </summary>
    /// <param name="candidates">The targets.</param>
    /// <param name="order">Gets their indices.</param>
    /// <exception cref="ArgumentException">The order is shorter than the candidates.</exception>
    public static void ByLatency(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        order = Positions(candidates, order);
        for (var i = 1; i < order.Length; i++)
        {
            var taken = order[i];
            var latency = Rank(in candidates[taken]);
            var place = i;
            for (; place > 0 && Rank(in candidates[order[place - 1]]) > latency; place--)
                order[place] = order[place - 1];
            order[place] = taken;
        }

        WriteIndices(candidates, order);
    }

    /// <summary>Any order, each as likely as any other.</summary>
    /// <param name="candidates">The targets.</param>
    /// <param name="order">Gets their indices.</param>
    /// <exception cref="ArgumentException">The order is shorter than the candidates.</exception>
    public void Shuffled(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        order = Positions(candidates, order);
        var random = _random.NextSequence();
        // Fisher and Yates.
        for (var left = order.Length; left > 1; left--)
        {
            var chosen = random.Below(left);
            (order[left - 1], order[chosen]) = (order[chosen], order[left - 1]);
        }

        WriteIndices(candidates, order);
    }

    /// <summary>
    /// Drawn by weight without putting back: the first place goes to a target with the probability of its share, the
    /// next one to one of the others, and so on. A share is the configured weight × success × speed as the options say,
    /// mixed with <see cref="TargetOrderOptions.ExplorationShare"/> of the configured weight alone. Targets without a
    /// weight come last, any of them as likely. Priorities are not looked at.
    /// </summary>
    /// <param name="candidates">The targets.</param>
    /// <param name="order">Gets their indices.</param>
    /// <exception cref="ArgumentException">The order is shorter than the candidates.</exception>
    public void ByWeight(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        order = Positions(candidates, order);
        Span<double> shares = order.Length <= MostOnStack
            ? stackalloc double[MostOnStack]
            : new double[order.Length];
        shares = shares[..order.Length];
        Shares(candidates, shares);
        var random = _random.NextSequence();
        for (var place = 0; place < order.Length - 1; place++)
        {
            var chosen = Draw(shares[place..], ref random) + place;
            (order[place], order[chosen]) = (order[chosen], order[place]);
            (shares[place], shares[chosen]) = (shares[chosen], shares[place]);
        }

        WriteIndices(candidates, order);
    }

    /// <summary>
    /// The probability with which <see cref="ByWeight"/> puts each candidate first. The sum is 1, or 0 when no
    /// candidate has a weight.
    /// </summary>
    /// <param name="candidates">The targets.</param>
    /// <param name="shares">Gets their shares, in the order of the candidates.</param>
    /// <exception cref="ArgumentException">There is less room than there are candidates.</exception>
    public void Shares(ReadOnlySpan<TargetCandidate> candidates, Span<double> shares)
    {
        if (shares.Length < candidates.Length)
            throw new ArgumentException($"{shares.Length} for {candidates.Length} candidates", nameof(shares));
        double weights = 0, lives = 0;
        var best = Best(candidates);
        for (var i = 0; i < candidates.Length; i++)
        {
            ref readonly var candidate = ref candidates[i];
            weights += Weight(in candidate);
            lives += shares[i] = Weight(in candidate) * Performance(in candidate, best);
        }

        // With a record so bad that nothing is left of any weight, the weights alone decide.
        var exploration = lives > 0 ? _options.ExplorationShare : 1;
        for (var i = 0; i < candidates.Length; i++)
        {
            var live = lives > 0 ? shares[i] / lives : 0;
            var configured = weights > 0 ? Weight(in candidates[i]) / weights : 0;
            shares[i] = ((1 - exploration) * live) + (exploration * configured);
        }
    }

    private static int Draw(Span<double> shares, ref RandomSequence random)
    {
        double total = 0;
        foreach (var share in shares)
            total += share;
        if (total <= 0)
            return random.Below(shares.Length);

        var point = random.NextDouble() * total;
        var last = 0;
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i] <= 0)
                continue;
            last = i;
            point -= shares[i];
            if (point < 0)
                break;
        }

        return last;
    }

    private double Performance(in TargetCandidate candidate, double best)
    {
        var success = double.IsNaN(candidate.SuccessRate) ? 1 : Math.Clamp(candidate.SuccessRate, 0, 1);
        var performance = Power(success, _options.SuccessExponent);
        // One of which nothing is known is taken to be as fast as the best.
        return candidate.Latency is { } latency
            ? performance * Power(best / Math.Max(latency.Ticks, ShortestTicks), _options.LatencyExponent)
            : performance;
    }

    // The two usual exponents cost no call of Math.Pow.
    private static double Power(double value, double exponent) => exponent switch
    {
        1 => value,
        2 => value * value,
        _ => Math.Pow(value, exponent),
    };

    private static double Best(ReadOnlySpan<TargetCandidate> candidates)
    {
        var best = double.MaxValue;
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Latency is { } latency && candidate.Weight > 0)
                best = Math.Min(best, Math.Max(latency.Ticks, ShortestTicks));
        }

        return best;
    }

    // Weights this large leave room for a sum of all of them.
    private static double Weight(in TargetCandidate candidate) =>
        candidate.Weight > 0 ? Math.Min(candidate.Weight, 1e100) : 0;

    private static long Rank(in TargetCandidate candidate)
    {
        if (candidate.WantsFirstTry)
            return -1;
        return candidate.Latency is { } latency ? Math.Max(0, latency.Ticks) : long.MaxValue;
    }

    private static Span<int> Positions(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        if (order.Length < candidates.Length)
            throw new ArgumentException($"{order.Length} for {candidates.Length} candidates", nameof(order));
        order = order[..candidates.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        return order;
    }

    private static void WriteIndices(ReadOnlySpan<TargetCandidate> candidates, Span<int> order)
    {
        foreach (ref var place in order)
            place = candidates[place].Index;
    }
}
