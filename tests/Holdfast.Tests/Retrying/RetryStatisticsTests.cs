using Holdfast.Retrying;

namespace Holdfast.Tests.Retrying;

public class RetryStatisticsTests
{
    private readonly RetryStatistics _statistics = new();

    [Fact]
    public void Is_all_zero_at_first() => Assert.Equal(
        new RetryStatisticsSnapshot(0, 0, 0, 0, 0, 0, TimeSpan.Zero, TimeSpan.Zero), _statistics.GetSnapshot());

    [Fact]
    public void Adds_up_attempts_retries_and_delays()
    {
        _statistics.Record(1, 0, true, TimeSpan.Zero);
        _statistics.Record(1, 0, true, TimeSpan.Zero);
        _statistics.Record(4, 3, true, TimeSpan.FromSeconds(7));
        _statistics.Record(3, 1, false, TimeSpan.FromSeconds(1));
        _statistics.Record(0, 0, false, TimeSpan.FromSeconds(-1));

        Assert.Equal(
            new RetryStatisticsSnapshot(5, 9, 3, 6, 0.8, 3, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(2)),
            _statistics.GetSnapshot());
    }

    [Fact]
    public void Tells_average_and_most_retries_of_a_call_and_total_and_average_delay_of_a_retry()
    {
        _statistics.Record(1, 0, true, TimeSpan.Zero);
        _statistics.Record(4, 3, true, TimeSpan.FromSeconds(7));
        _statistics.Record(2, 1, false, TimeSpan.FromSeconds(1));

        var known = _statistics.GetSnapshot();

        Assert.Equal((4 / 3.0, 3), (known.AverageRetries, known.MaxRetries));
        Assert.Equal((TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(2)), (known.TotalDelay, known.AverageDelay));
        Assert.Equal((7, 2, 5), (known.TotalAttempts, known.SuccessfulAttempts, known.FailedAttempts));
    }

    [Fact]
    public async Task Many_threads_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                _statistics.Record(thread + 1, thread, true, TimeSpan.FromTicks(thread));
        })));

        Assert.Equal(
            new RetryStatisticsSnapshot(
                40_000, 100_000, 40_000, 60_000, 1.5, 3, TimeSpan.FromTicks(60_000), TimeSpan.FromTicks(1)),
            _statistics.GetSnapshot());
    }

    [Theory]
    [InlineData(-1, 0, false)]
    [InlineData(0, 0, true)]
    [InlineData(1, -1, true)]
    [InlineData(1, 2, true)]
    public void Refuses_numbers_that_cannot_be(int attempts, int retries, bool succeeded)
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _statistics.Record(attempts, retries, succeeded, TimeSpan.Zero));

        Assert.Equal(0, _statistics.GetSnapshot().Calls);
    }
}
