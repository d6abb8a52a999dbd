using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class AdaptiveTimeoutTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(2);

    private readonly ManualTimeProvider _time = new();
    private readonly LatencyHistogram _latencies;

    public AdaptiveTimeoutTests() => _latencies = new LatencyHistogram(_time);

    [Fact]
    public void Is_the_ceiling_until_there_are_enough_samples()
    {
        var timeout = new AdaptiveTimeout(_latencies, new(), Ceiling);
        Record(19, 2);

        var before = timeout.Current;
        Record(1, 2);

        Assert.Equal(Ceiling, before);
        Assert.InRange(timeout.Current.TotalSeconds, 5.8, 6.2);
    }

    [Fact]
    public void Is_the_percentile_times_the_factor()
    {
        var timeout = new AdaptiveTimeout(_latencies, new() { Percentile = 0.5, Factor = 10 }, Ceiling);

        Record(60, 2);
        Record(40, 9);

        Assert.InRange(timeout.Current.TotalSeconds, 19.3, 20.7);
    }

    [Fact]
    public void Never_leaves_floor_and_ceiling() => Property.HoldsFor(numbers =>
    {
        var latencies = new LatencyHistogram(_time);
        var options = new AdaptiveTimeoutOptions { Floor = TimeSpan.FromSeconds(numbers.Below(100)) };
        var timeout = new AdaptiveTimeout(latencies, options, TimeSpan.FromSeconds(1 + numbers.Below(100)));
        while (numbers.More)
            latencies.Record(TimeSpan.FromMilliseconds(numbers.Below(500_000)));

        var floor = options.Floor < timeout.Ceiling ? options.Floor : timeout.Ceiling;

        Assert.InRange(timeout.Current, floor, timeout.Ceiling);
    });

    [Fact]
    public void Returns_to_the_ceiling_when_the_history_has_faded()
    {
        var timeout = new AdaptiveTimeout(_latencies, new(), Ceiling);
        Record(25, 2);

        _time.Advance(LatencyHistogram.DefaultHalfLife);

        Assert.Equal(Ceiling, timeout.Current);
    }

    [Fact]
    public void A_limit_that_is_off_stays_off()
    {
        var timeout = new AdaptiveTimeout(_latencies, new(), TimeSpan.Zero);

        Record(100, 2);

        Assert.Equal(TimeSpan.Zero, timeout.Current);
    }

    [Fact]
    public void Grows_with_a_target_that_became_slower_when_timeouts_are_recorded()
    {
        var timeout = new AdaptiveTimeout(_latencies, new(), Ceiling);
        Record(100, 1);

        for (var i = 0; i < 100; i++)
            _latencies.Record(timeout.Current < TimeSpan.FromSeconds(20) ? timeout.Current : TimeSpan.FromSeconds(20));

        Assert.True(timeout.Current > TimeSpan.FromSeconds(20), $"{timeout.Current}");
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var options = new AdaptiveTimeoutOptions
        {
            Percentile = double.NaN,
            Factor = 0.5,
            Floor = TimeSpan.FromDays(2),
            MinimumSamples = 0,
        };

        Assert.Equal(4, options.Problems().Count());
        Assert.Empty(new AdaptiveTimeoutOptions().Problems());
        Assert.Throws<ArgumentException>(() => new AdaptiveTimeout(_latencies, options, Ceiling));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdaptiveTimeout(_latencies, new(), -Ceiling));
    }

    [Fact]
    public void Refuses_what_is_null()
    {
        Assert.Throws<ArgumentNullException>("latencies", () => new AdaptiveTimeout(null!, new(), Ceiling));
        Assert.Throws<ArgumentNullException>("options", () => new AdaptiveTimeout(_latencies, null!, Ceiling));
    }

    private void Record(int count, double seconds)
    {
        for (var i = 0; i < count; i++)
            _latencies.Record(TimeSpan.FromSeconds(seconds));
    }
}
