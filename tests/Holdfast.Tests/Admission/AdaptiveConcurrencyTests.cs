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
