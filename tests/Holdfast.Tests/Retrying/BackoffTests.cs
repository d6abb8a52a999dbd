using Holdfast.Retrying;

namespace Holdfast.Tests.Retrying;

public class BackoffTests
{
    private const int Seed = 20250301;
    private readonly Backoff _backoff = new(new Random(Seed));

    [Fact]
    public void Doubles_up_to_the_longest_delay_without_jitter()
    {
        var options = new RetryOptions { Jitter = false };

        var seconds = Enumerable.Range(0, 8).Select(i => _backoff.Delay(options, i, null).TotalSeconds);

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], seconds);
    }

    [Fact]
    public void Jitter_stays_within_its_factor_and_moves_both_ways()
    {
        var options = new RetryOptions();

        var seconds = Enumerable.Range(0, 1000).Select(_ => _backoff.Delay(options, 1, null).TotalSeconds).ToList();

        Assert.All(seconds, delay => Assert.InRange(delay, 1.8, 2.2));
        Assert.Contains(seconds, delay => delay < 1.9);
        Assert.Contains(seconds, delay => delay > 2.1);
    }

    [Fact]
    public void Jitter_never_exceeds_the_longest_delay()
    {
        var options = new RetryOptions { JitterFactor = 1 };

        var delays = Enumerable.Range(0, 1000).Select(i => _backoff.Delay(options, i, null));

        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, options.MaxDelay));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(0.5, 1)]
    [InlineData(-5, 1)]
    public void Waits_for_the_servers_delay_when_it_is_longer(double server, double expected)
    {
        var options = new RetryOptions { Jitter = false };

        var delay = _backoff.Delay(options, 0, TimeSpan.FromSeconds(server));

        Assert.Equal(expected, delay.TotalSeconds);
    }

    [Fact]
    public void Those_whom_a_server_tells_the_same_moment_come_back_one_after_another_and_none_too_early()
    {
        var options = new RetryOptions { JitterFactor = 0.2 };

        var seconds = Enumerable.Range(0, 1000)
            .Select(_ => _backoff.Delay(options, 0, TimeSpan.FromSeconds(100)).TotalSeconds).ToList();

        Assert.All(seconds, delay => Assert.InRange(delay, 100, 120));
        Assert.Contains(seconds, delay => delay < 105);
        Assert.Contains(seconds, delay => delay > 115);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(1100)]
    public void Never_overflows(int repeat)
    {
        var options = new RetryOptions { BackoffMultiplier = 100 };

        var delay = _backoff.Delay(options, repeat, null);

        Assert.InRange(delay, TimeSpan.Zero, options.MaxDelay);
    }

    [Fact]
    public void A_base_of_zero_never_waits()
    {
        var options = new RetryOptions { BaseDelay = TimeSpan.Zero };

        Assert.Equal(TimeSpan.Zero, _backoff.Delay(options, int.MaxValue, null));
    }

    [Fact]
    public void The_same_seed_gives_the_same_delays()
    {
        var other = new Backoff(new Random(Seed));

        Assert.Equal(_backoff.Delay(new(), 3, null), other.Delay(new(), 3, null));
    }

    [Fact]
    public void Refuses_what_is_null()
    {
        Assert.Throws<ArgumentNullException>("random", () => new Backoff(null!));
        Assert.Throws<ArgumentNullException>("options", () => _backoff.Delay(null!, 0, null));
    }
}
