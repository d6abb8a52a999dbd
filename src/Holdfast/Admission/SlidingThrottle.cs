namespace Holdfast.Admission;

/// <summary>
/// Says when the next call may begin so that no window holds more than so many. It remembers the moments of the last
/// ones, so it is exact: the start of a window is no occasion for a second burst. Not thread-safe.
/// </summary>
internal sealed class SlidingThrottle
{
    // A high rate is kept over a shorter window: the same rate, smaller bursts, and little to remember.
    private const int MostRemembered = 1024;

    private readonly long[] _begun;
    private readonly long _window;
    private int _oldest;

    /// <param name="perSecond">More than zero.</param>
    /// <param name="before">The one whose place it takes; null: nothing has begun yet.</param>
    public SlidingThrottle(double perSecond, SlidingThrottle? before = null)
    {
        var calls = Math.Clamp((int)Math.Ceiling(perSecond), 1, MostRemembered);
        _window = (long)(calls / perSecond * TimeSpan.TicksPerSecond);
        _begun = new long[calls];
        Array.Fill(_begun, -_window);
        for (var i = 0; i < before?._begun.Length; i++)
            Begin(before._begun[(before._oldest + i) % before._begun.Length]);
    }

    /// <summary>How many ticks until the next one may begin; zero: now.</summary>
    public long Wait(long now) => Math.Clamp(_begun[_oldest] + _window - now, 0, _window);

    public void Begin(long now)
    {
        _begun[_oldest] = now;
        _oldest = (_oldest + 1) % _begun.Length;
    }
}
