namespace Holdfast.System.Tests;

/// <summary>
/// The system's clock, which also goes ahead at a word: what lasts long enough for any machine is over then. Timers run
/// as ever.
/// </summary>
internal sealed class LeapingTime : TimeProvider
{
    private long _ahead;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Volatile.Read(ref _ahead);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _ahead));

    public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
