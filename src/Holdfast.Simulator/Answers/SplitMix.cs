using System.Runtime.InteropServices;

namespace Holdfast.Simulator.Answers;

/// <summary>SplitMix64: a seeded generator that costs no allocation, since every request has its own.</summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>At least 0 and below 1.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public int NextBetween(int min, int max) => (int)(min + (long)(Next() % (ulong)((long)max - min + 1)));

    public int NextIn(CountRange range) => range.Min >= range.Max ? range.Min : NextBetween(range.Min, range.Max);

    /// <summary>A log-normal sample in milliseconds.</summary>
    public double NextLatencyMs(LatencyRange range)
    {
        if (range.P50Ms <= 0 || range.P99Ms <= range.P50Ms)
        {
            return range.P50Ms;
        }

        // 2.3263 standard deviations above the median lies the 99th percentile.
        var sigma = Math.Log(range.P99Ms / range.P50Ms) / 2.3263478740408408;
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextUnit()));
        return range.P50Ms * Math.Exp(sigma * radius * Math.Cos(2 * Math.PI * NextUnit()));
    }

    /// <summary>Letters and digits, as the ids of providers have.</summary>
    public string NextId(string prefix, int length)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Span<char> id = stackalloc char[prefix.Length + length];
        prefix.CopyTo(id);
        for (var i = prefix.Length; i < id.Length; i++)
        {
            id[i] = Alphabet[(int)(Next() % (ulong)Alphabet.Length)];
        }

        return id.ToString();
    }
}

/// <summary>FNV-1a over 64 bits: the same in every process, which <see cref="string.GetHashCode()"/> isn't.</summary>
internal static class StableHash
{
    public const ulong Start = 14695981039346656037;

    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    public static ulong Add(ulong hash, ReadOnlySpan<char> text) => Add(hash, MemoryMarshal.AsBytes(text));
}
