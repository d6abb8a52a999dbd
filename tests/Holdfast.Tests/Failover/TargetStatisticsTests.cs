using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class TargetStatisticsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly TargetStatistics _statistics;

    public TargetStatisticsTests() => _statistics = new TargetStatistics(_time);

    [Fact]
    public void Expects_the_best_of_a_target_that_nobody_has_tried()
    {
        var snapshot = _statistics.GetSnapshot();

        Assert.Equal(new TargetStatisticsSnapshot(
            0, 0, 0, 0, null, null, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, null, null), snapshot);
        Assert.Equal(1, _statistics.ExpectedSuccessRate);
    }

    [Fact]
    public void Counts_successes_and_failures_and_remembers_the_last()
    {
        Record(3, Outcome.Ok, 2);
        _time.Advance(Second);
        Record(1, Outcome.RateLimited, 0.1);
        var at = _time.GetUtcNow();
        _time.Advance(Second);

        var snapshot = _statistics.GetSnapshot();

        Assert.Equal((4, 3, 1), (snapshot.RequestCount, snapshot.SuccessCount, snapshot.FailureCount));
        Assert.Equal(0.75, snapshot.SuccessRate!.Value, 3);
        Assert.Equal(TimeSpan.FromSeconds(2), snapshot.AverageResponseTime);
        Assert.InRange(snapshot.P50.TotalSeconds, 1.92, 2.08);
        Assert.InRange(snapshot.P95.TotalSeconds, 1.92, 2.08);
        Assert.InRange(snapshot.P99.TotalSeconds, 1.92, 2.08);
        Assert.Equal(Outcome.RateLimited, snapshot.LastOutcome);
        Assert.Equal(at, snapshot.LastTime);
    }

    [Fact]
    public void As_many_successes_as_failures_are_a_rate_of_a_half()
    {
        Record(2, Outcome.Ok, 1);
        Record(2, Outcome.ServerError, 1);

        Assert.Equal(0.5, _statistics.GetSnapshot().SuccessRate!.Value, 3);
    }

    [Theory]
    [InlineData(Outcome.Cancelled)]
    [InlineData(Outcome.CallerError)]
    public void Whose_fault_it_is_not_counts_for_neither_side(Outcome outcome)
    {
        Record(1, outcome, 1);

        var snapshot = _statistics.GetSnapshot();

        Assert.Equal((1, 0, 0), (snapshot.RequestCount, snapshot.SuccessCount, snapshot.FailureCount));
        Assert.Equal(outcome, snapshot.LastOutcome);
    }

    [Fact]
    public void A_target_that_loses_every_race_has_no_success_rate_and_no_response_time()
    {
        Record(3, Outcome.Cancelled, 0.04);

        var snapshot = _statistics.GetSnapshot();

        Assert.Equal((3, 3), (snapshot.RequestCount, snapshot.CancelledCount));
        Assert.Equal((null, null), (snapshot.SuccessRate, snapshot.AverageResponseTime));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), (snapshot.P50, snapshot.P95, snapshot.P99));
        Assert.Equal(0.04, _statistics.AverageResponseTime!.Value.TotalSeconds, 3);
    }

    [Fact]
    public void Every_outcome_counts_as_one_of_success_failure_neither_or_nothing()
    {
        foreach (var outcome in Enum.GetValues<Outcome>())
        {
            var statistics = new TargetStatistics(_time);

            statistics.Record(outcome, Second);

            var counts = statistics.GetSnapshot();
            var isFailure = outcome.IsAttempt()
                && outcome.Rule().Category != ErrorCategory.None && outcome != Outcome.CallerError;
            Assert.Equal(outcome.IsAttempt() ? 1 : 0, counts.RequestCount);
            Assert.Equal(outcome == Outcome.Ok ? 1 : 0, counts.SuccessCount);
            Assert.Equal(isFailure ? 1 : 0, counts.FailureCount);
        }
    }

    [Fact]
    public void What_was_not_tried_counts_nowhere()
    {
        Record(1, Outcome.CircuitOpen, 1);

        Assert.Equal(0, _statistics.RequestCount);
        Assert.Null(_statistics.GetSnapshot().LastOutcome);
        Assert.True(_statistics.WantsFirstTry);
    }

    [Theory]
    [InlineData(Outcome.Ok, true)]
    [InlineData(Outcome.Timeout, true)]
    [InlineData(Outcome.Refused, false)]
    [InlineData(Outcome.ServerError, false)]
    [InlineData(Outcome.Auth, false)]
    public void A_quick_failure_is_no_latency(Outcome outcome, bool isLatency)
    {
        Record(1, outcome, 1);

        Assert.Equal(isLatency ? Second : null, _statistics.AverageResponseTime);
        Assert.Equal(isLatency ? 1 : 0, _statistics.Latencies.Count);
    }

    [Fact]
    public void Losing_a_race_late_makes_slower_and_losing_it_early_says_nothing()
    {
        Record(1, Outcome.Ok, 2);
        Record(5, Outcome.Cancelled, 1);
        var early = _statistics.AverageResponseTime;

        Record(1, Outcome.Cancelled, 4);

        Assert.Equal(TimeSpan.FromSeconds(2), early);
        Assert.Equal(TimeSpan.FromSeconds(3), _statistics.AverageResponseTime);
    }

    [Fact]
    public void One_lone_failure_lowers_the_expectation_only_a_little()
    {
        Record(1, Outcome.ServerError, 1);

        Assert.Equal(0, _statistics.SuccessRate);
        Assert.Equal(5 / 6.0, _statistics.ExpectedSuccessRate, 3);
    }

    [Fact]
    public void Forgets_failures_by_half_each_half_life()
    {
        Record(100, Outcome.ServerError, 1);

        _time.Advance(TimeSpan.FromMinutes(2));
        Record(75, Outcome.Ok, 1);

        Assert.Equal(0.75, _statistics.SuccessRate, 2);
    }

    [Fact]
    public void A_latency_is_unknown_again_after_a_while()
    {
        Record(1, Outcome.Ok, 1);

        _time.Advance(TimeSpan.FromMinutes(5));
        var known = _statistics.AverageResponseTime;
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.NotNull(known);
        Assert.Null(_statistics.AverageResponseTime);
    }

    [Fact]
    public void Wants_a_first_try_once_and_again_when_nobody_came_for_long()
    {
        var atFirst = _statistics.WantsFirstTry;
        _statistics.Started();
        var started = _statistics.WantsFirstTry;
        _time.Advance(TimeSpan.FromMinutes(5) - Second);
        var soon = _statistics.WantsFirstTry;
        _time.Advance(Second);

        Assert.Equal((true, false, false, true), (atFirst, started, soon, _statistics.WantsFirstTry));
    }

    [Fact]
    public void An_attempt_that_nobody_announced_is_a_first_try_too()
    {
        Record(1, Outcome.ServerError, 1);

        Assert.False(_statistics.WantsFirstTry);
    }

    [Fact]
    public void A_target_that_was_tried_late_is_not_stale_at_once()
    {
        _time.Advance(TimeSpan.FromHours(1));
        _statistics.Started();
        _time.Advance(TimeSpan.FromMinutes(4));

        Assert.False(_statistics.WantsFirstTry);
    }

    [Fact]
    public void Remembers_an_outcome_of_its_first_moment()
    {
        Record(1, Outcome.Ok, 1);

        Assert.Equal(Outcome.Ok, _statistics.GetSnapshot().LastOutcome);
    }

    [Fact]
    public void Failures_fade_from_the_expectation_while_nobody_tries()
    {
        Record(5, Outcome.ServerError, 1);
        var before = _statistics.ExpectedSuccessRate;

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0.5, before, 3);
        Assert.Equal(5 / 7.5, _statistics.ExpectedSuccessRate, 3);
    }

    [Fact]
    public void Forgets_successes_by_half_each_half_life()
    {
        Record(100, Outcome.Ok, 1);

        _time.Advance(TimeSpan.FromMinutes(2));
        Record(75, Outcome.ServerError, 1);

        Assert.Equal(0.25, _statistics.SuccessRate, 2);
    }

    [Fact]
    public void Old_latencies_weigh_less_in_the_average()
    {
        Record(100, Outcome.Ok, 10);

        _time.Advance(TimeSpan.FromMinutes(2));
        Record(25, Outcome.Ok, 1);

        Assert.Equal(TimeSpan.FromSeconds(5.5), _statistics.AverageResponseTime);
    }

    [Fact]
    public void One_latency_is_known_for_six_half_lives()
    {
        Record(1, Outcome.Ok, 1);

        _time.Advance(TimeSpan.FromMinutes(6));
        var atSix = _statistics.AverageResponseTime;
        _time.Advance(TimeSpan.FromMinutes(0.25));

        Assert.Equal(Second, atSix);
        Assert.Null(_statistics.AverageResponseTime);
    }

    [Fact]
    public void Losing_a_race_is_a_latency_while_none_is_known_and_at_the_average_it_is_none()
    {
        Record(1, Outcome.Cancelled, 2);
        var first = (_statistics.AverageResponseTime, _statistics.Latencies.Count);

        Record(1, Outcome.Cancelled, 2);

        Assert.Equal((TimeSpan.FromSeconds(2), 1), first);
        Assert.Equal(1, _statistics.Latencies.Count);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(86_400, 3_600)]
    public void A_latency_is_taken_for_an_hour_at_most_and_never_negative(double seconds, double expected)
    {
        Record(1, Outcome.Ok, seconds);

        Assert.Equal(TimeSpan.FromSeconds(expected), _statistics.AverageResponseTime);
    }

    [Fact]
    public void The_time_of_the_last_outcome_is_never_ahead_of_a_clock_that_went_back()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        Record(1, Outcome.Ok, 1);

        _time.GoBack(TimeSpan.FromSeconds(30));

        Assert.Equal(_time.GetUtcNow(), _statistics.GetSnapshot().LastTime);
    }

    [Fact]
    public async Task Many_threads_lose_no_attempt()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(
            () => Record(20_000, thread == 0 ? Outcome.Timeout : Outcome.Ok, thread))));

        var snapshot = _statistics.GetSnapshot();

        Assert.Equal((80_000, 60_000, 20_000), (snapshot.RequestCount, snapshot.SuccessCount, snapshot.FailureCount));
        Assert.Equal(0.75, snapshot.SuccessRate!.Value, 3);
        Assert.Equal(TimeSpan.FromSeconds(1.5), snapshot.AverageResponseTime);
    }

    [Fact]
    public void Records_without_allocating()
    {
        Record(10, Outcome.Ok, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Record(1000, Outcome.Ok, 1);
        Record(1000, Outcome.Cancelled, 2);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var options = new TargetStatisticsOptions { HalfLife = TimeSpan.Zero, LatencyHalfLife = TimeSpan.FromDays(2) };

        Assert.Equal(2, options.Problems().Count());
        Assert.Empty(new TargetStatisticsOptions().Problems());
        Assert.Throws<ArgumentException>(() => new TargetStatistics(_time, options));
    }

    private void Record(int count, Outcome outcome, double seconds)
    {
        for (var i = 0; i < count; i++)
            _statistics.Record(outcome, TimeSpan.FromSeconds(seconds));
    }
}
