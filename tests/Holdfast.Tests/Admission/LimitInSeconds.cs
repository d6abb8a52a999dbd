using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>A <see cref="LearnedLimits"/> on a clock that counts seconds and doesn't begin at zero.</summary>
internal sealed class LimitInSeconds(LearnedLimits limit)
{
    private const double ClockBegan = 1000;

    private readonly LearnedLimits _limit = limit;

    public LimitInSeconds()
        : this(new LearnedLimits())
    {
    }

    public LimitInSeconds Copy() => new(_limit.Copy());

    public void Shift(double seconds) => _limit.Shift(Ticks(seconds));

    public BegunCall Begin(long cost, double at)
    {
        _limit.Take(cost, Moment(at));
        return new BegunCall(_limit.Taken, at);
    }

    /// <summary>The server answers a call with what is left of its limit, 100 unless said.</summary>
    public void Told(BegunCall call, long left, double reset, double? at = null, long? of = 100,
        string? account = null, string[]? alike = null) => _limit.Learn(
        new RateLimitReading(of, left, new TimeSpan(Ticks(reset))), account, alike,
        call.Mark, Moment(call.At), Moment(at ?? call.At));

    public void Forget(string? account, double at = 0) => _limit.Forget(account, Moment(at));

    public bool Add(LimitInSeconds others, string? account, double at) =>
        _limit.Add(others._limit, account, Moment(at));

    public void Ended(BegunCall call) => _limit.Ended(call.Mark, Moment(call.At));

    public void EndedUnserved(BegunCall call) => _limit.EndedUnserved(call.Mark, Moment(call.At));

    public double Wait(long cost, double at) =>
        Math.Round(_limit.Wait(cost, Moment(at)) / (double)TimeSpan.TicksPerSecond, 3);

    public double Pace(int calls, double cost, double at) =>
        Math.Round(_limit.Pace(calls, cost, Moment(at)) / TimeSpan.TicksPerSecond, 3);

    /// <summary>
    /// What calls may take until the reset, where it is less than half: at an even pace one takes that part of the
    /// time.
    /// </summary>
    public double Left(double at, double resetAt) =>
        Math.Round(Ticks(resetAt - at) / _limit.Pace(1, 1, Moment(at)), 3);

    private static long Moment(double seconds) => Ticks(ClockBegan + seconds);

    private static long Ticks(double seconds) => (long)Math.Round(seconds * TimeSpan.TicksPerSecond);
}

/// <summary>What a call remembers of its beginning, to be told apart when it ends.</summary>
internal readonly record struct BegunCall(long Mark, double At);
