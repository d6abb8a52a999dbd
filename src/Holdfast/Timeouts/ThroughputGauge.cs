namespace Holdfast.Timeouts;

/// <summary>
/// Judges how fast characters come over the last ten seconds of active time. It is looked at about once a second and
/// keeps one sample of the running total each time, so tokens cost it nothing. Not thread-safe.
/// </summary>
internal sealed class ThroughputGauge
{
    internal const long Span = 10 * TimeSpan.TicksPerSecond;
    internal const long Step = TimeSpan.TicksPerSecond;

    // Samples lie a step apart at least, so this many always reach back a whole span.
    private readonly (long Active, long Characters)[] _samples = new (long, long)[12];
    private int _count;

    /// <summary>Starts the first span; called once. Active time is in ticks of 100 ns.</summary>
    public void Start(long active, long characters) => Add(active, characters);

    /// <summary>Whether a whole span has passed and brought less than the minimum per second.</summary>
    public bool IsTooSlow(long active, long characters, double minimum)
    {
        var oldest = Math.Max(0, _count - _samples.Length);
        for (var i = _count - 1; i >= oldest; i--)
        {
            var sample = _samples[i % _samples.Length];
            var span = active - sample.Active;
            if (span < Span)
                continue;
            if ((characters - sample.Characters) * (double)TimeSpan.TicksPerSecond / span < minimum)
                return true;
            break;
        }

        if (active - Newest >= Step)
            Add(active, characters);
        return false;
    }

    /// <summary>Active time until it wants to be looked at again.</summary>
    public long UntilNextLook(long active) => Math.Max(1, Newest + Step - active);

    private long Newest => _samples[(_count - 1) % _samples.Length].Active;

    private void Add(long active, long characters) => _samples[_count++ % _samples.Length] = (active, characters);
}
