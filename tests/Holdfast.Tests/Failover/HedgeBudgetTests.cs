using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class HedgeBudgetTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly HedgeBudget _budget;

    public HedgeBudgetTests() => _budget = new HedgeBudget(new(), _time);

    [Fact]
    public void Allows_one_hedge_in_twenty_calls()
    {
        Call(19);
        var early = _budget.TryHedge();
        Call(1);

        var allowed = new[] { _budget.TryHedge(), _budget.TryHedge() };

        Assert.False(early);
        Assert.Equal([true, false], allowed);
        Assert.Equal((20, 1), (_budget.Calls, _budget.Hedges));
    }

    [Fact]
    public void Forgets_calls_and_hedges_that_left_the_window()
    {
        Call(20);
        _budget.TryHedge();

        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(16));
        var inside = _budget.Calls;
        _time.Advance(TimeSpan.FromSeconds(16));

        Assert.Equal((20, 0, 0), (inside, _budget.Calls, _budget.Hedges));
        Assert.False(_budget.TryHedge());
    }

    [Fact]
    public void A_share_of_zero_never_hedges()
    {
        var budget = new HedgeBudget(new() { MaxShare = 0 }, _time);
        budget.CallStarted();

        Assert.False(budget.TryHedge());
        Assert.Equal(0, budget.Hedges);
    }

    [Fact]
    public void Every_share_that_is_a_whole_number_of_hedges_is_allowed_whole() => Property.HoldsFor(numbers =>
    {
        var percent = 1 + numbers.Below(100);
        var budget = new HedgeBudget(new() { MaxShare = percent / 100.0 }, _time);
        for (var i = 0; i < 100; i++)
            budget.CallStarted();

        var allowed = Enumerable.Range(0, 200).Count(_ => budget.TryHedge());

        Assert.Equal(percent, allowed);
    });

    [Fact]
    public void A_hedge_is_allowed_only_within_the_share_of_the_window() => Property.HoldsFor(numbers =>
    {
        var budget = new HedgeBudget(new() { MaxShare = 0.2, Window = TimeSpan.FromSeconds(20) }, _time);
        var calls = new List<long>();
        var hedges = new List<long>();
        while (numbers.More)
        {
            var now = _time.GetTimestamp();
            switch (numbers.Below(5))
            {
                case 1 when budget.TryHedge():
                    hedges.Add(now);
                    // All hedges that surely count, against all calls that may count.
                    var sure = hedges.Count(at => now - at < TimeSpan.FromSeconds(19).Ticks);
                    var possible = calls.Count(at => now - at < TimeSpan.FromSeconds(20).Ticks);
                    Assert.True(sure <= 0.2 * possible + 1e-9, $"{sure} of {possible}");
                    break;
                case 2:
                    _time.Advance(TimeSpan.FromMilliseconds(numbers.Below(3000)));
                    break;
                case 3 or 4:
                    budget.CallStarted();
                    calls.Add(now);
                    break;
            }
        }
    });

    [Fact]
    public void Time_that_goes_backwards_makes_no_hedge_free()
    {
        _time.Advance(TimeSpan.FromMinutes(10));
        Call(20);
        _budget.TryHedge();

        // By a whole window: the same place of the ring.
        _time.GoBack(TimeSpan.FromMinutes(5));
        Call(1);

        Assert.False(_budget.TryHedge());
        Assert.Equal((21, 1), (_budget.Calls, _budget.Hedges));
    }

    [Fact]
    public async Task Many_threads_never_exceed_the_share()
    {
        var allowed = 0;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                _budget.CallStarted();
                if (_budget.TryHedge())
                    Interlocked.Increment(ref allowed);
            }
        })));

        Assert.Equal(80_000, _budget.Calls);
        Assert.Equal(allowed, _budget.Hedges);
        Assert.InRange(allowed, 3000, 4000);
    }

    [Fact]
    public void Counts_without_allocating()
    {
        Call(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Call(1000);
        _budget.TryHedge();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var options = new HedgeBudgetOptions { MaxShare = double.NaN, Window = TimeSpan.Zero };

        Assert.Equal(2, options.Problems().Count());
        Assert.Empty(new HedgeBudgetOptions().Problems());
        Assert.Throws<ArgumentException>(() => new HedgeBudget(options, _time));
    }

    private void Call(int count)
    {
        for (var i = 0; i < count; i++)
            _budget.CallStarted();
    }
}
