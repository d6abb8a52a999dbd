using Holdfast.Timeouts;

namespace Holdfast.Admission;

/// <summary>What a queue has seen lately; everything halves every minute. Not thread-safe.</summary>
internal sealed class AdmissionMeasures(TimeProvider time)
{
    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);

    private readonly Decay _decay = new(time, HalfLife);
    private double _begun;
    private double _waited;
    private double _ended;
    private double _ran;
    private double _held;
    private double _good;
    private double _bad;

    public double SuccessRate => _good + _bad == 0 ? 1 : _good / (_good + _bad);

    public TimeSpan AverageWait => _begun == 0 ? TimeSpan.Zero : new TimeSpan((long)(_waited / _begun));

    public TimeSpan? AverageRunTime => _ended < 0.01 ? null : new TimeSpan((long)(_ran / _ended));

    public double AverageRunTicks => _ended < 0.01 ? 0 : _ran / _ended;

    /// <summary>How long a place is taken: also while its call waits in it for something else.</summary>
    public double AverageHeldTicks => _ended < 0.01 ? 0 : _held / _ended;

    public double PerSecond(long now)
    {
        Fade(now);
        // What is left of a steady stream after fading, and less than that while there was no time for one.
        var seen = HalfLife.TotalSeconds / Math.Log(2) * (1 - Math.Pow(0.5, now / (double)HalfLife.Ticks));
        return seen < 0.001 ? 0 : _ended / seen;
    }

    public void Begun(long now, long waited)
    {
        Fade(now);
        _begun++;
        _waited += waited;
    }

    /// <summary>One that has begun waited on.</summary>
    public void Waited(long waited) => _waited += waited;

    /// <summary>One that had just begun did not begin after all.</summary>
    public void Withdrawn() => _begun = Math.Max(0, _begun - 1);

    public void Ended(long now, long ran, long held, AdmissionEnding ending)
    {
        Fade(now);
        _ended++;
        _ran += ran;
        _held += held;
        if (ending == AdmissionEnding.Succeeded)
            _good++;
        else if (ending is AdmissionEnding.Failed or AdmissionEnding.Overloaded)
            _bad++;
    }

    private void Fade(long now)
    {
        if (!_decay.TryStep(now, out var factor))
            return;
        _begun *= factor;
        _waited *= factor;
        _ended *= factor;
        _ran *= factor;
        _held *= factor;
        _good *= factor;
        _bad *= factor;
    }
}
