using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

/// <summary>Two equal targets under five calls a second in virtual time; one of them drifts for ten minutes.</summary>
public class WeightDriftTests
{
    private const int Seed = 20250319;
    private const int CallsPerMinute = 300;

    private readonly ManualTimeProvider _time = new();
    private readonly Random _random = new(Seed);
    private readonly TargetOrder _order = new(new Random(Seed + 1));
    private readonly TargetStatistics[] _statistics;

    public WeightDriftTests() => _statistics = [new(_time), new(_time)];

    [Fact]
    public void The_share_of_a_failing_target_moves_away_and_back()
    {
        var before = Minutes(10, success: 0.98, seconds: 1);
        var failing = Minutes(10, success: 0.2, seconds: 1);
        var after = Minutes(20, success: 0.98, seconds: 1);

        AssertInRange(before[^1], 0.4, 0.6);
        AssertInRange(failing[4], 0, 0.2);
        AssertInRange(failing[9], 0.01, 0.2);
        AssertInRange(after[^1], 0.4, 0.6);
    }

    [Fact]
    public void The_share_of_a_target_that_became_slow_moves_away_and_back()
    {
        var before = Minutes(10, success: 1, seconds: 1);
        var slow = Minutes(10, success: 1, seconds: 9);
        var after = Minutes(20, success: 1, seconds: 1);

        AssertInRange(before[^1], 0.4, 0.6);
        AssertInRange(slow[9], 0.05, 0.2);
        AssertInRange(after[^1], 0.4, 0.6);
    }

    [Fact]
    public void A_target_that_always_failed_is_still_asked_now_and_then()
    {
        var shares = Minutes(30, success: 0, seconds: 1);

        AssertInRange(shares[20..].Average(), 0.015, 0.06);
    }

    private static void AssertInRange(double share, double low, double high) =>
        Assert.True(share >= low && share <= high, $"seed {Seed}: {share:P1}, not {low:P0} to {high:P0}");

    /// <summary>The share of the first target's first places, minute by minute.</summary>
    private double[] Minutes(int minutes, double success, double seconds)
    {
        var shares = new double[minutes];
        Span<int> order = stackalloc int[2];
        for (var i = 0; i < minutes * CallsPerMinute; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1) / CallsPerMinute);
            _order.ByWeight([new(0, 0, 1, _statistics[0]), new(1, 0, 1, _statistics[1])], order);
            var isGood = _random.NextDouble() < (order[0] == 0 ? success : 0.98);
            var jitter = 0.8 + (0.4 * _random.NextDouble());
            var latency = TimeSpan.FromSeconds((order[0] == 0 ? seconds : 1) * jitter);
            _statistics[order[0]].Record(isGood ? Outcome.Ok : Outcome.ServerError, latency);
            if (order[0] == 0)
                shares[i / CallsPerMinute] += 1.0 / CallsPerMinute;
        }

        return shares;
    }
}
