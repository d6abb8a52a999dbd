using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class TargetOrderTests
{
    private const int Seed = 20250318;
    private const int Draws = 40_000;

    private readonly TargetOrder _order = new(new Random(Seed));

    private delegate void Ordering(ReadOnlySpan<TargetCandidate> candidates, Span<int> order);

    [Fact]
    public void Every_order_names_each_candidate_once() => Property.HoldsFor(numbers =>
    {
        var candidates = RandomCandidates(numbers);
        foreach (var way in Ways())
        {
            var order = Sorted(way, candidates, spare: 3);

            Assert.Equal(candidates.Select(candidate => candidate.Index), order[..candidates.Length].Order());
            Assert.Equal([-1, -1, -1], order[candidates.Length..]);
        }
    });

    [Fact]
    public void An_order_is_of_the_candidates_own_numbers_not_of_their_places()
    {
        TargetCandidate[] candidates = [new(70, 2), new(50, 1), new(90, 3)];

        Assert.Equal([50, 70, 90], Sorted(TargetOrder.ByPriority, candidates));
        foreach (var way in Ways())
            Assert.Equal([50, 70, 90], Sorted(way, candidates).Order());
    }

    [Fact]
    public void A_target_whose_success_rate_is_unknown_is_expected_to_succeed()
    {
        var shares = new double[2];

        _order.Shares([Seen(0, double.NaN, 1), Seen(1, 1, 1)], shares);

        Assert.Equal([0.5, 0.5], shares);
    }

    [Fact]
    public void By_priority_lower_ones_come_first_and_equal_ones_keep_their_order() => Property.HoldsFor(numbers =>
    {
        var candidates = RandomCandidates(numbers);

        var order = Sorted(TargetOrder.ByPriority, candidates);

        Assert.Equal(candidates.OrderBy(candidate => candidate.Priority).Select(candidate => candidate.Index), order);
    });

    [Fact]
    public void By_latency_the_quickest_comes_first_and_equal_ones_keep_their_order() => Property.HoldsFor(numbers =>
    {
        var candidates = RandomCandidates(numbers);

        var order = Sorted(TargetOrder.ByLatency, candidates);

        var expected = candidates
            .OrderBy(candidate => !candidate.WantsFirstTry)
            .ThenBy(candidate => candidate.WantsFirstTry ? TimeSpan.Zero : candidate.Latency ?? TimeSpan.MaxValue);
        Assert.Equal(expected.Select(candidate => candidate.Index), order);
    });

    [Fact]
    public void By_latency_an_unknown_target_comes_first_once_and_last_after_a_failed_try()
    {
        var time = new ManualTimeProvider();
        var (known, unknown) = (new TargetStatistics(time), new TargetStatistics(time));
        known.Record(Outcome.Ok, TimeSpan.FromSeconds(1));
        int[] Now() => Sorted(TargetOrder.ByLatency, [new(0, 0, 1, known), new(1, 0, 1, unknown)]);

        var atFirst = Now();
        unknown.Started();
        var meanwhile = Now();
        unknown.Record(Outcome.Ok, TimeSpan.FromSeconds(0.5));
        var quick = Now();
        time.Advance(TimeSpan.FromMinutes(4));
        unknown.Record(Outcome.Ok, TimeSpan.FromSeconds(0.5));
        time.Advance(TimeSpan.FromMinutes(2));
        var staleFirst = Now();

        Assert.Equal([1, 0], atFirst);
        Assert.Equal([0, 1], meanwhile);
        Assert.Equal([1, 0], quick);
        Assert.Equal([0, 1], staleFirst);
    }

    [Fact]
    public void Shuffling_gives_each_order_as_often()
    {
        TargetCandidate[] candidates = [new(0), new(1), new(2)];
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < Draws; i++)
        {
            var order = string.Concat(Sorted(_order.Shuffled, candidates));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => AssertShare(1 / 6.0, count));
    }

    [Fact]
    public void By_weight_each_place_is_drawn_by_the_weights_that_are_left()
    {
        TargetCandidate[] candidates = [new(0, 0, 1), new(1, 0, 3), new(2, 0, 6)];
        var first = new int[3];
        int sixThenThree = 0, six = 0;
        for (var i = 0; i < Draws; i++)
        {
            var order = Sorted(_order.ByWeight, candidates);
            first[order[0]]++;
            six += order[0] == 2 ? 1 : 0;
            sixThenThree += order is [2, 1, 0] ? 1 : 0;
        }

        AssertShare(0.1, first[0]);
        AssertShare(0.3, first[1]);
        AssertShare(0.6, first[2]);
        Assert.InRange(sixThenThree / (double)six, 0.73, 0.77);
    }

    [Fact]
    public void By_weight_who_has_none_comes_last()
    {
        TargetCandidate[] candidates = [new(0, 0, 0), new(1, 0, double.NaN), new(2, 0, -1), new(3, 0, 0.001)];
        var second = new int[4];
        for (var i = 0; i < Draws; i++)
        {
            var order = Sorted(_order.ByWeight, candidates);
            Assert.Equal(3, order[0]);
            second[order[1]]++;
        }

        Assert.All(second[..3], count => AssertShare(1 / 3.0, count));
    }

    [Theory]
    [InlineData(0.5, 1.0, 0.2)]
    [InlineData(1.0, 2.0, 1 / 3.0)]
    [InlineData(0.0, 1.0, 0.0)]
    public void Success_and_speed_multiply_the_weight(double success, double seconds, double live)
    {
        var shares = new double[2];

        _order.Shares([Seen(0, success, seconds), Seen(1, 1, 1)], shares);

        Assert.Equal((0.95 * live) + (0.05 * 0.5), shares[0], 6);
        Assert.Equal(1, shares.Sum(), 6);
    }

    [Fact]
    public void One_of_unknown_latency_is_taken_to_be_as_fast_as_the_best()
    {
        var shares = new double[3];

        _order.Shares([new(0), Seen(1, 1, 2), Seen(2, 1, 4)], shares);

        double[] live = [2 / 5.0, 2 / 5.0, 1 / 5.0];
        Assert.Equal(live.Select(share => (0.95 * share) + (0.05 / 3)), shares, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_target_without_a_weight_sets_no_pace()
    {
        var shares = new double[3];

        _order.Shares([new(0), Seen(1, 1, 2), Seen(2, 1, 0.1) with { Weight = 0 }], shares);

        Assert.Equal([0.5, 0.5, 0], shares);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 1 / 3.0)]
    [InlineData(2, 0.2)]
    [InlineData(3, 1 / 9.0)]
    public void The_exponents_say_how_much_success_and_speed_count(double exponent, double expected)
    {
        TargetOrderOptions plain = new() { ExplorationShare = 0, SuccessExponent = 0, LatencyExponent = 0 };
        var bySuccess = new double[2];
        var bySpeed = new double[2];

        new TargetOrder(new Random(Seed), plain with { SuccessExponent = exponent })
            .Shares([Seen(0, 0.5, 9), Seen(1, 1, 1)], bySuccess);
        new TargetOrder(new Random(Seed), plain with { LatencyExponent = exponent })
            .Shares([Seen(0, 0.1, 2), Seen(1, 1, 1)], bySpeed);

        Assert.Equal(expected, bySuccess[0], 9);
        Assert.Equal(expected, bySpeed[0], 9);
    }

    [Fact]
    public void No_weight_starves_whatever_its_record() => Property.HoldsFor(numbers =>
    {
        var candidates = RandomCandidates(numbers);
        var shares = new double[candidates.Length];

        _order.Shares(candidates, shares);

        var weights = candidates.Sum(candidate => candidate.Weight);
        for (var i = 0; i < shares.Length; i++)
            Assert.InRange(shares[i], (0.05 * candidates[i].Weight / Math.Max(weights, 1e-9)) - 1e-9, 1 + 1e-9);
        if (weights > 0)
            Assert.Equal(1, shares.Sum(), 6);
    });

    [Fact]
    public void With_everything_failing_the_weights_alone_decide()
    {
        var shares = new double[2];

        _order.Shares([Seen(0, 0, 1), Seen(1, 0, 1) with { Weight = 3 }], shares);

        Assert.Equal([0.25, 0.75], shares);
    }

    [Fact]
    public void Hostile_numbers_make_no_nonsense()
    {
        TargetCandidate[] candidates =
        [
            Seen(0, double.NaN, 0), Seen(1, 7, -5), Seen(2, -1, 1e9),
            new TargetCandidate(3, int.MinValue, double.PositiveInfinity) { Latency = TimeSpan.MaxValue },
            new TargetCandidate(4, int.MaxValue, double.MaxValue) { Latency = TimeSpan.MinValue },
        ];
        var shares = new double[5];

        _order.Shares(candidates, shares);

        Assert.All(shares, share => Assert.InRange(share, 0, 1));
        Assert.Equal(1, shares.Sum(), 6);
        foreach (var way in Ways())
            Assert.Equal([0, 1, 2, 3, 4], Sorted(way, candidates).Order());
    }

    [Fact]
    public void The_same_seed_gives_the_same_orders()
    {
        var other = new TargetOrder(new Random(Seed));
        TargetCandidate[] candidates = [.. Enumerable.Range(0, 100).Select(i => new TargetCandidate(i))];

        Assert.Equal(Sorted(_order.ByWeight, candidates), Sorted(other.ByWeight, candidates));
        Assert.Equal(Sorted(_order.Shuffled, candidates), Sorted(other.Shuffled, candidates));
    }

    [Fact]
    public void Orders_without_allocating()
    {
        var candidates = Enumerable.Range(0, 64).Select(i => Seen(i, 0.9, i)).ToArray();
        var order = new int[64];
        var ways = Ways();
        foreach (var way in ways)
            way(candidates, order);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var way in ways)
            way(candidates, order);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Refuses_too_little_room()
    {
        foreach (var way in Ways())
            Assert.Throws<ArgumentException>(() => way([new(0), new(1)], new int[1]));
        Assert.Throws<ArgumentException>(() => _order.Shares([new(0), new(1)], new double[1]));
    }

    [Fact]
    public void Options_name_all_their_problems()
    {
        var options = new TargetOrderOptions
        {
            ExplorationShare = double.NaN,
            SuccessExponent = -1,
            LatencyExponent = 11,
        };

        Assert.Equal(3, options.Problems().Count());
        Assert.Empty(new TargetOrderOptions().Problems());
        Assert.Throws<ArgumentException>(() => new TargetOrder(new Random(Seed), options));
        Assert.Throws<ArgumentNullException>(() => new TargetOrder(null!));
    }

    private static void AssertShare(double expected, int count) => Assert.True(
        Math.Abs((count / (double)Draws) - expected) < 0.015, $"seed {Seed}: {count} of {Draws}, not {expected:P1}");

    private static TargetCandidate Seen(int index, double success, double seconds) =>
        new(index) { SuccessRate = success, Latency = TimeSpan.FromSeconds(seconds) };

    private static TargetCandidate[] RandomCandidates(Property.Numbers numbers)
    {
        var candidates = new TargetCandidate[numbers.Below(80)];
        for (var i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new TargetCandidate(i, numbers.Below(4), numbers.Below(5))
            {
                SuccessRate = numbers.Below(11) / 10.0,
                Latency = numbers.Below(4) == 0 ? null : TimeSpan.FromMilliseconds(numbers.Below(5)),
                WantsFirstTry = numbers.Below(5) == 1,
            };
        }

        return candidates;
    }

    private static int[] Sorted(Ordering way, TargetCandidate[] candidates, int spare = 0)
    {
        var order = new int[candidates.Length + spare];
        Array.Fill(order, -1);
        way(candidates, order);
        return order;
    }

    private Ordering[] Ways() => [TargetOrder.ByPriority, TargetOrder.ByLatency, _order.Shuffled, _order.ByWeight];
}
