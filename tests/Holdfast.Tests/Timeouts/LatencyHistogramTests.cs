using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class LatencyHistogramTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Knows_nothing_at_first()
    {
        var histogram = new LatencyHistogram(_time);

        Assert.Equal(0, histogram.Count);
        Assert.Equal(TimeSpan.Zero, histogram.Mean);
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.95));
    }

    [Fact]
    public void Tells_every_latency_within_a_thirtieth() => Property.HoldsFor(numbers =>
    {
        var histogram = new LatencyHistogram(_time);
        var latency = TimeSpan.FromMilliseconds(0.1 * Math.Pow(36e6, numbers.Below(1_000_000) / 1e6));

        histogram.Record(latency);

        Assert.InRange(histogram.Percentile(0.5) / latency, 1 - (1 / 30.0), 1 + (1 / 30.0));
        Assert.Equal(histogram.Percentile(0.5), histogram.Mean);
    });

    [Fact]
    public void Tells_the_percentiles_of_many_latencies() => Property.HoldsFor(
        numbers =>
        {
            var histogram = new LatencyHistogram(_time);
            var all = new List<double>();
            do
            {
                var ms = 1 + numbers.Below(5_000);
                all.Add(ms);
                histogram.Record(TimeSpan.FromMilliseconds(ms));
            }
            while (numbers.More);

            all.Sort();
            foreach (var share in new[] { 0, 0.25, 0.5, 0.95, 0.99, 1 })
            {
                var exact = all[Math.Max(0, (int)Math.Ceiling(share * all.Count) - 1)];
                Assert.InRange(histogram.Percentile(share).TotalMilliseconds / exact, 0.96, 1.04);
            }

            Assert.InRange(histogram.Mean.TotalMilliseconds / all.Average(), 0.96, 1.04);
            Assert.Equal(all.Count, histogram.Count);
        },
        tests: 200);

    [Theory]
    [InlineData(-5, 0.1)]
    [InlineData(0, 0.1)]
    [InlineData(0.001, 0.1)]
    [InlineData(3_600_000, 3_600_000)]
    [InlineData(1e12, 3_600_000)]
    public void What_lies_outside_counts_as_the_end(double ms, double expected)
    {
        var histogram = new LatencyHistogram(_time);

        histogram.Record(TimeSpan.FromMilliseconds(ms));

        Assert.InRange(histogram.Percentile(1).TotalMilliseconds / expected, 0.96, 1.04);
    }

    [Fact]
    public void Latencies_fade_by_half_each_half_life()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 1000, TimeSpan.FromSeconds(1));

        _time.Advance(LatencyHistogram.DefaultHalfLife);
        var after = histogram.Count;
        _time.Advance(2 * LatencyHistogram.DefaultHalfLife);

        Assert.InRange(after, 499, 501);
        Assert.InRange(histogram.Count, 124, 126);
    }

    [Fact]
    public void A_faded_past_gives_way_to_what_is_new()
    {
        var histogram = new LatencyHistogram(_time, TimeSpan.FromMinutes(1));
        Fill(histogram, 100, TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMinutes(8));

        Fill(histogram, 50, TimeSpan.FromSeconds(1));

        Assert.InRange(histogram.Percentile(0.95).TotalSeconds, 0.96, 1.04);
        Assert.InRange(histogram.Percentile(1).TotalSeconds, 9.6, 10.4);
    }

    [Fact]
    public void After_a_long_pause_nothing_is_left()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 100, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromDays(1000));

        Assert.Equal(TimeSpan.Zero, histogram.Mean);
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(1));
    }

    [Fact]
    public void A_pause_in_heavy_traffic_misdates_no_more_than_64()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 100_000, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(5));

        Fill(histogram, 1000, TimeSpan.FromSeconds(1));

        Assert.InRange(histogram.Count, 1000 - 64, 1000);
    }

    [Fact]
    public void A_pause_misdates_a_sixteenth_of_what_came_before_at_most()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 160, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(5));

        Fill(histogram, 1000, TimeSpan.FromSeconds(1));

        Assert.InRange(histogram.Count, 1000 - 10, 1000);
    }

    [Fact]
    public void Heavy_traffic_seldom_looks_at_the_clock_and_light_traffic_each_time()
    {
        var clock = new CountingClock();
        var histogram = new LatencyHistogram(clock);

        var before = clock.Looks;
        Fill(histogram, 15, TimeSpan.FromSeconds(1));
        var light = clock.Looks - before;
        Fill(histogram, 10_000, TimeSpan.FromSeconds(1));
        before = clock.Looks;
        Fill(histogram, 65 * 100, TimeSpan.FromSeconds(1));
        var heavy = clock.Looks - before;

        Assert.Equal((15, 100), (light, heavy));
    }

    [Fact]
    public void A_half_life_may_last_from_a_second_to_a_day()
    {
        var tick = TimeSpan.FromTicks(1);

        Assert.Equal(0, new LatencyHistogram(_time, TimeSpan.FromSeconds(1)).Count);
        Assert.Equal(0, new LatencyHistogram(_time, TimeSpan.FromDays(1)).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram(_time, TimeSpan.FromSeconds(1) - tick));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram(_time, TimeSpan.FromDays(1) + tick));
    }

    [Fact]
    public void A_pause_in_light_traffic_misdates_nothing()
    {
        var histogram = new LatencyHistogram(_time);
        for (var i = 0; i < 15; i++)
        {
            _time.Advance(TimeSpan.FromHours(5));
            histogram.Record(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, histogram.Count);
    }

    [Fact]
    public void Heavy_traffic_is_forgotten_when_it_has_become_light()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 100_000, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(5));
        var inBetween = histogram.Count;

        Fill(histogram, 1, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(5));
        Fill(histogram, 1, TimeSpan.FromSeconds(1));

        Assert.Equal((0, 1), (inBetween, histogram.Count));
    }

    [Fact]
    public void A_given_timestamp_is_when_it_ended()
    {
        var histogram = new LatencyHistogram(_time);
        histogram.Record(TimeSpan.FromSeconds(1));
        _time.Advance(4 * LatencyHistogram.DefaultHalfLife);

        histogram.Record(TimeSpan.FromSeconds(1), _time.GetTimestamp());

        Assert.Equal(1, histogram.Count);
    }

    [Fact]
    public void Time_that_goes_backwards_fades_nothing()
    {
        var histogram = new LatencyHistogram(_time);
        _time.Advance(TimeSpan.FromHours(2));
        Fill(histogram, 100, TimeSpan.FromSeconds(1));

        _time.GoBack(TimeSpan.FromHours(1));

        Assert.Equal(100, histogram.Count);
    }

    [Fact]
    public void Records_without_allocating()
    {
        var histogram = new LatencyHistogram(_time);
        Fill(histogram, 100, TimeSpan.FromSeconds(1));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill(histogram, 10_000, TimeSpan.FromSeconds(2));
        histogram.Percentile(0.95);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Many_threads_lose_no_latency()
    {
        var histogram = new LatencyHistogram(_time);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Fill(histogram, 1_000_000, TimeSpan.FromSeconds(1)))));

        Assert.Equal(4_000_000, histogram.Count);
    }

    [Fact]
    public void Refuses_a_share_or_a_half_life_outside_its_range()
    {
        var histogram = new LatencyHistogram(_time);

        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram(_time, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram(_time, TimeSpan.FromDays(2)));
        Assert.Throws<ArgumentNullException>(() => new LatencyHistogram(null!));
    }

    private static void Fill(LatencyHistogram histogram, int count, TimeSpan latency)
    {
        for (var i = 0; i < count; i++)
            histogram.Record(latency);
    }

    private sealed class CountingClock : TimeProvider
    {
        public int Looks { get; private set; }

        public override long GetTimestamp() => ++Looks;
    }
}
