using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>Targets that can do so many calls at once and get slow, or refuse, beyond that.</summary>
public sealed class AdaptiveConcurrencyTests
{
    [Fact]
    public void Goes_up_while_more_calls_make_it_no_slower()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { MaxLimit = 200 }, 10);

        Run(limit, rounds: 200, capacity: 1000);

        Assert.Equal(200, limit.Limit);
    }

    [Fact]
    public void Comes_down_when_calls_become_slow_and_goes_up_again()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { MaxLimit = 200 }, 10);
        Run(limit, rounds: 100, capacity: 100);
        Assert.InRange(limit.Limit, 90, 200);

        Run(limit, rounds: 20, capacity: 20);
        var slow = limit.Limit;
        Run(limit, rounds: 100, capacity: 100);

        Assert.InRange(slow, 10, 85);
        Assert.InRange(limit.Limit, 90, 200);
    }

    [Fact]
    public void Stays_where_it_is_while_nobody_comes_near_it()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 50);

        for (var i = 0; i < 5000; i++)
            limit.Succeeded(TimeSpan.FromSeconds(1), running: 5);

        Assert.Equal(50, limit.Limit);
    }

    [Fact]
    public void Goes_down_once_for_the_rejections_of_one_burst()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { Backoff = 0.8 }, 100);

        for (var i = 0; i < 50; i++)
            limit.Overloaded();

        Assert.Equal(80, limit.Limit);
    }

    [Fact]
    public void Goes_on_down_while_every_call_is_turned_away()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { MinLimit = 2 }, 100);

        for (var i = 0; i < 1000; i++)
            limit.Overloaded();

        Assert.Equal(2, limit.Limit);
    }

    [Fact]
    public void Stays_within_its_bounds()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { MinLimit = 4, MaxLimit = 6 }, 50);
        Assert.Equal(6, limit.Limit);

        for (var i = 0; i < 1000; i++)
        {
            limit.Overloaded();
            limit.Succeeded(TimeSpan.FromSeconds(1), running: 1);
        }

        Assert.Equal(4, limit.Limit);
    }

    [Fact]
    public void Goes_up_by_a_fifth_of_its_square_root_a_round_while_half_of_it_is_used()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 100);

        Round(limit, 99, seconds: 1, running: 50);
        Assert.Equal(100, limit.Limit);
        limit.Succeeded(TimeSpan.FromSeconds(1), running: 50);
        Assert.Equal(102, limit.Limit);
        Round(limit, 102, seconds: 1, running: 50);

        Assert.Equal(102, limit.Limit);
    }

    [Fact]
    public void Comes_down_by_a_fifth_of_what_calls_are_slower_than_the_usual_with_its_tolerance()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 100);
        for (var round = 0; round < 20; round++)
            Round(limit, 100, seconds: 1, running: 1);

        // The usual is 1 + 3/21 s by then: 2 × that is 0.571 of 4 s.
        Round(limit, 100, seconds: 4, running: 1);

        Assert.Equal(91, limit.Limit);
    }

    [Fact]
    public void A_round_that_is_quicker_moves_the_usual_more_than_a_slower_one()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 1000);
        for (var round = 0; round < 100; round++)
            Round(limit, 1000, seconds: 1, running: 1);
        Round(limit, 1000, seconds: 0.2, running: 1);

        // 1 - 0.8/10 and then + 1.28/60: 2 × 0.941 is 0.856 of 2.2 s.
        Round(limit, 1000, seconds: 2.2, running: 1);

        Assert.Equal(971, limit.Limit);
    }

    [Fact]
    public void Halves_at_most_what_it_comes_down_for_in_a_round()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 100);
        for (var round = 0; round < 20; round++)
            Round(limit, 100, seconds: 1, running: 1);

        Round(limit, 100, seconds: 1000, running: 1);

        Assert.Equal(90, limit.Limit);
    }

    [Fact]
    public void A_small_limit_has_rounds_of_ten()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions(), 4);

        Round(limit, 9, seconds: 1, running: 4);
        Assert.Equal(4, limit.Limit);
        for (var round = 0; round < 3; round++)
            Round(limit, 10, seconds: 1, running: 4);

        Assert.Equal(5, limit.Limit);
    }

    [Fact]
    public void Goes_down_again_for_rejections_after_a_round_that_went_well()
    {
        var limit = new AdaptiveConcurrency(new AdaptiveConcurrencyOptions { Backoff = 0.5 }, 100);
        limit.Overloaded();
        limit.Overloaded();
        Assert.Equal(50, limit.Limit);

        Round(limit, 50, seconds: 1, running: 1);
        limit.Overloaded();

        Assert.Equal(25, limit.Limit);
    }

    [Fact]
    public void A_queue_follows_it()
    {
        var time = new ManualTimeProvider();
        using var queue = new AdmissionQueue(
            new AdmissionOptions
            {
                MaxConcurrency = 10, ThrottleRate = 0, Adaptive = new AdaptiveConcurrencyOptions { Backoff = 0.5 },
            },
            time);
        queue.TryEnter(default, out var turnedAway);

        turnedAway.Overloaded();

        Assert.Equal(5, queue.MaxConcurrency);
        Assert.Equal(5, queue.GetStatus().MaxConcurrency);
    }

    private static void Round(AdaptiveConcurrency limit, int calls, double seconds, int running)
    {
        for (var i = 0; i < calls; i++)
            limit.Succeeded(TimeSpan.FromSeconds(seconds), running);
    }

    // Each round all places are used; beyond its capacity a target shares its speed among the calls.
    private static void Run(AdaptiveConcurrency limit, int rounds, int capacity)
    {
        for (var round = 0; round < rounds; round++)
        {
            var running = limit.Limit;
            var took = TimeSpan.FromSeconds(Math.Max(1, running / (double)capacity * 1.5));
            for (var i = 0; i < running; i++)
                limit.Succeeded(took, running);
        }
    }
}
