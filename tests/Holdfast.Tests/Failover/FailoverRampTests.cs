using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class FailoverRampTests
{
    private const int Seed = 20250320;

    private readonly ManualTimeProvider _time = new();
    private readonly FailoverRamp _ramp;

    public FailoverRampTests() => _ramp = new FailoverRamp(new(), _time, new Random(Seed));

    [Fact]
    public void Has_the_full_share_as_long_as_nothing_happens()
    {
        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(1, _ramp.Share);
        Assert.True(_ramp.Prefers());
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(3.3, 0.1)]
    [InlineData(3.4, 0.2)]
    [InlineData(15, 0.5)]
    [InlineData(29.9, 0.9)]
    [InlineData(30, 1)]
    public void Rises_in_steps_after_a_recovery(double seconds, double expected)
    {
        _ramp.Recovered();

        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(expected, _ramp.Share, 9);
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1.1, 0.4)]
    [InlineData(2.1, 0.7)]
    [InlineData(3, 1)]
    public void Rises_sooner_where_a_target_is_to_be_back_sooner(double seconds, double expected)
    {
        _ramp.Recovered(TimeSpan.FromSeconds(3));

        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(expected, _ramp.Share, 9);
    }

    [Fact]
    public void Rises_no_later_than_its_options_say()
    {
        _ramp.Recovered(TimeSpan.FromMinutes(5));

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(1, _ramp.Share);
    }

    [Fact]
    public void A_recovery_on_the_way_up_begins_anew()
    {
        _ramp.Recovered();
        _time.Advance(TimeSpan.FromSeconds(15));

        _ramp.Recovered();

        Assert.Equal(0.1, _ramp.Share, 9);
    }

    [Fact]
    public void Prefers_the_target_for_its_share_of_calls()
    {
        _ramp.Recovered();
        _time.Advance(TimeSpan.FromSeconds(15));

        var preferred = Enumerable.Range(0, 20_000).Count(_ => _ramp.Prefers());

        Assert.True(Math.Abs((preferred / 20_000.0) - 0.5) < 0.015, $"seed {Seed}: {preferred} of 20000");
    }

    [Fact]
    public void Stays_at_the_full_share_once_it_is_there()
    {
        _ramp.Recovered();
        _time.Advance(TimeSpan.FromSeconds(30));
        _ramp.Prefers();

        _time.GoBack(TimeSpan.FromSeconds(30));

        Assert.Equal(1, _ramp.Share);
    }

    [Fact]
    public void Never_falls_but_by_a_recovery_and_never_leaves_its_ends() => Property.HoldsFor(numbers =>
    {
        var options = new FailoverRampOptions
        {
            RampPeriod = TimeSpan.FromSeconds(numbers.Below(60)),
            LowestShare = numbers.Below(11) / 10.0,
            Steps = 1 + numbers.Below(20),
        };
        var ramp = new FailoverRamp(options, _time, new Random(Seed));
        var before = ramp.Share;
        while (numbers.More)
        {
            if (numbers.Below(6) == 1)
            {
                ramp.Recovered();
                before = options.LowestShare;
            }
            else
            {
                _time.Advance(TimeSpan.FromSeconds(numbers.Below(20)));
            }

            var now = ramp.Share;
            Assert.InRange(now, options.LowestShare, 1);
            Assert.True(now >= before - 1e-9, $"{before} → {now}");
            Assert.True(now < 1 || ramp.Prefers());
            Assert.False(now == 0 && ramp.Prefers());
            before = now;
        }
    });

    [Fact]
    public void A_period_of_zero_moves_at_once()
    {
        Assert.Equal(1, FailoverRamp.ShareAt(0.1, 1, 9, TimeSpan.Zero, TimeSpan.Zero));
        Assert.Equal(0.1, FailoverRamp.ShareAt(0.1, 1, 9, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => FailoverRamp.ShareAt(0, 1, 0, TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var options = new FailoverRampOptions
        {
            RampPeriod = TimeSpan.FromSeconds(-1),
            LowestShare = double.NaN,
            Steps = 0,
        };

        Assert.Equal(3, options.Problems().Count());
        Assert.Empty(new FailoverRampOptions().Problems());
        Assert.Throws<ArgumentException>(() => new FailoverRamp(options, _time, new Random(Seed)));
    }
}
