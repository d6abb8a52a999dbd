namespace Holdfast.Failover;

/// <summary>Makes one <see cref="Random"/>, which isn't thread-safe, usable by all threads.</summary>
internal sealed class SharedRandom
{
    private readonly Random _random;
    private readonly Lock _gate = new();

    public SharedRandom(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _random = random;
    }

    /// <summary>From 0 to below 1.</summary>
    public double NextDouble()
    {
        lock (_gate)
            return _random.NextDouble();
    }

    /// <summary>A sequence of its own, so that many numbers cost one lock.</summary>
    public RandomSequence NextSequence()
    {
        lock (_gate)
            return new RandomSequence((ulong)_random.NextInt64(long.MinValue, long.MaxValue));
    }
}

/// <summary>
/// Random numbers from one seed, for one call. The generator is SplitMix64 (Steele, Lea, Flood: Fast splittable
/// pseudorandom number generators, 2014).
/// </summary>
internal struct RandomSequence(ulong seed)
{
    private ulong _state = seed;

    /// <summary>From 0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to below the end.</summary>
    public int Below(int end) => (int)(NextDouble() * end);

    private ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
