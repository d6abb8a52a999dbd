using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>What a queue does when its limits change while calls run and wait, and what it says beforehand.</summary>
public sealed class AdmissionReloadTests
{
    private readonly ManualTimeProvider _time = new();

    private static AdmissionOptions Places(int places) => new() { MaxConcurrency = places, ThrottleRate = 0 };

    [Fact]
    public async Task More_places_let_in_those_who_wait()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out _);
        var waiting = queue.EnterAsync(default);

        queue.Options = Places(2);

        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
        Assert.Equal((2, 2), (queue.MaxConcurrency, queue.GetStatus().Running));
    }

    [Fact]
    public async Task Fewer_places_end_no_call_and_no_wait()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        queue.TryEnter(default, out var first);
        queue.TryEnter(default, out var second);
        var waiting = queue.EnterAsync(default);

        queue.Options = Places(1) with { MaxQueueSize = 0 };
        first.Succeeded();

        Assert.False(waiting.IsCompleted);
        second.Succeeded();
        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
    }

    [Fact]
    public async Task No_limit_any_more_lets_all_in()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out _);
        var waiting = new[] { queue.EnterAsync(default), queue.EnterAsync(default) };

        queue.Options = Places(0);

        foreach (var wait in waiting)
            Assert.True((await Soon.OfAsync(wait)).IsAdmitted);
    }

    [Fact]
    public void A_place_from_before_counts_when_there_is_a_limit_again()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var running);
        queue.Options = Places(0);
        queue.Options = Places(1);

        Assert.False(queue.TryEnter(default, out _));
        running.Succeeded();

        Assert.True(queue.TryEnter(default, out _));
    }

    [Fact]
    public void Another_throttle_does_not_forget_what_has_begun()
    {
        using var queue = new AdmissionQueue(Throttled(5), _time);
        Assert.Equal(5, EnterAll(queue));

        queue.Options = Throttled(8);
        Assert.Equal(3, EnterAll(queue));

        queue.Options = Throttled(2);
        Assert.Equal(0, EnterAll(queue));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, EnterAll(queue));
    }

    [Fact]
    public async Task A_throttle_that_is_gone_lets_in_those_who_wait_for_it()
    {
        using var queue = new AdmissionQueue(Throttled(1), _time);
        queue.TryEnter(default, out _);
        var waiting = queue.EnterAsync(default);

        queue.Options = Throttled(0);

        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
    }

    [Fact]
    public async Task What_a_server_said_outlives_other_options()
    {
        using var queue = new AdmissionQueue(Places(0), _time);
        queue.TryEnter(default, out var told);
        told.Learned(new RateLimitReading(10, 0, TimeSpan.FromSeconds(20)), null);

        queue.Options = Places(5) with { Timeout = TimeSpan.FromMinutes(1) };
        var waiting = queue.EnterAsync(default);

        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(20.1));
        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
    }

    [Fact]
    public void An_adaptive_limit_goes_on_from_where_it_is()
    {
        var adaptive = new AdaptiveConcurrencyOptions { MaxLimit = 100, Backoff = 0.5 };
        using var queue = new AdmissionQueue(Places(40) with { Adaptive = adaptive }, _time);
        queue.TryEnter(default, out var lease);
        lease.Overloaded();
        Assert.Equal(20, queue.MaxConcurrency);

        queue.Options = queue.Options with { Timeout = TimeSpan.FromSeconds(5) };
        Assert.Equal(20, queue.MaxConcurrency);

        queue.Options = queue.Options with { Adaptive = adaptive with { MinLimit = 30 } };
        Assert.Equal(30, queue.MaxConcurrency);

        queue.Options = queue.Options with { MaxConcurrency = 32 };
        Assert.Equal(32, queue.MaxConcurrency);

        queue.Options = Places(7);
        Assert.Equal(7, queue.MaxConcurrency);
    }

    [Fact]
    public void Wrong_options_are_refused_and_change_nothing()
    {
        using var queue = new AdmissionQueue(Places(3), _time);

        Assert.Throws<ArgumentException>(() => queue.Options = Places(-1));
        Assert.Throws<ArgumentNullException>(() => queue.Options = null!);

        Assert.Equal((Places(3), 3), (queue.Options, queue.MaxConcurrency));
    }

    [Fact]
    public void A_look_tells_an_open_queue_from_one_to_wait_in_and_from_a_full_one()
    {
        using var queue = new AdmissionQueue(Places(1) with { MaxQueueSize = 1 }, _time);
        Assert.Equal((true, AdmissionRefusal.None), (queue.Look().IsOpen, queue.Look().Refusal));

        queue.TryEnter(default, out _);
        Assert.Equal((false, AdmissionRefusal.None), (queue.Look().IsOpen, queue.Look().Refusal));

        _ = queue.EnterAsync(default);
        Assert.Equal((false, AdmissionRefusal.QueueFull), (queue.Look().IsOpen, queue.Look().Refusal));
        var urgent = new AdmissionRequest { Priority = AdmissionPriority.High };
        Assert.Equal(AdmissionRefusal.None, queue.Look(urgent).Refusal);
    }

    [Fact]
    public void A_look_takes_nothing_and_sheds_nobody()
    {
        using var queue = new AdmissionQueue(Places(1) with { MaxQueueSize = 1 }, _time);
        queue.TryEnter(default, out _);
        var waiting = queue.EnterAsync(default);

        queue.Look(new AdmissionRequest { Priority = AdmissionPriority.Highest });

        Assert.False(waiting.IsCompleted);
        Assert.Equal((1, 1, 0), (queue.GetStatus().Running, queue.GetStatus().Depth, (int)queue.GetStatus().Refused));
    }

    [Fact]
    public void A_look_says_that_a_wait_would_be_too_long()
    {
        using var queue = new AdmissionQueue(Throttled(0.1), _time);
        queue.TryEnter(default, out _);
        queue.Options = queue.Options with { Timeout = TimeSpan.FromSeconds(9) };

        var outlook = queue.Look();

        Assert.Equal((AdmissionRefusal.WouldBeLate, 10), (outlook.Refusal, (int)outlook.EstimatedWait.TotalSeconds));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nobody_is_lost_while_the_limits_change_under_load(int seed)
    {
        var random = new Random(seed);
        using var queue = new AdmissionQueue(Places(4) with { MaxQueueSize = 1000 }, _time);
        var ended = 0;
        var calls = new List<Task>();
        for (var i = 0; i < 500; i++)
        {
            calls.Add(CallAsync());
            if (i % 10 == 0)
                queue.Options = Places(random.Next(0, 6)) with { MaxQueueSize = random.Next(0, 1000), };
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(0, 20)));
        }

        queue.Options = Places(0);
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

        Assert.Equal(500, ended);
        Assert.Equal((0, 0), (queue.GetStatus().Running, queue.GetStatus().Depth));

        async Task CallAsync()
        {
            var result = await queue.EnterAsync(default);
            await Task.Yield();
            result.Lease.Succeeded();
            Interlocked.Increment(ref ended);
        }
    }

    private static AdmissionOptions Throttled(double rate) => new() { MaxConcurrency = 0, ThrottleRate = rate };

    private static int EnterAll(AdmissionQueue queue)
    {
        var entered = 0;
        while (entered < 100 && queue.TryEnter(default, out _))
            entered++;
        return entered;
    }
}
